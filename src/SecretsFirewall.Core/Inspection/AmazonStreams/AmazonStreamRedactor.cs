using System.Buffers;
using System.Text.Unicode;
using SecretsFirewall.Inspection.Detection;
using SecretsFirewall.Inspection.EventStreams;
using SecretsFirewall.Inspection.Redaction;
using SecretsFirewall.Inspection.WebSockets;
using SecretsFirewall.Model;

namespace SecretsFirewall.Inspection.AmazonStreams;

/// <summary>
/// Masks in a binary event stream what its payloads spell, each alone and all of one text together, and frames anew what was changed. The other frames leave byte for byte.
/// <code>
///   1 frame ─► checksums ─► headers, which nothing may stand in ─► payload, or the event in base64 inside it
///   2 event ─► EventStreamJoiner ─► 3 what it spells alone ─► 4 the frame as it came, or with another payload, length and checksums
/// </code>
/// Not safe for concurrent use.
/// </summary>
public sealed class AmazonStreamRedactor : IDisposable
{
    private readonly DetectionSnapshot _snapshot;
    private readonly RedactionPlan _plan;
    private readonly Action<Detection.Detection, FindingAction>? _onFinding;
    private readonly MaskedValue? _onMasked;
    private readonly EventStreamJoiner _joiner;
    private readonly ByteQueue _arriving = new();
    private readonly ByteQueue _frames = new();
    private readonly ByteQueue _text = new();
    private readonly ByteQueue _masked = new();
    private readonly ByteQueue _payload = new();
    private readonly Queue<Waiting> _waiting = new();
    private readonly List<Detection.Detection> _found = [];
    private readonly List<Splice.Edit> _edits = [];
    private long _bytesIn;

    /// <param name="onFinding">Told of each finding once it is final.</param>
    /// <param name="onMasked">Shown each value that is masked, after <paramref name="onFinding"/>.</param>
    public AmazonStreamRedactor(
        DetectionSnapshot snapshot, RedactionPlan plan, Action<Detection.Detection, FindingAction>? onFinding = null, MaskedValue? onMasked = null)
    {
        _snapshot = snapshot;
        _plan = plan;
        _onFinding = onFinding;
        _onMasked = onMasked;
        _joiner = new EventStreamJoiner(snapshot, plan, onFinding, onMasked);
    }

    public AmazonStreamStop Stop { get; private set; }

    /// <summary>The finding that stopped the stream.</summary>
    public Detection.Detection? Blocked { get; private set; }

    /// <summary>Takes a chunk and appends the frames that may leave. False once the stream must stop: no byte of what stopped it is written, now or later.</summary>
    public bool Write(ReadOnlySpan<byte> chunk, IBufferWriter<byte> output)
    {
        // :: Step 1
        _arriving.Append(Stop is AmazonStreamStop.None ? chunk : default);
        while (Stop is AmazonStreamStop.None)
        {
            if (!AmazonFrame.TryMeasure(_arriving.Bytes, out var total, out var headers))
            {
                Stop = AmazonStreamStop.Invalid;
                break;
            }

            if (total == 0 || total > _arriving.Length)
            {
                break;
            }

            Take(_arriving.Bytes[..total], headers);
            _arriving.Drop(total);
            _bytesIn += total;
            Release(output);
        }

        return Goes();
    }

    /// <summary>The stream has ended: nothing is open any more. Same answer as <see cref="Write"/>.</summary>
    public bool Complete(IBufferWriter<byte> output)
    {
        if (Stop is AmazonStreamStop.None)
        {
            Note(_joiner.CompleteMessages());
            Release(output);
            Stop = Stop is AmazonStreamStop.None && _arriving.Length > 0 ? AmazonStreamStop.Invalid : Stop;
        }

        return Goes();
    }

    public void Dispose()
    {
        _joiner.Dispose();
        _arriving.Dispose();
        _frames.Dispose();
        _text.Dispose();
        _masked.Dispose();
        _payload.Dispose();
        _waiting.Clear();
    }

    private void Take(ReadOnlySpan<byte> frame, int headersLength)
    {
        var headers = frame.Slice(AmazonFrame.PreludeBytes, headersLength);
        if (!AmazonFrame.IsIntact(frame) || !AmazonFrame.TryFindString(headers, ":event-type"u8, out var type))
        {
            Stop = AmazonStreamStop.Invalid;
            return;
        }

        if (!MayPass(headers))
        {
            return;
        }

        // :: Step 2
        var payload = frame[(AmazonFrame.PreludeBytes + headersLength)..^AmazonFrame.ChecksumBytes];
        _text.Dispose();
        var isCarried = AmazonPayload.TryDecode(payload, _text, out var start, out var length);
        _frames.Append(frame);
        _waiting.Enqueue(new Waiting(frame.Length, headersLength, isCarried ? start : -1, length, _bytesIn));
        Note(_joiner.WriteMessage(isCarried ? _text.Bytes : payload, endsTexts: type.EndsWith("Stop"u8)));
        _text.Dispose();
    }

