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

    /// <summary>Seams that no other run has.</summary>
    public int OwnSeams { get; private set; }

    public bool IsFull => _bytes > MostBytes;

    /// <summary>Begins with the end of a string.</summary>
    public void Begin(in JsonString first, int number)
    {
        _strings.Clear();
        _strings.Add(first);
        (_bytes, OwnSeams, LastNumber) = (0, 0, number);
    }

    public void Add(in JsonString next, int number, bool isOwnSeam)
    {
        _strings.Add(next);
        _bytes += Math.Min(next.Length, EndLength);
        OwnSeams += isOwnSeam ? 1 : 0;
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
        (_bytes, OwnSeams) = (kept, 0);
    }

    /// <summary>True if <paramref name="next"/> goes on where the last string ends.</summary>
    public bool GoesOn(ReadOnlySpan<byte> json, in JsonString next) =>
        _strings.Count > 0 && EndOf(json, _strings[^1]) > 0 && BeginOf(json, next) > 0;

    /// <summary>True if a string that is its last is passed through: it has no white space.</summary>
    public static bool IsPassedThrough(ReadOnlySpan<byte> json, in JsonString text) => text.Length <= EndLength && BeginOf(json, text) == text.Length;

    /// <summary>True if what runs across its seams could be a secret.</summary>
    public bool MayHoldSecret(ReadOnlySpan<byte> json)
    {
        var (length, isMixed) = (0, false);
        for (var i = 0; i < _strings.Count && length < MinLengthOfLetters; i++)
        {
            var text = json.Slice(_strings[i].Start, _strings[i].Length);
            var part = i == 0 ? text[^EndOf(json, _strings[i])..] : text[..BeginOf(json, _strings[i])];
            length += part.Length;
            isMixed |= IsMixed(part);
        }

        return length >= MinLengthOfLetters || (length >= MinLength && isMixed);
    }

    /// <summary>How many bytes at the end have no white space before them.</summary>
    public static int EndOf(ReadOnlySpan<byte> json, in JsonString text)
    {
        var end = json.Slice(text.Start, text.Length);
        end = end[^Math.Min(end.Length, EndLength)..];
        for (var i = end.Length - 1; i >= 0; i--)
        {
            if (end[i] <= ' ' || (i > 0 && IsEscapedBlank(end[i - 1], end[i])))
            {
                return end.Length - 1 - i;
            }
        }

        return end.Length;
    }

    /// <summary>How many bytes at the beginning have no white space among them.</summary>
    public static int BeginOf(ReadOnlySpan<byte> json, in JsonString text)
    {
        var begin = json.Slice(text.Start, Math.Min(text.Length, EndLength));
        for (var i = 0; i < begin.Length; i++)
        {
            if (begin[i] <= ' ' || (i + 1 < begin.Length && IsEscapedBlank(begin[i], begin[i + 1])))
            {
                return i;
            }
        }

        return begin.Length;
    }

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
