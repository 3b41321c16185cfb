using System.Buffers;

namespace SecretsFirewall.Listener.Socks;

/// <summary>The client's first message (RFC 1928 section 3): which methods of authentication it has. A computation over the bytes so far.</summary>
/// <param name="OffersNone">No credentials: method 0.</param>
/// <param name="OffersPassword">Name and password: method 2 (RFC 1929).</param>
/// <param name="Length">What follows is the next message.</param>
internal readonly record struct SocksGreeting(bool OffersNone, bool OffersPassword, int Length) : IHandshakeMessage<SocksGreeting>
{
    public const byte Version = 5;

    public static int MaxLength => 2 + 255;

    public static HandshakeParse TryParse(ReadOnlySequence<byte> bytes, out SocksGreeting greeting)
    {
        greeting = default;
        var reader = new SequenceReader<byte>(bytes);
        if (!reader.TryRead(out var version))
        {
            return HandshakeParse.NeedMore;
        }

        if (version != Version)
        {
            return HandshakeParse.Malformed;
        }

        if (!reader.TryRead(out var count))
        {
            return HandshakeParse.NeedMore;
        }

        if (count == 0)
        {
            return HandshakeParse.Malformed;
        }

        if (!reader.TryReadExact(count, out var methods))
        {
            return HandshakeParse.NeedMore;
        }

        greeting = new SocksGreeting(methods.PositionOf((byte)0) is not null, methods.PositionOf((byte)2) is not null, 2 + count);
        return HandshakeParse.Done;
    }
}
