using SecretsFirewall.Model;

namespace SecretsFirewall.Inspection.Detection.Encodings;

/// <summary>One level of decoding: the view that is looked at, and the way back to the text that it was made of.</summary>
internal sealed class Level : IDisposable
{
    // What stands beside the secret in its first and its last group: bytes, in a detection's alignment.
    private const int TrailShift = 3;

    private readonly DecodedView _view = new();
    private RunCodec? _codec;
    private Decodings _decoding;
    private byte[]? _bytes;
    private int _length;

    // How much of the buffer has held traffic.
    private int _used;
    private int _runAt;
    private int _start;
    private int _end;

    public RunText Run { get; } = new();

    /// <summary>Bytes that were decoded.</summary>
    public long Work { get; private set; }

    /// <summary>What was found in the view.</summary>
    public List<Detection> Found { get; } = [];

    /// <summary>Where in the text of this level something is open that began in a stretch with escapes.</summary>
    public int OpenAt { get; set; }

    /// <summary>The view's own stretches.</summary>
    public List<EncodedStretch> Stretches { get; } = [];

    public DecodedView View => _view;

    /// <summary>
    /// False for quoted-printable and what is decoded of it: there the padding of base64 at the end of a line is a soft line break as well, and
    /// each such line would be read as one run with the next.
    /// </summary>
    public static bool MayHoldRuns(Level[] levels, int depth)
    {
        for (; depth > 0; depth--)
        {
            if (levels[depth] is { _codec: null, _decoding: Decodings.QuotedPrintable })
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Of a view of a run.</summary>
    public RunCodec? Codec => _codec;

    /// <summary>True for a view of escapes, in which everything else stands as it does in the text.</summary>
    public bool IsOfEscapes => _codec is null && (_decoding & (Decodings.Escapes | Decodings.Form | Decodings.QuotedPrintable)) != 0;

    /// <summary>True if the run's last group is complete.</summary>
    public bool IsRunWhole { get; private set; }

    /// <summary>What the run's last characters say of a byte that is not complete, from its highest bit on.</summary>
    public int LastBits { get; private set; }

    public int LastBitCount { get; private set; }

    /// <summary>All that the run decodes to.</summary>
    public ReadOnlySpan<byte> RunBytes => _bytes.AsSpan(0, _length);

    public ReadOnlySpan<byte> Text => _codec is null ? _view.Bytes : _bytes.AsSpan(_start, _end - _start);

    /// <summary>Bytes of the first group that stand before the secret.</summary>
    public static int Lead(int alignment) => alignment & ((1 << TrailShift) - 1);

    /// <summary>Bytes of the last group that stand behind it.</summary>
    public static int Trail(int alignment) => alignment >> TrailShift;

    public void ReadView(ReadOnlySpan<byte> parent, int from, int to, Decodings decoding)
    {
        (_codec, _decoding) = (null, decoding);
        Work += to - from;
        switch (decoding)
        {
            case Decodings.Utf16Even or Decodings.Utf16Odd:
                _view.ReadUtf16(parent, from, to, decoding == Decodings.Utf16Even ? 0 : 1);
                break;
            case Decodings.HexWords:
                _view.ReadHexWords(parent, from, to);
                break;
            default:
                _view.ReadEscapes(parent, from, to, decoding);
                break;
        }
    }

    /// <summary>Decodes the run's characters in [<paramref name="from"/>, <paramref name="to"/>).</summary>
    public void ReadRun(RunCodec codec, int from, int to)
    {
        (_codec, _runAt) = (codec, from);
        Work += to - from;
        var capacity = codec.BytesIn(to - from) + codec.Bytes;
        if (_bytes is null || _bytes.Length < capacity)
        {
            EndRun();
            _bytes = TrafficBuffers.Rent(capacity);
        }

        var characters = Run.Characters[from..to];
        _length = codec.Decode(characters, _bytes);
        _used = Math.Max(_used, _length);
        Choose(0, _length);

        var rest = characters[^(characters.Length % codec.Characters)..];
        IsRunWhole = rest.IsEmpty;
        LastBitCount = rest.Length * codec.Bytes * 8 / codec.Characters % 8;
        LastBits = LastBitCount == 0 ? 0 : codec.NextByte(rest) >> (8 - LastBitCount);
    }

    /// <summary>Makes a part of the decoded run the view.</summary>
    public void Choose(int start, int end) => (_start, _end) = (start, end);

    /// <summary>The first character of the group that holds the byte at <paramref name="at"/> of the decoded run.</summary>
    public int CharacterOf(int at) => _runAt + (at / _codec!.Bytes * _codec.Characters);

    /// <summary>
    /// Makes of a detection in the view one in the text that the view was made of. False if there it is spelled as it reads: then it is
    /// found there.
    /// </summary>
    /// <param name="isOrdinary">True if it is spelled with escapes that any writer writes there.</param>
    public bool TryMapUp(ReadOnlySpan<byte> parent, ref Detection detection, out bool isOrdinary)
    {
        isOrdinary = false;
        var (start, end) = ((int)detection.Start, (int)detection.End);
        Base64Quads.Widen(Text, detection.Form, detection.Alignment, ref start, ref end);
        if (_codec is not null)
        {
            detection = MapRun(parent, detection, _start + start, _start + end);
            return true;
        }

        if (!_view.DiffersIn((int)detection.Start, (int)detection.End, out isOrdinary))
        {
            return false;
        }

        var (textStart, textEnd) = (_view.TextStartOf(start), _view.TextEndOf(end));
        detection = _decoding switch
        {
            Decodings.Utf16Even or Decodings.Utf16Odd => textEnd < parent.Length && parent[textEnd] == 0
                ? Place(detection, textStart, textEnd + 1, ValueForm.Utf16LittleEndian)
                : Place(detection, Math.Max(0, textStart - 1), textEnd, ValueForm.Utf16BigEndian),
            Decodings.HexWords => Place(detection, textStart, textEnd, ValueForm.HexWords),
            _ => MapEscaped(detection, start, end, textStart, textEnd),
        };
        return true;
    }

    public void Dispose()
    {
        if (_bytes is null && Found.Count == 0 && Stretches.Count == 0 && !_view.IsInUse && !Run.IsInUse)
        {
            return;
        }

        _view.Dispose();
        Run.Dispose();
        EndRun();
        Found.Clear();
        Stretches.Clear();
    }

    private void EndRun()
    {
        if (_bytes is not null)
        {
            TrafficBuffers.Return(_bytes, _used);
            _bytes = null;
        }

        (_length, _used) = (0, 0);
    }

    /// <summary>What is replaced in the form that it has without the escapes keeps that form; quads are widened to, for behind escapes nobody can.</summary>
    private Detection MapEscaped(in Detection detection, int start, int end, int textStart, int textEnd)
    {
        switch (detection.Form)
        {
            case ValueForm.Base64 or ValueForm.Base64Url:
                var leading = Base64Quads.LeadingCharacters(detection.Alignment);
                var quadStart = (int)detection.Start - leading;
                var secretEnd = ((6 * (leading + detection.Length)) + 7) / 8;
                var trail = Math.Max(0, ((end - quadStart - Text[start..end].Count((byte)'=')) * 6 / 8) - secretEnd);
                var isWhole = quadStart == start;
                return Place(detection, textStart, textEnd, ValueForm.Base64Quads, isWhole ? detection.Alignment : 0, isWhole ? trail : 0);
            case ValueForm.Base64Quads or ValueForm.Base32 or ValueForm.HexWords or ValueForm.HexLower or ValueForm.HexUpper:
                return detection with { Start = textStart, Length = textEnd - textStart };
            default:
                var isQuoted = _decoding == Decodings.QuotedPrintable || detection.Form == ValueForm.QuotedPrintable;
                return Place(detection, textStart, textEnd, isQuoted ? ValueForm.QuotedPrintable : ValueForm.Escaped);
        }
    }

    private Detection MapRun(ReadOnlySpan<byte> parent, in Detection detection, int start, int end)
    {
        var (groupBytes, groupCharacters) = (_codec!.Bytes, _codec.Characters);
        var first = CharacterOf(start);
        var last = Math.Min(Run.Characters.Length, CharacterOf(end + groupBytes - 1));
        var lead = start % groupBytes;
        var trail = Math.Max(0, _codec.BytesIn(last - first) - lead - (end - start));
        var (textStart, textEnd) = (Run.TextPositionOf(first), Run.TextPositionOf(last - 1) + 1);
        var isOneLine = textEnd - textStart == last - first;
        if (_codec == RunCodec.Hex)
        {
            return Place(detection, textStart, textEnd, !isOneLine ? ValueForm.HexWords : HexForm(parent[textStart..textEnd]));
        }

        if (_codec == RunCodec.Base64 && isOneLine)
        {
            var form = parent[textStart..textEnd].ContainsAny((byte)'-', (byte)'_') ? ValueForm.Base64Url : ValueForm.Base64;
            var ownEnd = textStart + ((lead + end - start) * 8 / 6);
            return Place(detection, textStart + Base64Quads.LeadingCharacters(lead), ownEnd, form) with { Alignment = lead };
        }

        for (var missing = (groupCharacters - ((last - first) % groupCharacters)) % groupCharacters; missing > 0 && textEnd < parent.Length && parent[textEnd] == '='; missing--)
        {
            textEnd++;
        }

        return Place(detection, textStart, textEnd, _codec == RunCodec.Base32 ? ValueForm.Base32 : ValueForm.Base64Quads, lead, trail);
    }

    private static ValueForm HexForm(ReadOnlySpan<byte> text) => text.ContainsAnyInRange((byte)'A', (byte)'F') ? ValueForm.HexUpper : ValueForm.HexLower;

    private static Detection Place(in Detection detection, int start, int end, ValueForm form, int lead = 0, int trail = 0) =>
        detection with { Start = start, Length = end - start, Form = form, Alignment = lead | (trail << TrailShift) };
}
