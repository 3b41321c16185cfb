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

    /// <param name="text">From the byte behind the literal.</param>
    /// <returns>How far the value's first byte is; -1 if nothing is assigned here.</returns>
    public static int Measure(ReadOnlySpan<byte> text, Separator separator)
    {
        var at = Rest.RunAt(text, MaxRest);
        if (separator == Separator.Blank)
        {
            var blanks = Blank.RunAt(text[at..], MaxQuoting);
            return blanks == 0 ? -1 : at + blanks + Quotes(text[(at + blanks)..], Opening, MaxQuoting - blanks);
        }

        at += Quotes(text[at..], Quoting, MaxQuoting);
        var assigns = Operator(text[at..]);
        if (assigns == 0)
        {
            return -1;
        }

        at += assigns;
        at += TypeAnnotation(text[at..]);
        at += Quotes(text[at..], Opening, MaxQuoting);
        return at + Scheme(text[at..]);
    }

    /// <summary>Quotes as they are, escaped to any depth, percent-encoded or as entities; blanks between them.</summary>
    private static int Quotes(ReadOnlySpan<byte> text, ByteSet plain, int most)
    {
        var at = 0;
        while (at < most)
        {
            // Encoded first: the backslash of \u0022 would pass for one that stands before a quote.
            var taken = EncodedQuote(text[at..]);
            taken = taken > 0 ? taken : plain.RunAt(text[at..], 1);
            if (taken == 0 || at + taken > most)
            {
                break;
            }

            at += taken;
        }

        return at;
    }

    private static int EncodedQuote(ReadOnlySpan<byte> text) =>
        text.StartsWith("%22"u8) || text.StartsWith("%27"u8) || text.StartsWith("%20"u8) ? 3
        : text.StartsWith("&quot;"u8) ? 6
        : text.StartsWith("&#34;"u8) || text.StartsWith("&#39;"u8) ? 5
        : text.StartsWith(@"\u0022"u8) || text.StartsWith(@"\u0027"u8) ? 6
        : 0;

    private static int Operator(ReadOnlySpan<byte> text) =>
        text.StartsWith("%3D"u8) || text.StartsWith("%3d"u8) || text.StartsWith("%3A"u8) || text.StartsWith("%3a"u8) ? 3
        : text.StartsWith("==="u8) ? 3
        : text.StartsWith(":="u8) || text.StartsWith("=>"u8) || text.StartsWith("->"u8) || text.StartsWith("=="u8) || text.StartsWith("?="u8) ? 2
        : text is [(byte)'=' or (byte)':' or (byte)',' or (byte)'>', ..] ? 1
        : 0;

    /// <summary>The type in <c>name: string = "value"</c> and its equals sign.</summary>
    private static int TypeAnnotation(ReadOnlySpan<byte> text)
    {
        var type = Annotation.RunAt(text, MaxAnnotation - 1);
        return type > 1 && type < text.Length && text[type] == '=' && text[type - 1] == ' ' ? type + 1 : 0;
    }

    private static int Scheme(ReadOnlySpan<byte> text)
    {
        foreach (var scheme in (ReadOnlySpan<string>)["bearer ", "basic ", "token "])
        {
            if (text.Length > scheme.Length && System.Text.Ascii.EqualsIgnoreCase(text[..scheme.Length], scheme))
            {
                return scheme.Length;
            }
        }

        return 0;
    }
}
