using System.Collections.Immutable;
using System.Text;

namespace SecretsFirewall.Inspection.Detection.Rules.Matching;

/// <summary>
/// What stands between a name that a rule knows and the value that is assigned to it, in source code, configuration, JSON at any depth,
/// headers, forms and command lines:
/// <code>
///   DATADOG _API_KEY   \"     :          \"   Bearer   value
///   literal rest       close  operator   open scheme
/// </code>
/// Every step is bounded, so that the whole is.
/// </summary>
internal static class AssignmentGap
{
    public const int MaxLength = MaxRest + MaxQuoting + MaxAnnotation + MaxOperator + MaxQuoting + MaxScheme;

    private const int MaxRest = 40;
    private const int MaxQuoting = 24;
    private const int MaxAnnotation = 32;
    private const int MaxOperator = 4;
    private const int MaxScheme = 8;

    private static readonly ByteSet Rest = Alphabets.Parse("base62 [_.-]");
    private static readonly ByteSet Blank = new(" \t"u8.ToArray());
    private static readonly ByteSet Quoting = new(" \t\\\"'`])("u8.ToArray());
    private static readonly ByteSet Opening = new(" \t\\\"'`(["u8.ToArray());
    private static readonly ByteSet Annotation = Alphabets.Parse("base62 [_.<>?&| -]");

    private static readonly ByteSet Word = Alphabets.Parse("letter [_-]");

    // Encoded first: the backslash of \u0022 would pass for one that stands before a quote.
    private static readonly ImmutableArray<byte[]> EncodedQuotes =
        [.. new[] { "%22", "%27", "%20", "&quot;", "&#34;", "&#39;", @"\u0022", @"\u0027" }.Select(Encoding.ASCII.GetBytes)];

    private static readonly ByteSet FirstOfEncodedQuotes = new("%&\\"u8.ToArray());

    private static readonly ImmutableArray<string> Schemes = ["bearer ", "basic ", "token "];

    /// <param name="text">From the byte behind the literal.</param>
    /// <param name="open">Where a value could begin if more bytes came: -1 if they could change nothing.</param>
    /// <returns>How far the value's first byte is; -1 if nothing is assigned here.</returns>
    public static int Measure(ReadOnlySpan<byte> text, Separator separator, out int open)
    {
        open = -1;
        if (separator != Separator.Blank && IsInProse(text))
        {
            return -1;
        }

        var at = Rest.RunAt(text, MaxRest);
        if (separator == Separator.Blank)
        {
            var blanks = Blank.RunAt(text[at..], MaxQuoting);
            at += blanks;
            if (blanks > 0)
            {
                at += Quotes(text[at..], Opening, MaxQuoting - blanks, out var quote);
                open = quote < 0 ? -1 : at + quote;
            }
            else if (at == text.Length)
            {
                open = at;
            }

            return blanks > 0 ? at : -1;
        }

        at += Quotes(text[at..], Quoting, MaxQuoting, out var close);
        var assigns = Operator(text[at..], out var partial);
        if (assigns == 0)
        {
            open = close >= 0 || partial ? text.Length : -1;
            return -1;
        }

        at += assigns;
        open = partial ? text.Length : -1;
        at += TypeAnnotation(text[at..], ref open, at);
        at += Quotes(text[at..], Opening, MaxQuoting, out var opening);
        open = open < 0 && opening >= 0 ? at + opening : open;
        at += Scheme(text[at..], ref open, at);
        return at;
    }

    /// <summary>Most names stand in sentences: a blank and a word behind them assign nothing, and nothing more need be read.</summary>
    private static bool IsInProse(ReadOnlySpan<byte> text) =>
        text.Length > 2 && text[0] == ' ' && Word.Contains(text[1]) && text[1] != '-' && Word.Contains(text[2]);

    /// <summary>Quotes as they are, escaped to any depth, percent-encoded or as entities; blanks between them.</summary>
    /// <param name="open">How far behind them a value could begin if more bytes came: 0, as far as the text reaches; -1 if they could change nothing.</param>
    private static int Quotes(ReadOnlySpan<byte> text, ByteSet plain, int most, out int open)
    {
        var at = 0;
        open = -1;
        while (at < most)
        {
            if (at == text.Length)
            {
                open = 0;
                break;
            }

            var taken = FirstOfEncodedQuotes.Contains(text[at]) ? EncodedQuote(text[at..], ref open) : 0;
            taken = taken > 0 ? taken : plain.Contains(text[at]) ? 1 : 0;
            if (taken == 0 || at + taken > most)
            {
                break;
            }

            at += taken;
        }

        return at;
    }

    private static int EncodedQuote(ReadOnlySpan<byte> text, ref int open)
    {
        foreach (var quote in EncodedQuotes)
        {
            if (text.StartsWith(quote))
            {
                return quote.Length;
            }

            open = text.Length < quote.Length && quote.AsSpan().StartsWith(text) ? 0 : open;
        }

        return 0;
    }

    private static int Operator(ReadOnlySpan<byte> text, out bool isPartial)
    {
        isPartial = text.Length < 3 && (text is [] or [(byte)'=', ..] or [(byte)':' or (byte)'-' or (byte)'?'] or [(byte)'%'] or [(byte)'%', (byte)'3']);
        return text.StartsWith("%3D"u8) || text.StartsWith("%3d"u8) || text.StartsWith("%3A"u8) || text.StartsWith("%3a"u8) ? 3
            : text.StartsWith("==="u8) ? 3
            : text.StartsWith(":="u8) || text.StartsWith("=>"u8) || text.StartsWith("->"u8) || text.StartsWith("=="u8) || text.StartsWith("?="u8) ? 2
            : text is [(byte)'=' or (byte)':' or (byte)',' or (byte)'>', ..] ? 1
            : 0;
    }

    /// <summary>The type in <c>name: string = "value"</c> and its equals sign.</summary>
    private static int TypeAnnotation(ReadOnlySpan<byte> text, ref int open, int at)
    {
        var type = Annotation.RunAt(text, MaxAnnotation - 1);
        open = open < 0 && type == text.Length && type < MaxAnnotation - 1 ? at : open;
        return type > 1 && type < text.Length && text[type] == '=' && text[type - 1] == ' ' ? type + 1 : 0;
    }

    private static int Scheme(ReadOnlySpan<byte> text, ref int open, int at)
    {
        foreach (var scheme in Schemes)
        {
            if (Ascii.EqualsIgnoreCase(text[..Math.Min(text.Length, scheme.Length)], scheme.AsSpan(0, Math.Min(text.Length, scheme.Length))))
            {
                open = open < 0 && text.Length <= scheme.Length ? at : open;
                return text.Length > scheme.Length ? scheme.Length : 0;
            }
        }

        return 0;
    }
}
