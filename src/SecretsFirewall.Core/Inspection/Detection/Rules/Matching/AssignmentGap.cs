using System.Collections.Immutable;
using System.Text;

namespace SecretsFirewall.Inspection.Detection.Rules.Matching;

/// <summary>
/// What stands between a name that a rule knows and the value that is assigned to it, in source code, configuration, JSON at any depth,
/// headers, forms, tables and command lines:
/// <code>
///   DATADOG _API_KEY   \"     :        string =   |\n   @\"      Bearer   value
///   literal rest       close  operator type       break opening  scheme
///
///   DATADOG _API_KEY   ",  "value  ":        "       a pair: the name is itself a value
/// </code>
/// Every step is bounded, so that the whole is.
/// </summary>
internal static class AssignmentGap
{
    public const int MaxLength =
        MaxRest + MaxQuoting + MaxWord + MaxPair + MaxOperator + MaxAnnotation + MaxBreak + MaxQuoting + MaxScheme;

    private const int MaxRest = 40;
    private const int MaxQuoting = 24;
    private const int MaxWord = 24;
    private const int MaxPair = 16 + MaxBreak + MaxQuoting + MaxQuoting;
    private const int MaxOperator = 6;
    private const int MaxAnnotation = 32;
    private const int MaxBreak = 48;
    private const int MaxBackslashes = 8;
    private const int MaxScheme = 10;

    // More digits than any writer of numbers gives.
    private const int MaxNumber = 48;

    private static readonly ByteSet Rest = Alphabets.Parse("base62 [_.-]");
    private static readonly ByteSet Blank = new(" \t"u8.ToArray());
    private static readonly ByteSet White = new(" \t\r\n"u8.ToArray());
    private static readonly ByteSet Backslash = new("\\"u8.ToArray());
    private static readonly ByteSet Quote = new("\\\"'`"u8.ToArray());
    private static readonly ByteSet Quoting = new(" \t\\\"'`])"u8.ToArray());
    private static readonly ByteSet BeforeNumbers = new(" \t\r\n["u8.ToArray());
    private static readonly ByteSet Number = new("0123456789+-.eE"u8.ToArray());
    private static readonly ByteSet BehindNumbers = new(" \t\r\n,]}"u8.ToArray());
    private static readonly ByteSet Opening = new(" \t\\\"'`(["u8.ToArray());
    private static readonly ByteSet Word = Alphabets.Parse("letter [_.*<>?-]");
    private static readonly ByteSet Annotation = Alphabets.Parse("base62 [_.<>?&| -]");
    private static readonly ByteSet StringPrefix = new("@$bBrRuUfFL"u8.ToArray());

    // The backslash of \u0022 would pass for one that stands before a quote, so these are looked for first.
    private static readonly ImmutableArray<byte[]> EncodedQuotes = Ascii("%22", "%27", "%20", "&quot;", "&#34;", "&#39;", @"\u0022", @"\u0027");

    // Longest first. The backslashes of \u003d are taken as quoting; the plus signs of a form are its blanks.
    private static readonly ImmutableArray<byte[]> Operators = Ascii(
        "u003d", "u003e", ":::=", "+%3d+", "+%3a+", "%3d+", "%3a+", "+%3d", "+%3a", "%3d", "%3a", "===", "!==", "::=", "||=", "??=", ":=", "=>", "->", "==", "!=", "?=", "+=", ".=", "<-",
        "=", ":", ",", ">", "|");

    private static readonly ByteSet FirstOfEncodedQuotes = FirstsOf(EncodedQuotes);
    private static readonly ByteSet FirstOfOperators = FirstsOf(Operators);
    private static readonly ByteSet FirstOfPairs = new(" \t\r\n,;<\\\"'`vV"u8.ToArray());

    private static readonly ByteSet Following =
        FirstOfEncodedQuotes.Union(FirstOfOperators).Union(FirstOfPairs);

    private static readonly ImmutableArray<byte[]> Schemes = Ascii("bearer ", "basic ", "token ", "apikey ", "api-token ", "key ");

    private static readonly ByteSet FirstOfSchemes = FirstsOf(Schemes);

