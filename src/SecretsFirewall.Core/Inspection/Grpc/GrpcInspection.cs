using System.Buffers.Text;
using SecretsFirewall.Inspection.Codecs;
using SecretsFirewall.Inspection.Detection;
using SecretsFirewall.Inspection.Redaction;
using SecretsFirewall.Inspection.WebSockets;
using SecretsFirewall.Model;

namespace SecretsFirewall.Inspection.Grpc;

/// <summary>
/// The body of one leg of a call, in any pieces. Each message is decoded by its flag and inspected whole; it may leave once it was, so that calls
/// that stream in both directions flow message by message.
/// <code>
///   [ base64 ─► ]  │ flags │ length │ payload │ flags │ length │ payload │ …  [ trailers ]
///                                     └─► decode ─► find ─► settled up to here, or stop
/// </code>
/// Nothing is rewritten: in protobuf every length around a text would change with it. Not safe for concurrent use.
/// </summary>
public sealed class GrpcInspection : IDisposable
{
    private const int QuadChars = 4;
    private const int ReadBytes = 4096;

    // Small messages may have any ratio, as small bodies may.
    private const long FreeBytes = 1024 * 1024;

    private readonly DetectionSnapshot _snapshot;
    private readonly GrpcFormat _format;
    private readonly GrpcLimits _limits;
    private readonly Func<Detection.Detection, FindingAction> _decide;
    private readonly LocatedFinding? _onFinding;
    private readonly GrpcFrameReader _reader;
    private readonly List<Detection.Detection> _found = [];
    private readonly byte[] _quad = new byte[QuadChars];
    private int _quadCount;
    private long _messages;

    /// <param name="decide">What to do about a finding; what it would mask is blocked.</param>
    public GrpcInspection(
        DetectionSnapshot snapshot, GrpcFormat format, GrpcLimits limits, Func<Detection.Detection, FindingAction> decide, LocatedFinding? onFinding = null)
    {
        _snapshot = snapshot;
        _format = format;
        _limits = limits;
        _decide = decide;
        _onFinding = onFinding;
        _reader = new GrpcFrameReader(format.EndFlag, limits.MessageBytes);
    }

    public GrpcStop Stop { get; private set; }

    /// <summary>The finding that stopped it.</summary>
    public Detection.Detection? Blocked { get; private set; }

    /// <summary>Bytes of the body, read so far.</summary>
    public long BytesIn { get; private set; }

    /// <summary>How many of them are of messages that were inspected, and so may leave.</summary>
    public long Settled { get; private set; }

    /// <summary>Takes a piece. False once nothing more may pass.</summary>
    public bool Write(ReadOnlySpan<byte> piece)
    {
        if (Stop is GrpcStop.None)
        {
            var start = BytesIn;
            BytesIn += piece.Length;
            if (_format.IsText)
            {
                ReadText(piece, start);
            }
            else
            {
                ReadFrames(piece, start);
            }
        }

        return Stop is GrpcStop.None;
    }

    /// <summary>The body has ended. Same answer as <see cref="Write"/>.</summary>
    public bool Complete()
    {
        if (Stop is GrpcStop.None && (!_reader.IsBetween || _quadCount > 0))
        {
            Stop = GrpcStop.Invalid;
        }

        return Stop is GrpcStop.None;
    }

    public void Dispose() => _reader.Dispose();

    /// <param name="start">Where the piece begins in the body; negative for text, where a message ends at the end of its quad.</param>
    private void ReadFrames(ReadOnlySpan<byte> piece, long start)
    {
        for (var rest = piece; !rest.IsEmpty && Stop is GrpcStop.None;)
        {
            switch (_reader.Read(ref rest, out var payload))
            {
                case GrpcRead.Message:
                    Inspect(payload);
                    Settled = Stop is GrpcStop.None && start >= 0 ? start + piece.Length - rest.Length : Settled;
                    break;
                case GrpcRead.NeedInput:
                    break;
                case GrpcRead.TooLarge:
                    Stop = GrpcStop.TooLarge;
                    break;
                default:
                    Stop = GrpcStop.Invalid;
                    break;
            }
        }
    }

    private void ReadText(ReadOnlySpan<byte> piece, long start)
    {
        Span<byte> bytes = stackalloc byte[3];
        for (var i = 0; i < piece.Length && Stop is GrpcStop.None; i++)
        {
            _quad[_quadCount++] = piece[i];
            if (_quadCount < QuadChars)
            {
                continue;
            }

            _quadCount = 0;
            if (_quad.AsSpan().ContainsAny(" \t\r\n"u8) || Base64.DecodeFromUtf8(_quad, bytes, out _, out var count) is not System.Buffers.OperationStatus.Done)
            {
                Stop = GrpcStop.Invalid; // the platform's decoder would skip blanks
                return;
            }

            ReadFrames(bytes[..count], start: -1);
            Settled = Stop is GrpcStop.None && _reader.IsBetween ? start + i + 1 : Settled;
        }
    }

    private void Inspect(ReadOnlySpan<byte> payload)
    {
        _messages++;
        if ((_reader.Flags & GrpcFrameReader.Compressed) == 0)
        {
            Judge(payload);
        }
        else if (_format.Coding is ContentCoding.Identity)
        {
            Stop = GrpcStop.Invalid; // by what, nobody said
        }
        else if (Judge(payload)) // names and comments of gzip stand there as they are
        {
            Decode(payload);
        }
    }

    private void Decode(ReadOnlySpan<byte> payload)
    {
        var coded = TrafficBuffers.Rent(Math.Max(1, payload.Length));
        payload.CopyTo(coded);
        using var text = new ByteQueue();
        try
        {
            using var decoder = ContentCodings.Decode(new MemoryStream(coded, 0, payload.Length, writable: false), [_format.Coding]);
            var most = Math.Min(_limits.MessageBytes, FreeBytes + ((long)payload.Length * _limits.Ratio));
            while (decoder.Read(text.Free(ReadBytes)) is var count and > 0)
            {
                text.Advance(count);
                if (text.Length > most)
                {
                    Stop = GrpcStop.TooLarge;
                    return;
                }
            }

            Judge(text.Bytes);
        }
        catch (InvalidDataException)
        {
            Stop = GrpcStop.Invalid;
        }
        finally
        {
            TrafficBuffers.Return(coded);
        }
    }

    private bool Judge(ReadOnlySpan<byte> text)
    {
        _snapshot.Find(text, _found);
        foreach (var one in _found)
        {
            var action = _decide(one);
            if (action is FindingAction.Pass)
            {
                continue;
            }

            var blocks = action is FindingAction.Block or FindingAction.Mask;
            _onFinding?.Invoke(one, blocks ? FindingAction.Block : action, $"grpc#{_messages}@{one.Start}");
            if (blocks)
            {
                (Stop, Blocked) = (GrpcStop.Finding, one);
                return false;
            }
        }

        return true;
    }
}
