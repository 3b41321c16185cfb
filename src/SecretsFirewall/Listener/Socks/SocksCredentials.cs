using System.Buffers;
using System.Text;

namespace SecretsFirewall.Listener.Socks;

/// <summary>Name and password (RFC 1929 section 2): here an agent and its token. A computation over the bytes so far.</summary>
internal readonly record struct SocksCredentials(string Name, string Password, int Length) : IHandshakeMessage<SocksCredentials>
{
    private const byte Version = 1;

    public static int MaxLength => 3 + 255 + 255;

    public static HandshakeParse TryParse(ReadOnlySequence<byte> bytes, out SocksCredentials credentials)
    {
        credentials = default;
        var reader = new SequenceReader<byte>(bytes);
        if (!reader.TryRead(out var version))
        {
            return HandshakeParse.NeedMore;
        }

        if (version != Version)
        {
            return HandshakeParse.Malformed;
        }

        if (!TryReadText(ref reader, out var name) || !TryReadText(ref reader, out var password))
        {
            return HandshakeParse.NeedMore;
        }

        // An empty or undecodable one is nobody's: what it means is said by whoever checks it.
        credentials = new SocksCredentials(Encoding.UTF8.GetString(name), Encoding.UTF8.GetString(password), (int)reader.Consumed);
        return HandshakeParse.Done;
    }

    public override string ToString() => nameof(SocksCredentials);

    private static bool TryReadText(ref SequenceReader<byte> reader, out ReadOnlySequence<byte> text)
    {
        text = default;
        return reader.TryRead(out var length) && reader.TryReadExact(length, out text);
    }
}
