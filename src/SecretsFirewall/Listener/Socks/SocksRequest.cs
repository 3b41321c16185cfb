using System.Buffers;
using System.Net;
using SecretsFirewall.Model;

namespace SecretsFirewall.Listener.Socks;

/// <summary>
/// What the client wants (RFC 1928 section 4). Only CONNECT is answered: BIND would open a port, UDP ASSOCIATE carry what nobody reads here.
/// Names and addresses are normalised as CONNECT's are. A computation over the bytes so far, which never takes a byte of what follows.
/// </summary>
/// <param name="Reply">What to answer: <see cref="SocksReply.Succeeded"/> where the target may be opened.</param>
/// <param name="Length">What follows belongs to the tunnel.</param>
internal readonly record struct SocksRequest(SocksReply Reply, string Host, int Port, int Length) : IHandshakeMessage<SocksRequest>
{
    private const byte Connect = 1;
    private const int HeadLength = 4;

    private const int LongestRequest = HeadLength + 1 + 255 + 2; // a name of 255 bytes

    public static int MaxLength => LongestRequest;

    public static HandshakeParse TryParse(ReadOnlySequence<byte> bytes, out SocksRequest request)
    {
        request = default;
        Span<byte> text = stackalloc byte[LongestRequest];
        var available = (int)Math.Min(bytes.Length, LongestRequest);
        bytes.Slice(0, available).CopyTo(text);
        text = text[..available];
        if (text.IsEmpty)
        {
            return HandshakeParse.NeedMore;
        }

        if (text[0] != SocksGreeting.Version)
        {
            return HandshakeParse.Malformed;
        }

        if (text.Length < HeadLength)
        {
            return HandshakeParse.NeedMore;
        }

        if (text[2] != 0)
        {
            return HandshakeParse.Malformed; // reserved, and must be zero
        }

        if (text[1] != Connect)
        {
            request = new SocksRequest(SocksReply.CommandNotSupported, "", 0, HeadLength);
            return HandshakeParse.Done;
        }

        return ParseTarget((AddressType)text[3], text[HeadLength..], out request);
    }

    private static HandshakeParse ParseTarget(AddressType type, ReadOnlySpan<byte> rest, out SocksRequest request)
    {
        request = default;
        var prefix = type is AddressType.Name ? 1 : 0;
        if (rest.Length < prefix)
        {
            return HandshakeParse.NeedMore;
        }

        var length = type switch
        {
            AddressType.IPv4 => 4,
            AddressType.IPv6 => 16,
            AddressType.Name => rest[0],
            _ => -1,
        };
        if (length < 0)
        {
            request = new SocksRequest(SocksReply.AddressTypeNotSupported, "", 0, HeadLength);
            return HandshakeParse.Done;
        }

        if (rest.Length < prefix + length + 2)
        {
            return HandshakeParse.NeedMore;
        }

        var address = rest.Slice(prefix, length);
        var port = (rest[prefix + length] << 8) | rest[prefix + length + 1];
        var isHost = type is AddressType.Name ? TargetHost.TryRead(address, out var host) : TryRead(new IPAddress(address), out host);
        request = new SocksRequest(
            isHost && port > 0 ? SocksReply.Succeeded : SocksReply.GeneralFailure, isHost ? host : "", port, HeadLength + prefix + length + 2);
        return HandshakeParse.Done;
    }

    // Through its text, so that an IPv4-mapped address is the IPv4 one here too.
    private static bool TryRead(IPAddress address, out string host) => HostName.TryNormalise(address.ToString(), out host) is HostNameError.None;

    private enum AddressType : byte
    {
        IPv4 = 1,
        Name = 3,
        IPv6 = 4,
    }
}
