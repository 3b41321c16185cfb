using System.Net.Security;
using System.Security.Authentication;
using System.Text;

namespace SecretsFirewall.Tests.Listener;

/// <summary>ClientHellos: one that a real TLS stack made, and others put together by hand.</summary>
internal static class ClientHellos
{
    private static readonly byte[] Tls12And13 = [4, 3, 4, 3, 3];

    /// <summary>What this machine's TLS stack sends to <paramref name="host"/>.</summary>
    public static byte[] Real(string host, SslProtocols protocols = SslProtocols.None)
    {
        var sent = new SentBytes();
        using var tls = new SslStream(sent);
        Assert.Throws<IOException>(() => tls.AuthenticateAsClient(new SslClientAuthenticationOptions { TargetHost = host, EnabledSslProtocols = protocols }));
        return sent.ToArray();
    }

    /// <summary>The smallest one that offers TLS 1.2 and 1.3 and asks for <paramref name="host"/>.</summary>
    public static byte[] For(string? host, params (int Type, byte[] Content)[] more) =>
        Record(Message([.. host is null ? [] : ServerName(host), .. Extension(43, Tls12And13), .. more.SelectMany(e => Extension(e.Type, e.Content))]));

    public static byte[] ServerName(string host)
    {
        var name = Encoding.Latin1.GetBytes(host);
        return Extension(0, List(2, [0, .. List(2, name)]));
    }

    public static byte[] Message(byte[]? extensions, int version = 0x0303)
    {
        byte[] body =
        [
            (byte)(version >> 8), (byte)version, .. new byte[32], .. List(1, new byte[32]), .. List(2, [0x13, 1, 0xc0, 0x2b]), .. List(1, [0]),
            .. extensions is null ? [] : List(2, extensions),
        ];
        return [1, .. List(3, body)];
    }

    public static byte[] Record(byte[] payload, byte type = 22) => [type, 3, 1, .. List(2, payload)];

    public static byte[] Extension(int type, byte[] content) => [(byte)(type >> 8), (byte)type, .. List(2, content)];

    public static byte[] List(int lengthBytes, byte[] content)
    {
        var bytes = new byte[lengthBytes + content.Length];
        for (var i = 0; i < lengthBytes; i++)
        {
            bytes[i] = (byte)(content.Length >> (8 * (lengthBytes - 1 - i)));
        }

        content.CopyTo(bytes, lengthBytes);
        return bytes;
    }

    /// <summary>Keeps what is written, and ends when it is read from.</summary>
    private sealed class SentBytes : MemoryStream
    {
        public override int Read(Span<byte> buffer) => 0;

        public override int Read(byte[] buffer, int offset, int count) => 0;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(0);
    }
}
