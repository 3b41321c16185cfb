using SecretsFirewall.Inspection.Redaction;
using SecretsFirewall.Model;

namespace SecretsFirewall.Inspection.Git;

/// <summary>
/// Inspects every object of a pack, each as a text of its own.
/// <code>
///   commit, tree, blob, tag ─┬─ up to 1 MB ─► whole ─► kept as a base
///                            └─ larger ─────► as it streams
///   delta ─┬─ its base is kept ─► rebuilt ─► whole ─► kept as a base
///          └─ else ─────────────► what it inserts, stretch by stretch
/// </code>
/// </summary>
internal sealed class PackInspection : IDisposable
{
    private const string Place = "pack";

    // Between two stretches that a delta inserts stands something of the base. No value and no name reaches over a NUL.
    private static readonly byte[] Gap = [0];

    private readonly TextInspection _texts;
    private readonly PackReader _reader;
    private readonly PackLimits _limits;
    private readonly BaseCache _bases = new();
    private readonly DeltaReader _delta = new();
    private byte[] _whole = [];
    private int _wholeLength;
    private bool _isWhole;
    private bool _copied;
    private StreamRedactor? _stream;
    private long _rebuilt;

    public PackInspection(TextInspection texts, PackLimits limits, int hashBytes)
    {
        _texts = texts;
        _limits = limits;
        _reader = new PackReader(limits, hashBytes);
    }

    public GitStop Stop { get; private set; } = GitStop.None;

    public bool HasEnded { get; private set; }

    /// <summary>Bytes of objects, read so far.</summary>
    public long TextIn { get; private set; }

    /// <summary>How many of them are not inspected to their end.</summary>
    public int HeldBack => _isWhole ? _wholeLength : _stream?.HeldBack ?? 0;

    /// <summary>False as soon as nothing more may pass; <see cref="Stop"/> says why.</summary>
    public bool Write(ReadOnlySpan<byte> chunk)
    {
        while (Stop is GitStop.None)
        {
            switch (_reader.Next(ref chunk))
            {
                case PackEvent.NeedInput:
                    return true;
                case PackEvent.ObjectStarted:
                    Begin();
                    break;
                case PackEvent.Text:
                    TextIn += _reader.Text.Length;
                    Take(_reader.Text);
                    break;
                case PackEvent.ObjectEnded:
                    End();
                    break;
                case PackEvent.Ended:
                    HasEnded = true;
                    Stop = chunk.IsEmpty ? GitStop.None : GitStop.Malformed;
                    return Stop is GitStop.None;
                case PackEvent.TooLarge:
                    Stop = GitStop.TooLarge;
                    break;
                default:
                    Stop = GitStop.Malformed;
                    break;
            }
        }

        return false;
    }

    public void Dispose()
    {
        LetGo();
        _stream?.Dispose();
        _bases.Dispose();
        _reader.Dispose();
    }

    private bool IsDelta => _reader.Type is PackObjectType.OffsetDelta or PackObjectType.ReferenceDelta;

    private void Begin()
    {
        _delta.Reset();
        _copied = false;
        _isWhole = _reader.Size <= PackLimits.WholeBytes;
        if (_isWhole)
        {
            _whole = TrafficBuffers.Rent(Math.Max((int)_reader.Size, 1));
            _wholeLength = 0;
        }
        else
        {
            _stream = _texts.Begin(Place, _reader.Index);
        }
    }

    private void Take(ReadOnlySpan<byte> text)
    {
        if (_isWhole)
        {
            text.CopyTo(_whole.AsSpan(_wholeLength));
            _wholeLength += text.Length;
        }
        else if (!IsDelta)
        {
            Pass(_texts.Write(_stream!, text));
        }
        else
        {
            TakeInserts(text, _stream!);
        }
    }

