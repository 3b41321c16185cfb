using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace SecretsFirewall.EndToEnd.Tests.Drivers;

/// <summary>One frame as it stood on the wire.</summary>
/// <param name="Raw">All its bytes, head and masking key included.</param>
/// <param name="Payload">Unmasked.</param>
internal sealed record WireFrame(byte[] Raw, byte[] Payload)
{
    public int Opcode => Raw[0] & 0x0F;

    public bool IsFinal => (Raw[0] & 0x80) != 0;

    public bool IsCompressed => (Raw[0] & 0x40) != 0;

    public bool IsMasked => (Raw[1] & 0x80) != 0;

    public string Text => Encoding.UTF8.GetString(Payload);

    /// <summary>The status code of a Close frame.</summary>
    public int CloseCode => BinaryPrimitives.ReadUInt16BigEndian(Payload);

    public string CloseReason => Encoding.UTF8.GetString(Payload[2..]);
}

/// <summary>Either end of a WebSocket that sends exactly the bytes that it is given, and shows the frames that come.</summary>
internal sealed class FrameStream(Stream stream)
{
    public const int Text = 1;
    public const int Binary = 2;
    public const int Close = 8;
    public const int Ping = 9;
    public const int Pong = 10;

    public Stream Inner => stream;

    public static string AcceptFor(string key) =>
#pragma warning disable CA5350 // RFC 6455 section 4.2.2
        Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")));
#pragma warning restore CA5350

    /// <summary>Opens one over HTTP/1.1 in a tunnel that has TLS; the answer's head may be no 101.</summary>
    public static async Task<(RawResponse Answer, FrameStream Frames)> OpenAsync(RawClient client, string host, string target = "/socket", params IEnumerable<string> headers)
    {
        var more = string.Concat(headers.Select(header => header + "\r\n"));
        await client.SendAsync(
            $"GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{more}\r\n");
        var answer = await new RawResponseReader(client.Stream, readAhead: false).ReadAsync("GET").WaitAsync(Harness.Patience.Long);
        return (answer, new FrameStream(client.Stream));
    }

    /// <summary>A client's frame, under a key that no other frame here has.</summary>
    public static byte[] Masked(int opcode, string payload, bool isFinal = true) => Masked(opcode, Encoding.UTF8.GetBytes(payload), isFinal);

    public static byte[] Masked(int opcode, byte[] payload, bool isFinal = true, bool isCompressed = false)
    {
        var key = RandomNumberGenerator.GetBytes(4);
        return [.. Head(opcode, payload.Length, isFinal, isCompressed, 0x80), .. key, .. payload.Select((b, i) => (byte)(b ^ key[i % 4]))];
    }

    /// <summary>A server's frame.</summary>
    public static byte[] Plain(int opcode, string payload, bool isFinal = true) => Plain(opcode, Encoding.UTF8.GetBytes(payload), isFinal);

    public static byte[] Plain(int opcode, byte[] payload, bool isFinal = true, bool isCompressed = false) =>
        [.. Head(opcode, payload.Length, isFinal, isCompressed, 0), .. payload];

    public static byte[] CloseFrame(bool isMasked, int code)
    {
        byte[] payload = [(byte)(code >> 8), (byte)code];
        return isMasked ? Masked(Close, payload) : Plain(Close, payload);
    }

    public async Task SendAsync(params byte[][] frames)
    {
        foreach (var frame in frames)
        {
            await stream.WriteAsync(frame);
            await stream.FlushAsync();
        }
    }

    /// <summary>The next frame; null where the stream ends or breaks.</summary>
    public async Task<WireFrame?> ReadAsync()
    {
        if (await TakeAsync(2) is not { } head)
        {
            return null;
        }

        var extended = (head[1] & 0x7F) switch { 126 => 2, 127 => 8, _ => 0 };
        var more = await TakeAsync(extended) ?? throw new EndOfStreamException();
        var length = extended switch { 2 => BinaryPrimitives.ReadUInt16BigEndian(more), 8 => (int)BinaryPrimitives.ReadUInt64BigEndian(more), _ => head[1] & 0x7F };
        var key = await TakeAsync((head[1] & 0x80) == 0 ? 0 : 4) ?? throw new EndOfStreamException();
        var payload = await TakeAsync(length) ?? throw new EndOfStreamException();
        byte[] raw = [.. head, .. more, .. key, .. payload];
        return new WireFrame(raw, key.Length == 0 ? payload : [.. payload.Select((b, i) => (byte)(b ^ key[i % 4]))]);
    }

    /// <summary>As many frames as are named.</summary>
    public async Task<List<WireFrame>> ReadAsync(int count)
    {
        var frames = new List<WireFrame>();
        while (frames.Count < count)
        {
            frames.Add(await ReadAsync() ?? throw new EndOfStreamException($"Only {frames.Count} of {count} frames came."));
        }

        return frames;
    }

    private async Task<byte[]?> TakeAsync(int count)
    {
        var bytes = new byte[count];
        try
        {
            var read = await stream.ReadAtLeastAsync(bytes, count, throwOnEndOfStream: false).AsTask().WaitAsync(Harness.Patience.Long);
            return read == count ? bytes : null;
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            return null;
        }
    }

    private static byte[] Head(int opcode, int length, bool isFinal, bool isCompressed, int mask)
    {
        var first = (byte)((isFinal ? 0x80 : 0) | (isCompressed ? 0x40 : 0) | opcode);
        var extended = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(extended, (ulong)length);
        return length < 126 ? [first, (byte)(mask | length)]
            : length < 65_536 ? [first, (byte)(mask | 126), .. extended[6..]]
            : [first, (byte)(mask | 127), .. extended];
    }
}
