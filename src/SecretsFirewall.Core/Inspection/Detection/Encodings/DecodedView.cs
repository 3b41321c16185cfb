using System.Runtime.InteropServices;
using SecretsFirewall.Model;

namespace SecretsFirewall.Inspection.Detection.Encodings;

/// <summary>
/// A stretch of text as its reader would read it, and where each byte of it is spelled. Only the spellings that differ are kept;
/// between them, text and view run side by side. Buffers are cleared when they go back.
/// <code>
///   text   k e y = s k % 2 D \ u 0 0 4 1 b c
///          │ │ │ │ │ │ └─┬─┘ └────┬────┘ │ │
///   view   k e y = s k   -        A      b c       spellings: (6, 1, 6, 3) (7, 1, 9, 6)
/// </code>
/// </summary>
internal sealed class DecodedView : IDisposable
{
    private const int SpellingBytes = 5 * sizeof(int);

    // Most views are short: one buffer serves them all.
    private const int MinCapacity = 1024;

    private byte[]? _bytes;
    private byte[]? _spellings;
    private int _length;
    private int _count;

    // How much of the buffers has held traffic.
    private int _usedBytes;
    private int _usedSpellings;

    /// <summary>One place where text and view differ. A view length of 0 is what nobody sees.</summary>
    /// <param name="IsOrdinary">1 for an escape that any writer writes there, which is no reason to look behind it.</param>
    private readonly record struct Spelling(int At, int Length, int TextAt, int TextLength, int IsOrdinary);

    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, _length);

    /// <summary>Where the text that was decoded ends: behind a whole escape.</summary>
    public int TextEnd { get; private set; }

    /// <summary>True while it has buffers.</summary>
    public bool IsInUse => _bytes is not null;

    public bool HasSpellings => _count > 0;

    private int TextStart { get; set; }

    private ReadOnlySpan<Spelling> Spellings => MemoryMarshal.Cast<byte, Spelling>(_spellings.AsSpan())[.._count];

    /// <summary>Reads the escapes that begin in [<paramref name="from"/>, <paramref name="to"/>).</summary>
    public void ReadEscapes(ReadOnlySpan<byte> text, int from, int to, Decodings decoding)
    {
        Begin(from, to - from + EscapeReader.MaxMeaning);
        var first = EscapeReader.FirstBytes(decoding);
        var at = from;
        while (at < to)
        {
            var plain = text[at..to].IndexOfAny(first);
            plain = plain < 0 ? to - at : plain;
            Copy(text.Slice(at, plain));
            at += plain;
            if (at == to)
            {
                break;
            }

            var length = EscapeReader.Read(text[at..], decoding, _bytes.AsSpan(_length), out var meaningLength);
            if (length == 0)
            {
                Copy(text.Slice(at, 1));
                at++;
                continue;
            }

            var isOrdinary = !EncodingTriggers.IsMeaningful(text[at..], _bytes.AsSpan(_length, meaningLength));
            Note(meaningLength, at, length, isOrdinary);
            at += length;
        }

        TextEnd = at;
    }

    /// <summary>Reads the visible characters of one parity that stand beside a NUL; anything else becomes one NUL between them.</summary>
    public void ReadUtf16(ReadOnlySpan<byte> text, int from, int to, int parity)
    {
        Begin(from, to - from);
        for (var at = from + ((from & 1) ^ parity); at < to; at += 2)
        {
            var isBeside = (at + 1 < text.Length && text[at + 1] == 0) || (at + 1 >= text.Length && at > 0 && text[at - 1] == 0);
            Note(isBeside && text[at] != 0 && text[at] < 0x80 ? text[at] : (byte)0, at, 1);
        }

        TextEnd = to;
    }

    /// <summary>Reads the hex words in [<paramref name="from"/>, <paramref name="to"/>); where their row breaks off, one NUL.</summary>
    public void ReadHexWords(ReadOnlySpan<byte> text, int from, int to)
    {
        Begin(from, to - from);
        var rowEnd = -1;
        for (var at = from; at < to; at++)
        {
            var length = HexWords.WordAt(text, at);
            if (length == 0)
            {
                continue;
            }

            if (rowEnd >= 0 && !HexWords.IsSeparator(text[rowEnd..at]))
            {
                Note(0, rowEnd, 0);
            }

            for (var end = at + length; at < end; at += 2)
            {
                Note((byte)((EscapeReader.Nibble(text[at]) << 4) | EscapeReader.Nibble(text[at + 1])), at, 2);
            }

            rowEnd = at;
        }

        TextEnd = Math.Max(to, rowEnd);
    }

    /// <summary>Where the byte at <paramref name="at"/> is spelled; of the end, where the text ends.</summary>
    public int TextStartOf(int at)
    {
        if (at >= _length)
        {
            return TextEnd;
        }

        var i = LastAtOrBefore(at);
        if (i < 0)
        {
            return TextStart + at;
        }

        var spelling = Spellings[i];
        return at < spelling.At + spelling.Length ? spelling.TextAt : spelling.TextAt + spelling.TextLength + at - spelling.At - spelling.Length;
    }

    /// <summary>Behind the spelling of the byte before <paramref name="end"/>.</summary>
    public int TextEndOf(int end)
    {
        var i = LastAtOrBefore(end - 1);
        return i >= 0 && end <= Spellings[i].At + Spellings[i].Length
            ? Spellings[i].TextAt + Spellings[i].TextLength
            : TextStartOf(end - 1) + 1;
    }

    /// <summary>The first byte that is spelled at <paramref name="textAt"/> or behind it.</summary>
    public int ViewPositionOf(int textAt)
    {
        var (low, high) = (0, _length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = TextStartOf(middle) < textAt ? (middle + 1, high) : (low, middle);
        }

        return low;
    }

    /// <summary>True if something between the two positions is spelled otherwise than it reads.</summary>
    /// <param name="isOrdinary">True if all of that are escapes that any writer writes there.</param>
    public bool DiffersIn(int start, int end, out bool isOrdinary)
    {
        isOrdinary = true;
        var differs = false;
        var i = LastAtOrBefore(end - 1);
        for (; i >= 0; i--)
        {
            var spelling = Spellings[i];
            if (spelling.At + spelling.Length > start)
            {
                differs = true;
                isOrdinary &= spelling.IsOrdinary != 0;
            }
            else if (spelling.Length > 0)
            {
                break;
            }
        }

        return differs;
    }

    /// <summary>The start of the spelling that <paramref name="textAt"/> lies inside of; else the position itself.</summary>
    public int SpellingStartAround(int textAt)
    {
        foreach (var spelling in Spellings)
        {
            if (spelling.TextAt < textAt && textAt < spelling.TextAt + spelling.TextLength)
            {
                return spelling.TextAt;
            }
        }

        return textAt;
    }

    public void Dispose()
    {
        if (_bytes is not null)
        {
            End();
            TrafficBuffers.Return(_bytes, _usedBytes);
            TrafficBuffers.Return(_spellings!, _usedSpellings);
            (_bytes, _spellings, _usedBytes, _usedSpellings) = (null, null, 0, 0);
        }
    }

    private void Begin(int from, int capacity)
    {
        End();
        if (_bytes is null || _bytes.Length < capacity)
        {
            Dispose();
            _bytes = TrafficBuffers.Rent(Math.Max(MinCapacity, capacity));
            _spellings = TrafficBuffers.Rent(64 * SpellingBytes);
        }

        TextStart = from;
    }

    private void End()
    {
        _usedBytes = Math.Max(_usedBytes, _length);
        _usedSpellings = Math.Max(_usedSpellings, _count * SpellingBytes);
        (_length, _count) = (0, 0);
    }

    private void Copy(ReadOnlySpan<byte> plain)
    {
        plain.CopyTo(_bytes.AsSpan(_length));
        _length += plain.Length;
    }

    private void Note(byte value, int textAt, int textLength)
    {
        _bytes![_length] = value;
        Note(1, textAt, textLength);
    }

    private void Note(int length, int textAt, int textLength, bool isOrdinary = false)
    {
        if ((_count + 1) * SpellingBytes > _spellings!.Length)
        {
            var old = _spellings;
            _spellings = TrafficBuffers.Rent(2 * old.Length);
            old.CopyTo(_spellings, 0);
            TrafficBuffers.Return(old);
            _usedSpellings = 0;
        }

        var spelling = new Spelling(_length, length, textAt, textLength, isOrdinary ? 1 : 0);
        MemoryMarshal.Write(_spellings.AsSpan(_count++ * SpellingBytes), in spelling);
        _length += length;
    }

    private int LastAtOrBefore(int at)
    {
        var spellings = Spellings;
        var (low, high) = (0, spellings.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = spellings[middle].At <= at ? (middle + 1, high) : (low, middle);
        }

        return low - 1;
    }
}