    private void End()
    {
        if (_isWhole)
        {
            var whole = _whole.AsSpan(0, _wholeLength);
            if (!IsDelta)
            {
                Pass(_texts.Inspect(whole, Place, _reader.Index));
                Keep(whole, depth: 0);
            }
            else if (!TryRebuild(whole))
            {
                _delta.Reset();
                using var inserts = _texts.Begin(Place, _reader.Index);
                TakeInserts(whole, inserts);
                EndInserts(inserts);
            }

            LetGo();
            return;
        }

        if (IsDelta)
        {
            EndInserts(_stream!);
        }
        else
        {
            Pass(_texts.End(_stream!));
        }

        _stream!.Dispose();
        _stream = null;
    }

    private void Keep(ReadOnlySpan<byte> whole, int depth)
    {
        if (Stop is GitStop.None)
        {
            whole.CopyTo(_bases.Reserve(whole.Length));
            _bases.Keep(_reader.Offset, whole.Length, depth);
        }
    }

    /// <summary>False where the delta's result is not to be had; true where it was, or something stopped.</summary>
    private bool TryRebuild(ReadOnlySpan<byte> delta)
    {
        if (_reader.Type is not PackObjectType.OffsetDelta || _delta.Next(ref delta, out _) is not DeltaEvent.Sizes
            || _delta.ResultSize > PackLimits.WholeBytes
            || _rebuilt + _delta.ResultSize > PackLimits.RebuiltBytes + (PackLimits.RebuiltPerByte * _reader.BytesIn))
        {
            return false;
        }

        var result = _bases.Reserve((int)_delta.ResultSize); // first: it may push the base out
        if (!_bases.TryGet(_reader.Base, out var source, out var depth))
        {
            return false;
        }

        if (source.Length != _delta.BaseSize)
        {
            Stop = GitStop.Malformed;
            return true;
        }

        if (depth >= PackLimits.Depth)
        {
            Stop = GitStop.TooLarge;
            return true;
        }

        _rebuilt += result.Length;
        var written = 0;
        while (true)
        {
            switch (_delta.Next(ref delta, out var inserted))
            {
                case DeltaEvent.Copy:
                    source.Slice((int)_delta.CopyFrom, _delta.CopyLength).CopyTo(result[written..]);
                    written += _delta.CopyLength;
                    continue;
                case DeltaEvent.Insert:
                    inserted.CopyTo(result[written..]);
                    written += inserted.Length;
                    continue;
                case DeltaEvent.NeedInput when _delta.IsComplete:
                    _bases.Keep(_reader.Offset, written, depth + 1);
                    Pass(_texts.Inspect(result, Place, _reader.Index));
                    return true;
                default:
                    Stop = GitStop.Malformed;
                    return true;
            }
        }
    }

    private void TakeInserts(ReadOnlySpan<byte> delta, StreamRedactor into)
    {
        while (Stop is GitStop.None)
        {
            switch (_delta.Next(ref delta, out var inserted))
            {
                case DeltaEvent.NeedInput:
                    return;
                case DeltaEvent.Sizes:
                    Stop = _delta.ResultSize > _limits.ObjectBytes ? GitStop.TooLarge : GitStop.None;
                    break;
                case DeltaEvent.Copy:
                    _copied = true;
                    break;
                case DeltaEvent.Insert:
                    // One insert holds 127 bytes at most: those in a row are one text.
                    Pass((!_copied || _texts.Write(into, Gap)) && _texts.Write(into, inserted));
                    _copied = false;
                    break;
                default:
                    Stop = GitStop.Malformed;
                    break;
            }
        }
    }

    private void EndInserts(StreamRedactor inserts)
    {
        if (Stop is GitStop.None)
        {
            Stop = _delta.IsComplete ? GitStop.None : GitStop.Malformed;
            Pass(_texts.End(inserts));
        }
    }

    private void Pass(bool goesOn) => Stop = Stop is GitStop.None && !goesOn ? GitStop.Finding : Stop;

    private void LetGo()
    {
        if (_whole.Length > 0)
        {
            TrafficBuffers.Return(_whole, _wholeLength);
            (_whole, _wholeLength) = ([], 0);
        }
    }
}
