using System.Buffers;

namespace SecretsFirewall.Inspection.Detection.Encodings;

/// <summary>
/// Decodes a stretch, window by window. A window begins where in the one before something was open; the last one grows while something is open
/// that began in the stretch. So each byte is decoded a bounded number of times, and nothing is cut.
/// </summary>
internal ref struct StretchReader
{
    /// <summary>What a finding may need to see beside a trigger where it is not open by itself: an ordinary token.</summary>
    public const int Near = TriggerFinder.Near / 2;

    // The words that a trigger stands in may be longer: tokens that carry a document, base64 inside of another encoding.
    private const int MaxWord = 4 * 1024;

    // What a rule reads before a token.
    private const int Context = 32;

    private const int FirstWindow = 64 * 1024;

    // A run of backslashes is read from its beginning. A longer one is no spelling of anything.
    private const int MaxBackslashes = 64;

    private static readonly SearchValues<byte> WordBytes =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_=.%~"u8);

    private readonly ReadOnlySpan<byte> _text;
    private readonly EncodedStretch _stretch;
    private readonly Decodings _decoding;
    private readonly Level _level;
    private int _from;
    private int _to;
    private int _end;
    private int _window = FirstWindow;

    /// <param name="from">As <see cref="LeftEdge"/> says.</param>
    public StretchReader(ReadOnlySpan<byte> text, EncodedStretch stretch, int from, Decodings decoding, Level level)
    {
        _text = text;
        (_stretch, _from, _decoding, _level) = (stretch, from, decoding, level);
        _end = RightEdge(text, stretch.End);
        OpenAt = text.Length;
    }

    /// <summary>Once the end of the text was decoded: where in the text begins what is open there; else the text's length.</summary>
    public int OpenAt { get; private set; }

    /// <summary>Only what begins before it in the view can have to do with the stretch.</summary>
    public int Limit { get; private set; }

    /// <summary>Takes the stretch at <paramref name="next"/>, with those behind it that it touches.</summary>
    public static EncodedStretch TakeNext(ReadOnlySpan<byte> text, List<EncodedStretch> stretches, ref int next)
    {
        var stretch = stretches[next++];
        while (next < stretches.Count && stretches[next].Start <= RightEdge(text, stretch.End))
        {
            stretch = new(stretch.Start, stretches[next].End, stretch.Decodings | stretches[next].Decodings);
            next++;
        }

        return stretch;
    }

    /// <summary>Where decoding begins.</summary>
    /// <param name="floor">The end of the stretch before: what began earlier is not open any more.</param>
    public static int LeftEdge(ReadOnlySpan<byte> text, int start, int floor, IPlainSearch plain)
    {
        var wordFloor = Math.Max(floor, start - MaxWord);
        var from = Math.Max(0, wordFloor + text[wordFloor..start].LastIndexOfAnyExcept(WordBytes) + 1 - Near);
        var farFloor = Math.Max(floor, start - plain.LongestValue);
        if (farFloor < from)
        {
            var open = farFloor + plain.EarliestOpenValue(text[farFloor..start], from - farFloor);
            from = open < from ? Math.Max(0, open - Context) : from;
        }

        return StartOfBackslashes(text, from);
    }

    /// <summary>Decodes the window. False if it holds nothing that this decoding is for.</summary>
    public bool TryRead()
    {
        _to = Math.Min(Math.Min(_text.Length, _end), _from + _window);
        if (_decoding == Decodings.Form && !_text[_from.._to].Contains((byte)'+'))
        {
            return false;
        }

        _level.ReadView(_text, _from, _to, _decoding);
        Limit = _to >= _stretch.End && _to < _text.Length ? _level.View.ViewPositionOf(_stretch.End) : _level.Text.Length;
        return true;
    }

    /// <summary>False if the stretch is done with.</summary>
    /// <param name="open">The earliest position of the view from which more text could complete something.</param>
    public bool MoveOn(int open)
    {
        var view = _level.View;
        var isOpen = open < Limit;
        var openAt = isOpen ? view.TextStartOf(open) : view.TextEnd;
        if (view.TextEnd >= _text.Length)
        {
            OpenAt = isOpen ? openAt : _text.Length;
            return false;
        }

        if (_to == _end)
        {
            if (!isOpen)
            {
                return false;
            }

            _end += _end - _stretch.End;
        }

        var next = StartOfBackslashes(_text, Math.Max(_from, openAt - Near));
        if (next > _from + ((_to - _from) / 2))
        {
            _from = next;
        }
        else if (_to == _from + _window)
        {
            _window *= 2;
        }

        return true;
    }

    private static int RightEdge(ReadOnlySpan<byte> text, int end)
    {
        var word = text.Slice(end, Math.Min(text.Length - end, MaxWord));
        var length = word.IndexOfAnyExcept(WordBytes);
        return end + (length < 0 ? word.Length : length) + Near;
    }

    private static int StartOfBackslashes(ReadOnlySpan<byte> text, int at)
    {
        var floor = Math.Max(0, at - MaxBackslashes);
        while (at > floor && text[at - 1] == '\\')
        {
            at--;
        }

        return at;
    }
}
