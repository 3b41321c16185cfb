using System.Buffers;
using SecretsFirewall.Model;

namespace SecretsFirewall.Inspection.Detection.Encodings;

/// <summary>
/// A long run of base64 characters without its line ends, in the alphabet of RFC 4648 section 4, and where each stands. A run goes on behind a
/// line end, raw or escaped, if the line before it is long; what follows a short line is another text.
/// </summary>
internal sealed class RunText : IDisposable
{
    /// <summary>Fewer characters in a row are words, or forms of registered values, which are found as they stand.</summary>
    public const int MinLine = 24;

    // A line end and the indentation of the next line.
    private const int MaxGap = 64;

    private static readonly bool[] IsCharacter = CreateCharacters();

    private static readonly SearchValues<byte> Alphabet =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_"u8);

    private static readonly SearchValues<byte> OfLines =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_ \t\r\n\\"u8);

    private readonly List<(int At, int TextAt)> _lines = [];
    private byte[]? _characters;
    private int _length;

    // How much of the buffer has held traffic.
    private int _used;

    public ReadOnlySpan<byte> Characters => _characters.AsSpan(0, _length);

    /// <summary>True while it has a buffer.</summary>
    public bool IsInUse => _characters is not null;

    /// <summary>Behind the last character that was taken, and behind the line end that follows if another line could.</summary>
    public int TextEnd { get; private set; }

    /// <summary>Where the next line of at least <see cref="MinLine"/> characters begins, from <paramref name="from"/> on; −1 if there is none.</summary>
    public static int NextLine(ReadOnlySpan<byte> text, int from) => LongRuns.Next<RunCharacters.Base64>(text, from);

    /// <summary>True if the run goes on in another line, where a long line of it ends at <paramref name="end"/>.</summary>
    public static bool GoesOnBehind(ReadOnlySpan<byte> text, int end)
    {
        var gap = GapAt(text, end);
        return gap > 0 && end + gap < text.Length && IsCharacter[text[end + gap]];
    }

    /// <summary>A run that reaches the end of the text does not begin before this: what stands before it is neither of a line nor between lines.</summary>
    public static int StartOfLastLines(ReadOnlySpan<byte> text) => text.LastIndexOfAnyExcept(OfLines) + 1;

    /// <summary>Where the short run that reaches the end of <paramref name="text"/> begins; what an escape before it has of its characters is not part of it.</summary>
    public static int StartOfLast(ReadOnlySpan<byte> text)
    {
        var start = text.Length;
        while (start > 0 && text.Length - start < MinLine && IsCharacter[text[start - 1]])
        {
            start--;
        }

        return start == 0 || start == text.Length ? start : Math.Min(text.Length, start + TailOfEscape(text[start - 1], text[start]));
    }

    /// <summary>Takes the lines from <paramref name="start"/> on, up to <paramref name="most"/> characters.</summary>
    /// <param name="isInside">The run began before: its first line may be short.</param>
    public void Read(ReadOnlySpan<byte> text, int start, int most, bool isInside = false)
    {
        _lines.Clear();
        _length = 0;
        var capacity = Math.Min(most, text.Length - start);
        if (_characters is null || _characters.Length < capacity)
        {
            Dispose();
            _characters = TrafficBuffers.Rent(capacity);
        }

        var at = start;
        while (true)
        {
            var rest = text.Slice(at, Math.Min(text.Length - at, most - _length));
            var length = rest.IndexOfAnyExcept(Alphabet);
            length = length < 0 ? rest.Length : length;
            _lines.Add((_length, at));
            rest[..length].CopyTo(_characters.AsSpan(_length));
            _length += length;
            at += length;
            if (_length == most || (length < MinLine && !(isInside && _lines.Count == 1)))
            {
                break;
            }

            var gap = GapAt(text, at);
            at += gap;
            if (gap == 0 || at == text.Length || !IsCharacter[text[at]])
            {
                break;
            }
        }

        TextEnd = at;
        _used = Math.Max(_used, _length);
        var characters = _characters.AsSpan(0, _length);
        characters.Replace((byte)'-', (byte)'+');
        characters.Replace((byte)'_', (byte)'/');
    }

    public int TextPositionOf(int at)
    {
        var (low, high) = (0, _lines.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = _lines[middle].At <= at ? (middle + 1, high) : (low, middle);
        }

        return _lines[low - 1].TextAt + at - _lines[low - 1].At;
    }

    public void Dispose()
    {
        if (_characters is not null)
        {
            TrafficBuffers.Return(_characters, _used);
            _characters = null;
        }

        (_length, _used) = (0, 0);
    }

    /// <summary>
    /// The length of one line end and the blanks around it; 0 if there is none, or more than one: an empty line ends a run. At the end of the
    /// text, also of what may become one.
    /// </summary>
    private static int GapAt(ReadOnlySpan<byte> text, int at)
    {
        var (length, lineEnds) = (0, 0);
        while (at + length < text.Length && length < MaxGap)
        {
            var rest = text[(at + length)..];
            var step = rest[0] is (byte)'\n' or (byte)'\r' or (byte)' ' or (byte)'\t' ? 1 : rest[0] == '\\' ? EscapeAt(rest) : 0;
            if (step == 0)
            {
                break;
            }

            lineEnds += rest[step - 1] is (byte)'\n' || (step > 1 && rest[step - 1] == 'n') ? 1 : 0;
            length += step;
        }

        return lineEnds == 1 || (lineEnds == 0 && at + length == text.Length) ? length : 0;
    }

    /// <summary>The length of an escaped line end or tab, at any depth; of backslashes at the end of the text, their number.</summary>
    private static int EscapeAt(ReadOnlySpan<byte> text)
    {
        var letter = text[..Math.Min(text.Length, 16)].IndexOfAnyExcept((byte)'\\');
        return letter < 0 ? Math.Min(text.Length, 16) : text[letter] is (byte)'n' or (byte)'r' or (byte)'t' ? letter + 1 : 0;
    }

    /// <summary>How many characters of the run's alphabet belong to the escape that the character before the run begins.</summary>
    private static int TailOfEscape(byte before, byte first) => before switch
    {
        (byte)'%' => 2,
        (byte)'\\' => first switch
        {
            (byte)'n' or (byte)'r' or (byte)'t' or (byte)'b' or (byte)'f' => 1,
            (byte)'x' => 3,
            (byte)'u' => 5,
            _ => 0,
        },
        _ => 0,
    };

    private static bool[] CreateCharacters()
    {
        var characters = new bool[256];
        foreach (var character in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_"u8)
        {
            characters[character] = true;
        }

        return characters;
    }
}
