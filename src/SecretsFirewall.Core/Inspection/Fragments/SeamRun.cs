namespace SecretsFirewall.Inspection.Fragments;

/// <summary>
/// What runs on without white space from one string into the next ones: the end of the first, all of those between, the beginning of the last.
/// </summary>
internal sealed class SeamRun
{
    /// <summary>How much of a string's end is looked at: a piece of a secret is no longer than most secrets.</summary>
    public const int EndLength = 2 * 1024;

    // A run of short strings is cut here; what it ends with begins the next one.
    private const int MostBytes = 32 * 1024;

    // Nothing shorter is looked for; and what is shorter than the second is a word and the next word, unless there are digits or capitals inside.
    private const int MinLength = 8;
    private const int MinLengthOfLetters = 16;

    private readonly List<JsonString> _strings = [];
    private int _bytes;

    public IReadOnlyList<JsonString> Strings => _strings;

    /// <summary>The number of the last string among all of the text.</summary>
    public int LastNumber { get; private set; }

    public bool IsFull => _bytes > MostBytes;

    /// <summary>Begins with the end of a string.</summary>
    public void Begin(in JsonString first, int number)
    {
        _strings.Clear();
        _strings.Add(first);
        (_bytes, LastNumber) = (0, number);
    }

    public void Add(in JsonString next, int number)
    {
        _strings.Add(next);
        _bytes += Math.Min(next.Length, EndLength);
        LastNumber = number;
    }

    /// <summary>Goes on with the last strings, as many as a secret may have gone through.</summary>
    public void Cut()
    {
        var (kept, from) = (0, _strings.Count);
        while (from > 0 && kept < EndLength)
        {
            kept += _strings[--from].Length;
        }

        _strings.RemoveRange(0, from);
        _bytes = kept;
    }

    /// <summary>True if <paramref name="next"/> goes on where the last string ends: neither has a blank at the seam.</summary>
    public bool GoesOn(ReadOnlySpan<byte> json, in JsonString next)
    {
        if (_strings.Count == 0)
        {
            return false;
        }

        var before = Content(json, _strings[^1]);
        var behind = Content(json, next);
        return before[^1] != ' ' && behind[0] != ' '
            && !(before.Length > 1 && IsEscapedBlank(before[^2], before[^1]))
            && !(behind.Length > 1 && IsEscapedBlank(behind[0], behind[1]));
    }

    /// <summary>True if a string that is its last is passed through: it has no white space.</summary>
    public static bool IsPassedThrough(ReadOnlySpan<byte> json, in JsonString text) => text.Length <= EndLength && BeginOf(json, text) == text.Length;

    /// <summary>True if what runs across its seams could be a secret.</summary>
    public bool MayHoldSecret(ReadOnlySpan<byte> json)
    {
        var (length, isMixed) = (0, false);
        for (var i = 0; i < _strings.Count && length < MinLengthOfLetters; i++)
        {
            var text = Content(json, _strings[i]);
            var part = i == 0 ? text[^EndOf(json, _strings[i])..] : text[..BeginOf(json, _strings[i])];
            length += part.Length;
            isMixed |= IsMixed(part);
        }

        return length >= MinLengthOfLetters || (length >= MinLength && isMixed);
    }

    /// <summary>How many bytes at the end have no white space before them.</summary>
    public static int EndOf(ReadOnlySpan<byte> json, in JsonString text)
    {
        var end = Content(json, text);
        end = end[^Math.Min(end.Length, EndLength)..];
        var blank = end.LastIndexOf((byte)' ');
        if (!text.IsEscaped)
        {
            return end.Length - 1 - blank;
        }

        for (var i = end.Length - 1; i > blank + 1; i--)
        {
            if (IsEscapedBlank(end[i - 1], end[i]))
            {
                return end.Length - 1 - i;
            }
        }

        return end.Length - 1 - blank;
    }

    /// <summary>How many bytes at the beginning have no white space among them.</summary>
    public static int BeginOf(ReadOnlySpan<byte> json, in JsonString text)
    {
        var begin = Content(json, text);
        begin = begin[..Math.Min(begin.Length, EndLength)];
        var blank = begin.IndexOf((byte)' ');
        begin = blank < 0 ? begin : begin[..blank];
        var at = 0;
        while (text.IsEscaped && begin[at..].IndexOf((byte)'\\') is var escape and >= 0)
        {
            at += escape;
            if (at + 1 >= begin.Length || IsEscapedBlank(begin[at], begin[at + 1]))
            {
                return at;
            }

            at += 2;
        }

        return begin.Length;
    }

    private static ReadOnlySpan<byte> Content(ReadOnlySpan<byte> json, in JsonString text) => json.Slice(text.Start, text.Length);

    private static bool IsEscapedBlank(byte first, byte second) => first == '\\' && second is (byte)'n' or (byte)'r' or (byte)'t';

    private static bool IsMixed(ReadOnlySpan<byte> text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsAsciiDigit((char)text[i]) || (i > 0 && char.IsAsciiLetterUpper((char)text[i]) && char.IsAsciiLetterLower((char)text[i - 1])))
            {
                return true;
            }
        }

        return false;
    }
}
