using System.Collections.Frozen;
using SecretsFirewall.Inspection.Codecs;
using SecretsFirewall.Inspection.Detection;
using SecretsFirewall.Inspection.Redaction;
using SecretsFirewall.Model;

namespace SecretsFirewall.Inspection.Archives;

/// <summary>
/// Looks into what is downloaded as gzip (<c>.tar.gz</c>) or zip, known by its first bytes, as it passes.
/// <code>
///   gzip   head, deflate, sum │ head, deflate, sum …        one text each
///   zip    local head, data   │ local head, data … │ table  one text for each file that is deflated; stored ones stand there as they are
/// </code>
/// It does its best and no more: in what is no archive after all, is encrypted, damaged, packed otherwise or too large it stops looking. An archive
/// inside an archive is not opened. Not safe for concurrent use.
/// </summary>
public sealed class ArchiveInspection : IDisposable
{
    /// <summary>How many inflated bytes are looked at. Beyond, it is an image of a machine, or a bomb.</summary>
    private const long MostBytes = 1024L * 1024 * 1024;

    // Behind a file's data may stand its sums and sizes (APPNOTE 4.3.9), of up to this many bytes.
    private const int DescriptorBytes = 24;
    private const uint UnknownSize = uint.MaxValue;

    private readonly TextInspection _texts;
    private readonly byte[] _field = new byte[26];
    private Inflater? _inflater;
    private StreamRedactor? _text;
    private Phase _phase;
    private int _fieldLength;
    private long _skip;
    private Phase _afterSkip;
    private int _gap;
    private int _flags;
    private int _method;
    private long _size;
    private long _index;
    private bool _isZip;

    /// <param name="plan">One that masks nothing: see <see cref="RedactionPlan.InsteadOfMask"/>.</param>
    public ArchiveInspection(DetectionSnapshot snapshot, RedactionPlan plan, LocatedFinding? onFinding = null) =>
        _texts = new TextInspection(snapshot, plan, onFinding);

    /// <summary>Finds registered values only: what packages and source archives hold of tokens and test data is no news.</summary>
    public static ArchiveInspection OfRegistered(DetectionSnapshot snapshot, RedactionPlan plan, LocatedFinding onFinding) =>
        new(snapshot, plan with { Rule = FindingAction.Pass, Entropy = FindingAction.Pass, Rules = FrozenDictionary<string, FindingAction>.Empty }, onFinding);

    private enum Phase
    {
        Magic = 0,
        GzipHead,
        GzipExtraLength,
        GzipName,
        GzipComment,
        GzipHeadSum,
        GzipNext,
        ZipSignature,
        ZipHead,
        Skip,
        Text,
        Over,
    }

    // Deflate is the only method that there is (RFC 1952 section 2.3).
    private static ReadOnlySpan<byte> GzipMagic => [0x1F, 0x8B, 8];

    private static ReadOnlySpan<byte> ZipMagic => "PK\x03\x04"u8;

    /// <summary>The finding that stopped it.</summary>
    public Detection.Detection? Blocked => _texts.Blocked;

    /// <summary>Inflated bytes, read so far.</summary>
    public long TextIn { get; private set; }

    /// <summary>How many of them are not inspected to their end.</summary>
    public int HeldBack => _text?.HeldBack ?? 0;

    /// <summary>Whether what begins so, by however few bytes, may be an archive.</summary>
    public static bool MayBegin(ReadOnlySpan<byte> start) =>
        !start.IsEmpty && (StartsAlike(start, GzipMagic) || StartsAlike(start, ZipMagic));

    /// <summary>False as soon as a finding must block.</summary>
    public bool Write(ReadOnlySpan<byte> chunk)
    {
        while (Blocked is null && _phase is not Phase.Over)
        {
            var before = (_phase, chunk.Length);
            switch (_phase)
            {
                case Phase.Skip:
                    var count = (int)Math.Min(_skip, chunk.Length);
                    _skip -= count;
                    chunk = chunk[count..];
                    if (_skip == 0)
                    {
                        EndSkip();
                    }

                    break;
                case Phase.Text:
                    ReadText(ref chunk);
                    break;
                case Phase.GzipName or Phase.GzipComment:
                    SkipName(ref chunk);
                    break;
                default:
                    ReadField(ref chunk);
                    break;
            }

            if (chunk.IsEmpty && before == (_phase, 0))
            {
                break; // nothing more to do without input
            }
        }

        return Blocked is null;
    }

    /// <summary>The download has ended, wherever that is in the archive. Same answer as <see cref="Write"/>.</summary>
    public bool Complete()
    {
        if (_text is not null)
        {
            EndText();
        }

        return Blocked is null;
    }

    public void Dispose()
    {
        _inflater?.Dispose();
        _text?.Dispose();
    }

    private static bool StartsAlike(ReadOnlySpan<byte> start, ReadOnlySpan<byte> magic) => magic.StartsWith(start[..Math.Min(start.Length, magic.Length)]);