    // Most names are followed by something else, and end here.
    private static readonly ByteSet BehindNames = Quoting.Union(FirstOfEncodedQuotes).Union(FirstOfOperators).Union(FirstOfPairs).Union(new ByteSet("("u8.ToArray()));

    /// <param name="text">From the byte behind the literal.</param>
    /// <param name="open">Where a value could begin if more bytes came: -1 if they could change nothing.</param>
    /// <returns>How far the value's first byte is; -1 if nothing is assigned here.</returns>
    public static int Measure(ReadOnlySpan<byte> text, Separator separator, out int open)
    {
        var reader = new GapReader(text);
        reader.TakeRun(Rest, MaxRest);
        if (separator != Separator.Blank && IsSurelyNone(text[reader.At..]))
        {
            open = -1;
            return -1;
        }

        if (separator == Separator.Blank)
        {
            var blanks = reader.TakeRun(Blank, MaxQuoting);
            open = reader.HasMetEnd ? text.Length : -1;
            var blank = blanks == 0 ? -1 : Finish(ref reader, ref open, MaxQuoting - blanks);

            // With the colon behind it, the quote ended the name of a JSON member: what follows is a value of its own.
            if (blank > 0 && reader.Last == '"' && reader.Peek() == ':')
            {
                open = -1;
                return -1;
            }

            return blank;
        }

        if (reader.Peek() is >= 0 and var next && !BehindNames.Contains((byte)next))
        {
            open = -1;
            return -1;
        }

        var name = reader.At;
        TakeQuotes(ref reader, Quoting, MaxQuoting);
        if (!TakePair(ref reader, name) && !TakeOperator(ref reader) && !TakeWordAndOperator(ref reader, name))
        {
            open = reader.HasMetEnd ? text.Length : -1;
            return -1;
        }

        open = reader.HasMetEnd ? reader.At : -1;
        var step = reader.At;
        if (IsNumberBehindString(text, name, ref reader))
        {
            return -1;
        }

        open = open < 0 && reader.HasMetEnd ? step : open;
        TakeTypeAnnotation(ref reader);
        Note(reader, step, ref open);

        step = reader.At;
        TakeBreak(ref reader);
        Note(reader, step, ref open);
        return Finish(ref reader, ref open, MaxQuoting);
    }

    /// <summary>
    /// Most names stand in sentences and expressions. Told at a glance, and only where the steps below would find nothing either: behind quotes and
    /// blanks stands what begins no operator, no pair and no second word.
    /// </summary>
    private static bool IsSurelyNone(ReadOnlySpan<byte> text)
    {
        var quoting = Quoting.RunAt(text, MaxQuoting);
        if (quoting == MaxQuoting || text.Length < quoting + 2)
        {
            return false;
        }

        var next = text[quoting];
        if (next == '(')
        {
            return !Quote.Contains(text[quoting + 1]);
        }

        if (!char.IsAsciiLetter((char)next))
        {
            return !Following.Contains(next) || (next is (byte)';' or (byte)'\n' && IsNoPair(text[quoting..]));
        }

        // A letter behind a backslash is an escape: of a line end, behind which only a pair can go on. u begins an operator (\u003d), v a pair (value).
        if (quoting > 0 && text[quoting - 1] == '\\')
        {
            return next is (byte)'n' or (byte)'r' or (byte)'t' && IsNoPair(text[(quoting - 1)..]);
        }

        if (quoting == 0 || (next | 0x20) is 'u' or 'v')
        {
            return false;
        }

        return text[0] is not ((byte)' ' or (byte)'\t') || IsTwoWords(text[quoting..]);
    }

    /// <summary>True if behind a line end, or a semicolon and blanks, no word begins that a pair has.</summary>
    private static bool IsNoPair(ReadOnlySpan<byte> text)
    {
        for (var at = 0; at < text.Length && at < MaxQuoting; at++)
        {
            var b = text[at];
            if (b == '\\' && at + 1 < text.Length && text[at + 1] is (byte)'n' or (byte)'r' or (byte)'t')
            {
                at++;
            }
            else if (!FirstOfPairs.Contains(b))
            {
                return true;
            }
            else if (b is not ((byte)' ' or (byte)'\n' or (byte)';'))
            {
                return false;
            }
        }

        return false;
    }

