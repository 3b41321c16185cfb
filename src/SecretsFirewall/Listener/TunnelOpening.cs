using System.Buffers;

namespace SecretsFirewall.Listener;

/// <summary>What the first bytes inside a tunnel are.</summary>
internal enum TunnelOpening
{
    NotTls = 0,
    MalformedHello,
    NeedMore,
    Hello,
    PlainHttp,
}

/// <summary>Decides by the first bytes what comes through a tunnel; takes none of them.</summary>
internal static class TunnelOpenings
{
    // A request line of HTTP/1. Neither HTTP/2's preface nor a banner begins like one of these.
    private static readonly byte[][] Methods =
    [
        .. new[] { "GET ", "HEAD ", "POST ", "PUT ", "PATCH ", "DELETE ", "OPTIONS ", "QUERY ", "TRACE ", "CONNECT " }.Select(System.Text.Encoding.ASCII.GetBytes),
    ];

    private const int LongestMethod = 8;

    public static TunnelOpening Of(ReadOnlySequence<byte> bytes, bool mayBeClear, out ClientHello hello)
    {
        var opening = ClientHello.TryParse(bytes, out hello) switch
        {
            ClientHelloParse.Done => TunnelOpening.Hello,
            ClientHelloParse.NeedMore => TunnelOpening.NeedMore,
            ClientHelloParse.Malformed => TunnelOpening.MalformedHello,
            _ => TunnelOpening.NotTls,
        };
        return opening is TunnelOpening.NotTls && mayBeClear ? OfClear(bytes) : opening;
    }

    private static TunnelOpening OfClear(ReadOnlySequence<byte> bytes)
    {
        Span<byte> start = stackalloc byte[LongestMethod];
        var available = (int)Math.Min(bytes.Length, LongestMethod);
        bytes.Slice(0, available).CopyTo(start);
        start = start[..available];
        foreach (var method in Methods)
        {
            if (start.StartsWith(method))
            {
                return TunnelOpening.PlainHttp;
            }

            if (method.AsSpan().StartsWith(start))
            {
                return TunnelOpening.NeedMore;
            }
        }

        return TunnelOpening.NotTls;
    }
}
