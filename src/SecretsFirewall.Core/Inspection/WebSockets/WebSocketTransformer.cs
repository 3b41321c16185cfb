using System.Buffers;
using System.Text.Unicode;

namespace SecretsFirewall.Inspection.WebSockets;

/// <summary>
/// One direction of a WebSocket: frames in, frames out. Messages are held until they are whole, decoded and inspected; control frames pass at once, also
/// between the fragments of a message. Frames leave byte for byte as they came, masking keys included, but for a message that was changed, which leaves as
/// one frame of ours, and for one that was taken out. Where messages are coded with what went before them, everything that is coded after the first change is coded anew.
/// <code>
///   bytes ─ 1 head ─ 2 payload ─┬─ control ─ 3 inspect ─────────────────────────────► as it came
///                               └─ data ─► held ─ 4 whole? ─ join, decode, inspect ─┬─► 5 as it came
///                                                                                   └─► 5 changed: framed by us
/// </code>
/// It depends on the bytes alone, not on how they are cut. Not safe for concurrent use.
/// </summary>
public sealed class WebSocketTransformer : IDisposable
{
    private readonly WebSocketDirection _direction;
    private readonly PerMessageDeflate? _deflate;
    private readonly IMessageInspector _inspector;
    private readonly WebSocketLimits _limits;
    private readonly MessageInflater? _inflater;
    private readonly MessageDeflater? _deflater;

    // The frames of messages that wait, as they came, and behind them those of the current one.
    private readonly ByteQueue _held = new();
    private readonly Queue<Message> _waiting = new();
    private readonly ByteQueue _joined = new();
    private readonly TakenBytes _taken = new();
    private readonly byte[] _head = new byte[FrameHeader.MaxLength];
    private readonly byte[] _control = new byte[125];

    private int _headLength;
    private FrameHeader _frame;
    private long _payloadLeft;
    private bool _inPayload;
    private int _controlLength;

    // The current message: of no opcode between messages.
    private WebSocketOpcode _opcode;
    private bool _isCompressed;
    private int _messageStart;
    private int _frameCount;

    // Since the first change under context takeover.
    private bool _codesAnew;

    /// <param name="deflate">What was agreed with the upstream; null if nothing.</param>
    public WebSocketTransformer(WebSocketDirection direction, PerMessageDeflate? deflate, IMessageInspector inspector, WebSocketLimits limits)
    {
        _direction = direction;
        _deflate = deflate;
        _inspector = inspector;
        _limits = limits;
        if (deflate is not null)
        {
            _inflater = new MessageInflater(deflate.KeepsContext(direction));
            _deflater = new MessageDeflater(deflate.KeepsContext(direction));
        }
    }

    /// <summary>Why this direction has ended before its time.</summary>
    public WebSocketFault Fault { get; private set; }

    /// <summary>A Close frame has passed: whatever follows it in this direction means nothing and is dropped.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>Bytes that were taken in and have not left.</summary>
    public int HeldBytes => _held.Length;

    /// <summary>Takes bytes and appends the frames that may leave. False once the direction must end: no byte of what ended it is written, now or later.</summary>
    public bool Write(ReadOnlySpan<byte> chunk, IBufferWriter<byte> output)
    {
        while (!chunk.IsEmpty && !IsClosed && Fault is WebSocketFault.None)
        {
            if (!_inPayload)
            {
                ReadHead(ref chunk);
            }

            if (_inPayload && Fault is WebSocketFault.None)
            {
                ReadPayload(ref chunk, output);
            }
        }

        if (Fault is not WebSocketFault.None)
        {
            Dispose();
        }

        return Fault is WebSocketFault.None;
    }

    public void Dispose()
    {
        _held.Dispose();
        _joined.Dispose();
        _taken.Bytes.Dispose();
        _waiting.Clear();
        _inflater?.Dispose();
        _deflater?.Dispose();
        _inspector.Dispose();
        Array.Clear(_control);
    }