    private static bool IsTwoWords(ReadOnlySpan<byte> text)
    {
        var word = Word.RunAt(text, MaxWord - 1);
        return word + 1 < text.Length && text[word] == ' ' && char.IsAsciiLetter((char)text[word + 1]) && (text[word + 1] | 0x20) != 'u';
    }

    private static int Finish(ref GapReader reader, ref int open, int mostQuotes)
    {
        var step = reader.At;
        TakeStringPrefix(ref reader);
        Note(reader, step, ref open);

        step = TakeQuotes(ref reader, Opening, mostQuotes);
        Note(reader, step, ref open);

        step = reader.At;
        _ = TakeAny(ref reader, Schemes, FirstOfSchemes);
        Note(reader, step, ref open);
        return reader.At;
    }

    // Once the end was met, what was read before it is settled: the value begins at the step that met it, or behind.
    private static void Note(in GapReader reader, int step, ref int open) => open = open < 0 && reader.HasMetEnd ? step : open;

    /// <summary>Quotes as they are, escaped to any depth, percent-encoded or as entities; blanks between them.</summary>
    /// <returns>Where the last step began: at the end of the text, or before what may be half of an encoded quote.</returns>
    private static int TakeQuotes(ref GapReader reader, ByteSet plain, int most)
    {
        var end = reader.At + most;
        while (reader.At < end)
        {
            var before = reader.At;
            if ((!TakeAny(ref reader, EncodedQuotes, FirstOfEncodedQuotes) && !TakePlainQuote(ref reader, plain)) || reader.At > end)
            {
                reader.At = before;
                return before;
            }
        }

        return reader.At;
    }

    private static bool TakePlainQuote(ref GapReader reader, ByteSet plain)
    {
        // The backslashes of an escaped line end are none of a quote's.
        if (reader.Peek() != '\\')
        {
            return reader.TakeOne(plain);
        }

        reader.TakeRun(Backslash, MaxBackslashes);
        return reader.Peek() is not ('n' or 'r' or 't');
    }

    private static bool TakeOperator(ref GapReader reader)
    {
        if (TakeAny(ref reader, Operators, FirstOfOperators))
        {
            return true;
        }

        // A call: setPassword("…").
        var before = reader.At;
        if (reader.Take((byte)'(') && reader.Peek() is var next and >= 0 && Quote.Contains((byte)next))
        {
            return true;
        }

        reader.At = before;
        return false;
    }

    /// <summary>One more word of the name, or its type: <c>var apiToken string = "…"</c>.</summary>
    private static bool TakeWordAndOperator(ref GapReader reader, int name)
    {
        reader.At = name;
        if (reader.TakeRun(Blank, MaxQuoting) == 0 || reader.TakeRun(Word, MaxWord - 1) == 0)
        {
            return false;
        }

        // In prose, a word stands directly before its colon; in a name, something stands apart.
        var word = reader.At;
        var isApart = TakeQuotes(ref reader, Quoting, MaxQuoting) > word;
        return TakeOperator(ref reader) && (isApart || reader.Peek() is ' ' or '"' or '\\' or '\'');
    }

    /// <summary>
    /// <c>"name": "TOKEN", "value": "…"</c>, <c>- name: TOKEN</c> with <c>value: …</c> in the next line,
    /// <c>key="TOKEN" value="…"</c>, <c>&lt;key&gt;TOKEN&lt;/key&gt; &lt;string&gt;…</c>.
    /// </summary>
    private static bool TakePair(ref GapReader reader, int name)
    {
        var before = reader.At;
        if (reader.Peek() is not (>= 0 and var next) || !FirstOfPairs.Contains((byte)next))
        {
            return false;
        }

        _ = reader.Take("</name>"u8) || reader.Take("</key>"u8);
        _ = reader.Take((byte)',') || reader.Take((byte)';');
        TakeWhite(ref reader);
        var isTag = reader.Take((byte)'<');
        TakeQuotes(ref reader, Quote, MaxQuoting);
        if (reader.At > name && (reader.Take("value"u8) || (isTag && reader.Take("string"u8))))
        {
            TakeQuotes(ref reader, Quoting, MaxQuoting);
            if (TakeOperator(ref reader))
            {
                return true;
            }
        }

        reader.At = before;
        return false;
    }