    // Fields of a fixed length.
    private void ReadField(ref ReadOnlySpan<byte> chunk)
    {
        var length = _phase switch
        {
            Phase.Magic or Phase.ZipSignature => 4,
            Phase.GzipHead => 6,
            Phase.GzipExtraLength or Phase.GzipHeadSum => 2,
            Phase.GzipNext => 4,
            _ => 26,
        };
        var count = Math.Min(length - _fieldLength, chunk.Length);
        chunk[..count].CopyTo(_field.AsSpan(_fieldLength));
        chunk = chunk[count..];
        _fieldLength += count;
        if (_fieldLength < length)
        {
            return;
        }

        _fieldLength = 0;
        switch (_phase)
        {
            case Phase.Magic when IsLocalHead || IsGzip:
                _isZip = IsLocalHead;
                _flags = _field[3];
                _phase = _isZip ? Phase.ZipHead : Phase.GzipHead;
                break;
            case Phase.GzipNext when IsGzip:
                _flags = _field[3];
                _phase = Phase.GzipHead;
                break;
            case Phase.GzipHead:
                AfterGzipPart(Phase.GzipHead);
                break;
            case Phase.GzipExtraLength:
                SkipTo(Number(0, 2), Phase.GzipExtraLength);
                break;
            case Phase.GzipHeadSum:
                BeginText();
                break;
            case Phase.ZipSignature:
                ReadSignature();
                break;
            case Phase.ZipHead:
                _flags = (int)Number(2, 2);
                _method = (int)Number(4, 2);
                _size = Number(14, 4);
                SkipTo(Number(22, 2) + Number(24, 2), Phase.Text);
                break;
            default:
                _phase = Phase.Over;
                break;
        }
    }

    private bool IsLocalHead => _field.AsSpan(0, 4).SequenceEqual(ZipMagic);

    private bool IsGzip => _field.AsSpan().StartsWith(GzipMagic);

    // What follows this part of a gzip head, by its flags: extra field, name, comment, sum.
    private void AfterGzipPart(Phase part)
    {
        if (part < Phase.GzipExtraLength && (_flags & 4) != 0)
        {
            _phase = Phase.GzipExtraLength;
        }
        else if (part < Phase.GzipName && (_flags & 8) != 0)
        {
            _phase = Phase.GzipName;
        }
        else if (part < Phase.GzipComment && (_flags & 16) != 0)
        {
            _phase = Phase.GzipComment;
        }
        else if ((_flags & 2) != 0)
        {
            _phase = Phase.GzipHeadSum;
        }
        else
        {
            BeginText();
        }
    }

    private void SkipName(ref ReadOnlySpan<byte> chunk)
    {
        var end = chunk.IndexOf((byte)0);
        chunk = chunk[(end < 0 ? chunk.Length : end + 1)..];
        if (end >= 0)
        {
            AfterGzipPart(_phase);
        }
    }

    private void SkipTo(long bytes, Phase then)
    {
        _skip = bytes;
        _afterSkip = then;
        _phase = Phase.Skip;
    }

    private void EndSkip()
    {
        _phase = _afterSkip;
        if (_phase is Phase.GzipExtraLength)
        {
            AfterGzipPart(_phase);
        }
    }

    private void ReadSignature()
    {
        if (IsLocalHead)
        {
            _gap = 0;
            _phase = Phase.ZipHead;
        }
        else if (_field.AsSpan(0, 4).SequenceEqual("PK\x01\x02"u8) || ++_gap > DescriptorBytes)
        {
            _phase = Phase.Over;
        }
        else
        {
            _field.AsSpan(1, 3).CopyTo(_field);
            _fieldLength = 3;
        }
    }

    private void ReadText(ref ReadOnlySpan<byte> chunk)
    {
        if (_text is null && !TryBeginFile())
        {
            return;
        }

        var status = _inflater!.Inflate(ref chunk);
        TextIn += _inflater.Fresh.Length;
        _texts.Write(_text!, _inflater.Fresh);
        _inflater.Take();
        if (status is InflateStatus.Invalid || TextIn > MostBytes)
        {
            EndText();
            _phase = Phase.Over;
        }
        else if (status is InflateStatus.Done)
        {
            EndText();
            if (_isZip)
            {
                _phase = Phase.ZipSignature;
            }
            else
            {
                SkipTo(8, Phase.GzipNext);
            }
        }
    }

    // A file that is stored stands in the archive as it is; encrypted or otherwise packed ones are not read.
    private bool TryBeginFile()
    {
        const int encrypted = 1;
        const int sizesBehind = 8;
        if (_method == 8 && (_flags & encrypted) == 0)
        {
            BeginText();
            return true;
        }

        if ((_flags & sizesBehind) != 0 || _size == UnknownSize)
        {
            _phase = Phase.Over;
        }
        else
        {
            SkipTo(_size, Phase.ZipSignature);
        }

        return false;
    }

    private void BeginText()
    {
        _inflater ??= new Inflater();
        _inflater.Reset(isZlib: false);
        _text = _texts.Begin("archive", ++_index);
        _phase = Phase.Text;
    }

    private void EndText()
    {
        if (Blocked is null)
        {
            _texts.End(_text!);
        }

        _text!.Dispose();
        _text = null;
    }

    private long Number(int at, int bytes)
    {
        var number = 0L;
        for (var i = bytes - 1; i >= 0; i--)
        {
            number = (number << 8) | _field[at + i];
        }

        return number;
    }
}