    // :: Step 1
    private void ReadHead(ref ReadOnlySpan<byte> chunk)
    {
        while (_headLength < FrameHeader.StartLength || _headLength < FrameHeader.LengthOf(_head))
        {
            if (chunk.IsEmpty)
            {
                return;
            }

            _head[_headLength++] = chunk[0];
            chunk = chunk[1..];
            if (_headLength == FrameHeader.StartLength && CheckStart() is not WebSocketFault.None and var fault)
            {
                Fault = fault;
                return;
            }
        }

        if (!FrameHeader.TryRead(_head, out _frame))
        {
            Fault = WebSocketFault.MalformedLength;
            return;
        }

        (_payloadLeft, _inPayload) = (_frame.PayloadLength, true);
        if (!_frame.IsControl)
        {
            BeginDataFrame();
        }
    }

    private WebSocketFault CheckStart()
    {
        var fault = FrameHeader.CheckStart(_head, _direction, _deflate is not null);
        var opcode = (WebSocketOpcode)(_head[0] & 0x0F);
        return fault is not WebSocketFault.None ? fault
            : opcode is WebSocketOpcode.Continuation && _opcode is WebSocketOpcode.Continuation ? WebSocketFault.MisplacedFrame
            : opcode is WebSocketOpcode.Text or WebSocketOpcode.Binary && _opcode is not WebSocketOpcode.Continuation ? WebSocketFault.MisplacedFrame
            : WebSocketFault.None;
    }

    private void BeginDataFrame()
    {
        if (_opcode is WebSocketOpcode.Continuation)
        {
            (_opcode, _isCompressed, _messageStart, _frameCount) = (_frame.Opcode, _frame.IsCompressed, _held.Length, 0);
        }

        _frameCount++;
        if (_frame.PayloadLength > _limits.MessageBytes - (_held.Length - _messageStart)) // heads count: a message of empty fragments grows too
        {
            Fault = WebSocketFault.MessageTooLarge;
            return;
        }

        _held.Append(_head.AsSpan(0, _headLength));
    }

    // :: Step 2
    private void ReadPayload(ref ReadOnlySpan<byte> chunk, IBufferWriter<byte> output)
    {
        var count = (int)Math.Min(_payloadLeft, chunk.Length);
        if (_frame.IsControl)
        {
            chunk[..count].CopyTo(_control.AsSpan(_controlLength));
            _controlLength += count;
        }
        else
        {
            _held.Append(chunk[..count]);
        }

        chunk = chunk[count..];
        _payloadLeft -= count;
        if (_payloadLeft > 0)
        {
            return;
        }

        if (_frame.IsControl)
        {
            EndControlFrame(output);
        }
        else if (_frame.IsFinal)
        {
            EndMessage(output);
        }

        (_headLength, _inPayload, _controlLength) = (0, false, 0);
    }

    // :: Step 3
    private void EndControlFrame(IBufferWriter<byte> output)
    {
        Span<byte> payload = stackalloc byte[_control.Length];
        payload = payload[.._controlLength];
        _control.AsSpan(0, _controlLength).CopyTo(payload);
        if (_frame.IsMasked)
        {
            Masking.Apply(payload, KeyIn(_head, _frame));
        }

        var isClose = _frame.Opcode is WebSocketOpcode.Close;
        if (isClose && CloseFrame.Check(payload) is not WebSocketFault.None and var fault)
        {
            Fault = fault;
            return;
        }

        if (!_inspector.MayPass(payload) || (isClose && !_inspector.Complete()))
        {
            Fault = WebSocketFault.Blocked;
            return;
        }

        if (isClose)
        {
            Release([], output);
            IsClosed = true;
        }

        output.Write(_head.AsSpan(0, _headLength));
        output.Write(_control.AsSpan(0, _controlLength));
    }

