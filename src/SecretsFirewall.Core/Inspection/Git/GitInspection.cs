using SecretsFirewall.Inspection.Detection;
using SecretsFirewall.Inspection.Redaction;
using SecretsFirewall.Model;

namespace SecretsFirewall.Inspection.Git;

/// <summary>
/// What git sends over HTTP in one direction (gitprotocol-pack, gitprotocol-v2), in any pieces: lines with their length before them, and a pack.
/// <code>
///   push    line line … 0000 [option … 0000] PACK…
///   fetch   line … 0000 │ NAK  ├─► PACK…
///                              └─► \1 PACK…  \2 progress  \1 …  0000       (side-band, version 2)
/// </code>
/// Lines are inspected one by one, progress as one text, packs object by object. Nothing is rewritten: a line's length and a pack's hash would
/// no longer be right. Not safe for concurrent use.
/// </summary>
public sealed class GitInspection : IDisposable
{
    private const int LengthDigits = 4;

    // The longest line that there is (gitprotocol-common), its length included.
    private const int LongestLine = 65520;

    private static ReadOnlySpan<byte> Format => "object-format="u8;

    private readonly TextInspection _texts;
    private readonly PackLimits _limits;
    private readonly bool _hasBands;
    private readonly byte[] _digits = new byte[LengthDigits];
    private byte[] _line = [];
    private int _hashBytes;
    private bool _knowsHash;
    private int _digitCount;
    private int _lineLength;
    private int _lineRead;
    private long _lines;
    private bool _isRaw;
    private StreamRedactor? _progress;
    private PackInspection? _pack;

    /// <param name="plan">One that masks nothing: see <see cref="RedactionPlan.InsteadOfMask"/>.</param>
    /// <param name="hasBands">For what a server sends: the first byte of a line may say what the line is.</param>
    /// <param name="hashBytes">Of object names: 20 or 32. What a client pushes tells it behind its first command.</param>
    public GitInspection(
        DetectionSnapshot snapshot, RedactionPlan plan, PackLimits limits, LocatedFinding? onFinding = null, bool hasBands = false, int hashBytes = 20)
    {
        _texts = new TextInspection(snapshot, plan, onFinding);
        _limits = limits;
        _hasBands = hasBands;
        _hashBytes = hashBytes;
    }

    public GitStop Stop { get; private set; } = GitStop.None;

    /// <summary>The finding that stopped it.</summary>
    public Detection.Detection? Blocked => _texts.Blocked;

    /// <summary>Bytes of texts, read so far.</summary>
    public long TextIn => _lines + (_pack?.TextIn ?? 0);

    /// <summary>How many of them are not inspected to their end.</summary>
    public int HeldBack => _lineRead + (_progress?.HeldBack ?? 0) + (_pack?.HeldBack ?? 0);

    /// <summary>False as soon as nothing more may pass; <see cref="Stop"/> says why.</summary>
    public bool Write(ReadOnlySpan<byte> chunk)
    {
        while (!chunk.IsEmpty && Stop is GitStop.None)
        {
            if (_isRaw)
            {
                WritePack(chunk);
                break;
            }

            if (_digitCount < LengthDigits)
            {
                _digits[_digitCount++] = chunk[0];
                chunk = chunk[1..];
                if (_digitCount == LengthDigits)
                {
                    BeginLine();
                }

                continue;
            }

            var count = Math.Min(_lineLength - _lineRead, chunk.Length);
            chunk[..count].CopyTo(_line.AsSpan(_lineRead));
            chunk = chunk[count..];
            _lineRead += count;
            _lines += count;
            if (_lineRead == _lineLength)
            {
                EndLine();
            }
        }

        return Stop is GitStop.None;
    }

    /// <summary>Nothing more comes. Same answer as <see cref="Write"/>; what broke off is malformed.</summary>
    public bool Complete()
    {
        if (Stop is GitStop.None && (_digitCount > 0 || _pack is { HasEnded: false }))
        {
            Stop = GitStop.Malformed;
        }

        if (Stop is GitStop.None && _progress is not null && !_texts.End(_progress))
        {
            Stop = GitStop.Finding;
        }

        return Stop is GitStop.None;
    }

    public void Dispose()
    {
        _progress?.Dispose();
        _pack?.Dispose();
        LetGo();
    }

    private void BeginLine()
    {
        if (_digits.AsSpan().SequenceEqual("PACK"u8))
        {
            _isRaw = true;
            _digitCount = 0;
            WritePack(_digits);
            return;
        }

        if (!TryReadLength(out var length) || length is 3 or > LongestLine)
        {
            Stop = GitStop.Malformed;
            return;
        }

        // 0 to 2 are marks between lines; 4 is an empty one.
        if (length <= LengthDigits)
        {
            _digitCount = 0;
            return;
        }

        _lineLength = length - LengthDigits;
        _line = TrafficBuffers.Rent(_lineLength);
    }

    private void EndLine()
    {
        var line = _line.AsSpan(0, _lineLength);
        switch (_hasBands ? line[0] : 0)
        {
            case 1 when _pack is not null || (line.Length > 1 && line[1] == 'P'): // lines behind this byte (sideband-all) begin with small letters
                WritePack(line[1..]);
                break;
            case 2 or 3:
                _progress ??= _texts.Begin("git");
                Pass(_texts.Write(_progress, line[1..]));
                break;
            default:
                LearnHash(line);
                Pass(_texts.Inspect(line, "git"));
                break;
        }

        LetGo();
        _digitCount = 0;
    }

    private void WritePack(ReadOnlySpan<byte> bytes)
    {
        _pack ??= new PackInspection(_texts, _limits, _hashBytes);
        if (!_pack.Write(bytes))
        {
            Stop = _pack.Stop;
        }
    }

    // Behind its first command a client says of what format its names are (gitprotocol-capabilities), and the server holds it to that. What else a line
    // looks like is the sender's choice: with names of the wrong length, other bytes would be inspected than the server unpacks.
    private void LearnHash(ReadOnlySpan<byte> line)
    {
        if (_hasBands || _knowsHash || line.IndexOf((byte)0) is not (>= 0 and var end))
        {
            return;
        }

        _knowsHash = true;
        var capabilities = line[(end + 1)..];
        capabilities = capabilities[..(capabilities.IndexOf((byte)0) is >= 0 and var second ? second : capabilities.Length)];
        foreach (var word in capabilities.SplitAny(" \t\r\n"u8))
        {
            if (capabilities[word].StartsWith(Format))
            {
                _hashBytes = capabilities[word][Format.Length..].SequenceEqual("sha256"u8) ? 32 : 20;
                return;
            }
        }
    }

    private bool TryReadLength(out int length)
    {
        length = 0;
        foreach (var digit in _digits)
        {
            if (!char.IsAsciiHexDigit((char)digit))
            {
                return false;
            }

            length = (length << 4) | (digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10);
        }

        return true;
    }

    private void Pass(bool goesOn) => Stop = goesOn ? Stop : GitStop.Finding;

    private void LetGo()
    {
        if (_line.Length > 0)
        {
            TrafficBuffers.Return(_line, _lineRead);
        }

        (_line, _lineLength, _lineRead) = ([], 0, 0);
    }
}
