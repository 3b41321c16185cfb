using System.Buffers;

namespace SecretsFirewall.Inspection.Detection.Forms;

/// <summary>How one family of writers percent-encodes (RFC 3986 section 2.1): what it leaves alone, what it makes of a space, and its case.</summary>
internal sealed class PercentWriter
{
    private const string Alphanumeric = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    private readonly SearchValues<byte> _kept;
    private readonly bool _plusForSpace;
    private readonly bool _upperHex;

    private PercentWriter(string kept, bool plusForSpace, bool upperHex)
    {
        _kept = SearchValues.Create(System.Text.Encoding.ASCII.GetBytes(Alphanumeric + kept));
        _plusForSpace = plusForSpace;
        _upperHex = upperHex;
    }

    public static IReadOnlyList<PercentWriter> All { get; } = Create();

    /// <summary>Replaces what <paramref name="into"/> held.</summary>
    public void Write(ReadOnlySpan<byte> text, Scratch into)
    {
        into.Reset();
        var digits = _upperHex ? "0123456789ABCDEF"u8 : "0123456789abcdef"u8;
        foreach (var b in text)
        {
            if (_kept.Contains(b))
            {
                into.Append(b);
            }
            else if (b == ' ' && _plusForSpace)
            {
                into.Append((byte)'+');
            }
            else
            {
                into.Append([(byte)'%', digits[b >> 4], digits[b & 15]]);
            }
        }
    }

    private static List<PercentWriter> Create()
    {
        var writers = new List<PercentWriter>();
        foreach (var upperHex in (ReadOnlySpan<bool>)[true, false])
        {
            writers.Add(new("-._~", plusForSpace: false, upperHex));                  // RFC 3986 unreserved: Go, .NET's EscapeDataString
            writers.Add(new("-._~/", plusForSpace: false, upperHex));                 // Python's quote
            writers.Add(new("-._~", plusForSpace: true, upperHex));                   // Python's quote_plus
            writers.Add(new("-._*", plusForSpace: true, upperHex));                   // WHATWG application/x-www-form-urlencoded, Java
            writers.Add(new("-._!*()", plusForSpace: true, upperHex));                // .NET's UrlEncode
            writers.Add(new("-._~!$()*,;@", plusForSpace: false, upperHex));          // .NET's UrlEncoder, ASP.NET's query strings
            writers.Add(new("-._~!*'()", plusForSpace: false, upperHex));             // encodeURIComponent
            writers.Add(new("-._~!*'();/?:@&=+$,#", plusForSpace: false, upperHex));  // encodeURI
        }

        return writers;
    }
}