    // :: Step 4
    private void EndMessage(IBufferWriter<byte> output)
    {
        var frames = _held.Bytes[_messageStart..];
        var message = _frameCount == 1 && !_frame.IsMasked && !_isCompressed ? frames[_frame.Length..] : Join(frames);
        if (_isCompressed)
        {
            var coded = message.Length;
            _joined.Append(MessageInflater.Tail);
            Fault = _inflater!.Inflate(_joined.Bytes, _limits.MostDecoded(coded));
            if (Fault is WebSocketFault.MessageTooLarge && _limits.MostDecoded(coded) < _limits.MessageBytes)
            {
                Fault = WebSocketFault.Bomb;
            }

            _joined.Dispose();
            message = [];
        }

        if (Fault is not WebSocketFault.None)
        {
            return;
        }

        ReadOnlySpan<byte> text = _isCompressed ? _inflater!.Message : message;
        var isText = _opcode is WebSocketOpcode.Text;
        if (isText && !Utf8.IsValid(text))
        {
            Fault = WebSocketFault.InvalidText;
            return;
        }

        if (!_inspector.Add(text, isText))
        {
            Fault = WebSocketFault.Blocked;
            return;
        }

        _waiting.Enqueue(new Message(_held.Length - _messageStart, _opcode, _isCompressed));
        _opcode = WebSocketOpcode.Continuation;
        Release(text, output);
        _joined.Dispose();
        _inflater?.Release();
    }

    /// <summary>The payloads of a message's frames, unmasked, one behind the other.</summary>
    private Span<byte> Join(ReadOnlySpan<byte> frames)
    {
        while (!frames.IsEmpty)
        {
            FrameHeader.TryRead(frames, out var frame);
            var length = (int)frame.PayloadLength;
            var start = _joined.Length;
            _joined.Append(frames.Slice(frame.Length, length));
            if (frame.IsMasked)
            {
                Masking.Apply(_joined.Bytes[start..], KeyIn(frames, frame));
            }

            frames = frames[(frame.Length + length)..];
        }

        return _joined.Bytes;
    }

    // :: Step 5
    private void Release(ReadOnlySpan<byte> added, IBufferWriter<byte> output)
    {
        while (_inspector.Take(_taken) is not MessageTake.None and var take)
        {
            if (take is MessageTake.Own)
            {
                Frame(_waiting.Peek() with { IsCompressed = false }, _taken.Bytes.Bytes, output);
                _taken.Bytes.Dispose();
                continue;
            }

            var message = _waiting.Dequeue();
            var isFramedAnew = take is MessageTake.Changed || (message.IsCompressed && _codesAnew);
            if (take is MessageTake.Dropped)
            {
                Forget(message);
            }
            else if (isFramedAnew)
            {
                Frame(message, take is MessageTake.Same ? added : _taken.Bytes.Bytes, output);
            }
            else
            {
                output.Write(_held.Bytes[..message.Length]);
            }

            _held.Drop(message.Length);
            _taken.Bytes.Dispose();
        }
    }

    private void Frame(in Message message, ReadOnlySpan<byte> text, IBufferWriter<byte> output)
    {
        var deflates = message.IsCompressed && _deflate!.MayDeflate(_direction);
        Forget(message);
        FrameHeader.WriteFrame(_direction, message.Opcode, deflates, deflates ? _deflater!.Deflate(text) : text, output);
        _deflater?.Release();
    }

    // Its bytes do not leave as they came, and so no later ones that are coded with them.
    private void Forget(in Message message) => _codesAnew |= message.IsCompressed && _deflate!.KeepsContext(_direction);

    private static ReadOnlySpan<byte> KeyIn(ReadOnlySpan<byte> frame, in FrameHeader header) =>
        frame.Slice(header.Length - FrameHeader.KeyLength, FrameHeader.KeyLength);

    /// <summary>A whole message that waits.</summary>
    /// <param name="Length">Of its frames, as they came.</param>
    private readonly record struct Message(int Length, WebSocketOpcode Opcode, bool IsCompressed);

    private sealed class TakenBytes : IBufferWriter<byte>
    {
        public ByteQueue Bytes { get; } = new();

        public void Advance(int count) => Bytes.Advance(count);

        public Memory<byte> GetMemory(int sizeHint = 0) => throw new NotSupportedException();

        public Span<byte> GetSpan(int sizeHint = 0) => Bytes.Free(Math.Max(1, sizeHint));
    }
}