    /// <summary>
    /// True before a number in JSON that stands behind a string, as its value or its neighbour, without quotes around it: only a number could take its
    /// place. The same text in YAML is a number as well.
    /// </summary>
    private static bool IsNumberBehindString(ReadOnlySpan<byte> text, int name, ref GapReader reader)
    {
        var before = reader.At;
        if (reader.Last is not ((byte)':' or (byte)',') || text[name..(before - 1)].TrimEnd(" \t\r\n"u8) is not [.., (byte)'"'])
        {
            return false;
        }

        reader.TakeRun(BeforeNumbers, MaxQuoting);
        var number = reader.At;
        reader.TakeRun(Number, MaxNumber);
        var isNumber = reader.At > number && reader.Peek() is var next and >= 0 && BehindNumbers.Contains((byte)next);
        reader.At = before;
        return isNumber;
    }

    /// <summary>The type in <c>name: string = "value"</c> and its equals sign.</summary>
    private static void TakeTypeAnnotation(ref GapReader reader)
    {
        var before = reader.At;
        if (reader.TakeRun(Annotation, MaxAnnotation - 1) <= 1 || reader.Last != ' ' || !reader.Take((byte)'='))
        {
            reader.At = before;
        }
    }

    /// <summary>
    /// A value in the next line: of an element, of a block of YAML (<c>|</c> or <c>&gt;</c>), or in quotes. Anything else in the next line
    /// is not assigned to this name.
    /// </summary>
    private static void TakeBreak(ref GapReader reader)
    {
        var before = reader.At;
        var isElement = reader.Last == '>';
        reader.TakeRun(Blank, MaxQuoting);
        var isBlock = reader.Take((byte)'|') || reader.Take((byte)'>');
        _ = isBlock && (reader.Take((byte)'-') || reader.Take((byte)'+'));
        if (!TakeWhite(ref reader) || !(isElement || isBlock || (reader.Peek() is var next and >= 0 && Quote.Contains((byte)next))))
        {
            reader.At = before;
        }
    }

    /// <summary>Blanks and line ends, as they are or escaped to any depth.</summary>
    /// <returns>True if there was a line end.</returns>
    private static bool TakeWhite(ref GapReader reader)
    {
        var end = reader.At + MaxBreak - MaxQuoting;
        var hasBreak = false;
        while (reader.At < end)
        {
            var before = reader.At;
            if (reader.TakeOne(White))
            {
                hasBreak |= reader.Last is (byte)'\n' or (byte)'\r';
                continue;
            }

            // Exactly: at the end of the text, a backslash alone is undecided.
            if (reader.Peek() != '\\' || reader.TakeRun(Backslash, MaxBackslashes) == 0 || reader.Peek() is not ('n' or 'r' or 't'))
            {
                reader.At = before;
                break;
            }

            hasBreak |= reader.Peek() != 't';
            reader.At++;
        }

        return hasBreak;
    }

    /// <summary>The letter or sign that some languages write before the quote of a string.</summary>
    private static void TakeStringPrefix(ref GapReader reader)
    {
        var before = reader.At;
        reader.TakeRun(Blank, MaxQuoting);
        if (!reader.TakeOne(StringPrefix) || reader.Peek() is not (>= 0 and var next) || !Quote.Contains((byte)next))
        {
            reader.At = before;
        }
    }

    private static bool TakeAny(ref GapReader reader, ImmutableArray<byte[]> texts, ByteSet firsts)
    {
        if (reader.Peek() is not (>= 0 and var next) || !firsts.Contains((byte)next))
        {
            return false;
        }

        foreach (var text in texts)
        {
            if ((text[0] | 0x20) == (next | 0x20) && reader.Take(text))
            {
                return true;
            }
        }

        return false;
    }

    private static ByteSet FirstsOf(ImmutableArray<byte[]> texts) =>
        new(texts.SelectMany(text => new[] { text[0], (byte)char.ToUpperInvariant((char)text[0]) }));

    private static ImmutableArray<byte[]> Ascii(params ReadOnlySpan<string> texts)
    {
        var bytes = ImmutableArray.CreateBuilder<byte[]>(texts.Length);
        foreach (var text in texts)
        {
            bytes.Add(Encoding.ASCII.GetBytes(text));
        }

        return bytes.MoveToImmutable();
    }
}