    private void Release(IBufferWriter<byte> output)
    {
        while (Stop is AmazonStreamStop.None && _joiner.TryTakeMessage(_text, out var isChanged))
        {
            var waiting = _waiting.Dequeue();
            var frame = _frames.Bytes[..waiting.Length];
            var headers = frame.Slice(AmazonFrame.PreludeBytes, waiting.Headers);
            var payload = frame[(AmazonFrame.PreludeBytes + waiting.Headers)..^AmazonFrame.ChecksumBytes];

            // :: Step 3
            ReadOnlySpan<byte> text = _text.Bytes;
            if (Mask(text, _masked, waiting.Start))
            {
                text = _masked.Bytes;
                isChanged = true;
            }

            if (waiting.CarrierStart >= 0)
            {
                text = Carry(payload, text, isChanged, waiting, out var carrierChanged);
                isChanged |= carrierChanged;
            }

            // :: Step 4
            if (Stop is AmazonStreamStop.None && isChanged)
            {
                AmazonFrame.Write(headers, text, output);
            }
            else if (Stop is AmazonStreamStop.None)
            {
                output.Write(frame);
            }

            _frames.Drop(waiting.Length);
            _text.Dispose();
            _masked.Dispose();
            _payload.Dispose();
        }
    }

    /// <summary>The payload around an event in base64; what stands beside the event is masked too.</summary>
    private ReadOnlySpan<byte> Carry(ReadOnlySpan<byte> payload, ReadOnlySpan<byte> text, bool isChanged, Waiting waiting, out bool carrierChanged)
    {
        if (isChanged)
        {
            AmazonPayload.Write(payload, waiting.CarrierStart, waiting.CarrierLength, text, _payload);
        }
        else
        {
            _payload.Append(payload);
        }

        _masked.Dispose();
        carrierChanged = Mask(_payload.Bytes, _masked, waiting.Start);
        return carrierChanged ? _masked.Bytes : _payload.Bytes;
    }

    /// <summary>True if <paramref name="into"/> holds what takes the text's place. Data that is no text cannot be rewritten: a registered value in it blocks.</summary>
    private bool Mask(ReadOnlySpan<byte> text, ByteQueue into, long position)
    {
        _snapshot.Find(text, _found);
        if (_found.Count == 0 || Stop is not AmazonStreamStop.None)
        {
            return false;
        }

        _edits.Clear();
        var plan = Utf8.IsValid(text) ? _plan : _plan with { InsteadOfMask = FindingAction.Alert };
        foreach (var one in _found)
        {
            var action = plan.For(one.Kind, one.Rule, one.Name);
            _onFinding?.Invoke(one with { Start = position + one.Start }, action);
            if (action is FindingAction.Block)
            {
                (Stop, Blocked) = (AmazonStreamStop.Finding, one);
                return false;
            }

            if (action is FindingAction.Mask && one.Kind is not FindingKind.Reference)
            {
                _onMasked?.Invoke(one, text.Slice((int)one.Start, one.Length));
                var replacement = Splice.ReplacementFor(text, one, out var start, out var length);
                _edits.Add(new Splice.Edit(start, length, replacement));
            }
        }

        if (_edits.Count > 0)
        {
            Splice.Apply(text, _edits, into);
        }

        return _edits.Count > 0;
    }

    /// <summary>Headers say what a frame is; nothing is rewritten there.</summary>
    private bool MayPass(ReadOnlySpan<byte> headers)
    {
        _snapshot.Find(headers, _found);
        foreach (var one in _found)
        {
            if (one.Kind is FindingKind.Registered or FindingKind.Canary or FindingKind.Unread)
            {
                _onFinding?.Invoke(one with { Start = _bytesIn + one.Start }, FindingAction.Block);
                (Stop, Blocked) = (AmazonStreamStop.Finding, one);
                return false;
            }
        }

        return true;
    }

    private void Note(bool goesOn)
    {
        if (!goesOn && Stop is AmazonStreamStop.None)
        {
            (Stop, Blocked) = _joiner.Stop is EventStreamStop.Finding ? (AmazonStreamStop.Finding, _joiner.Blocked) : (AmazonStreamStop.TooMuchHeld, null);
        }
    }

    private bool Goes()
    {
        if (Stop is AmazonStreamStop.None)
        {
            return true;
        }

        Dispose();
        return false;
    }

    /// <summary>A frame whose event has not left.</summary>
    /// <param name="CarrierStart">Where the event's base64 stands in the payload; negative if the payload is the event.</param>
    /// <param name="Start">Where the frame begins in the stream.</param>
    private readonly record struct Waiting(int Length, int Headers, int CarrierStart, int CarrierLength, long Start);
}
