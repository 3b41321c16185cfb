using SecretsFirewall.Inspection.Codecs;
using SecretsFirewall.Inspection.EventStreams;
using SecretsFirewall.Inspection.Redaction;
using SecretsFirewall.Model;
using SecretsFirewall.Protocols.ToolCalls;

namespace SecretsFirewall.Enforcement;

/// <summary>
/// A body that is inspected while it streams:
/// <code>
///   source ─ 1 read ─► [ joiner ] ─► redactor ─ 2 what is safe ─► [ tool gate ] ─► [ 3 coded again ] ─► 4 the reader
/// </code>
/// A finding that must block throws <see cref="RefusedException"/> out of the read, after everything before it was handed out.
/// Between reads it holds a buffer only if something could still become a finding.
/// </summary>
internal sealed class InspectedBody : ReadOnlyStream
{
    private readonly Stream _source;
    private readonly StreamRedactor _redactor;
    private readonly EventStreamJoiner? _joiner;
    private readonly ToolGate? _gate;
    private readonly PooledOutput _joined = new();
    private readonly PooledOutput _masked;
    private readonly PooledOutput _output = new();
    private readonly PooledOutput _safe;
    private readonly Stream? _encoder;
    private bool _ended;
    private bool _blocked;

    /// <param name="codings">Non-empty where the source is decoded and the reader expects it coded again.</param>
    /// <param name="joiner">For an event stream: masks what several events spell together, before the redactor masks the rest.</param>
    /// <param name="gate">For a model's answer: decides its tool calls, once everything in them is masked.</param>
    public InspectedBody(Stream source, StreamRedactor redactor, IReadOnlyList<ContentCoding> codings, EventStreamJoiner? joiner = null, ToolGate? gate = null)
    {
        _gate = gate;
        _source = source;
        _redactor = redactor;
        _joiner = joiner;
        _safe = codings.Count == 0 ? _output : new PooledOutput();
        _masked = gate is null ? _safe : new PooledOutput();
        _encoder = codings.Count == 0 ? null : ContentCodings.Encode(new OutputStream(_output), codings);
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty)
        {
            // A reader without a buffer waits for bytes. Only an undecoded source knows how to.
            return _output.Count > 0 || _ended || _blocked || _encoder is not null ? 0 : await _source.ReadAsync(buffer, cancellationToken);
        }

        while (_output.Count == 0)
        {
            if (_blocked)
            {
                throw new RefusedException(_gate is { Stop: not ToolGateStop.None and var stop } ? Blocking.Explain(stop) : Blocking.Explain(_redactor.Blocked ?? _joiner?.Blocked, _joiner?.Stop ?? EventStreamStop.None));
            }

            if (_ended)
            {
                return 0;
            }

            // 1 The reader's own buffer is the scratch: nothing else is held while waiting.
            var count = await _source.ReadAsync(buffer, cancellationToken);

            // 2, 3
            Inspect(buffer.Span[..count]);
        }

        // 4
        return _output.Drain(buffer.Span);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _source.Dispose();
            _redactor.Dispose();
            _joiner?.Dispose();
            _gate?.Dispose();
            _joined.Dispose();
            _masked.Dispose();
            _encoder?.Dispose();
            _safe.Dispose();
            _output.Dispose();
        }

        base.Dispose(disposing);
    }

    private void Inspect(Span<byte> chunk)
    {
        try
        {
            _ended = chunk.IsEmpty;
            var isClean = _joiner is null ? Redact(chunk, _ended) : Join(chunk, _joiner);
            _blocked = (_gate is not null && !PassGate(_gate, isLast: _ended && isClean)) || !isClean;
            chunk.Clear();
            if (_encoder is not null)
            {
                Encode();
            }
        }
        catch (Exception e) when (e is not RefusedException)
        {
            _blocked = true; // whoever reads on gets nothing more
            throw new RefusedException(Blocking.Failed, e);
        }
    }

    private bool Redact(ReadOnlySpan<byte> chunk, bool isLast) =>
        _redactor.Write(chunk, _masked) && (!isLast || _redactor.Complete(_masked));

    private bool PassGate(ToolGate gate, bool isLast)
    {
        var goesOn = gate.Write(_masked.Written.Span, _safe) && (!isLast || gate.Complete(_safe));
        _masked.Dispose();
        return goesOn;
    }

    private bool Join(ReadOnlySpan<byte> chunk, EventStreamJoiner joiner)
    {
        var goesOn = _ended ? joiner.Complete(_joined) : joiner.Write(chunk, _joined);
        var isClean = Redact(_joined.Written.Span, isLast: _ended && goesOn);
        _joined.Dispose();
        return goesOn && isClean;
    }

    private void Encode()
    {
        if (_safe.Count > 0)
        {
            _encoder!.Write(_safe.Written.Span);
            _safe.Dispose();
            _encoder.Flush(); // an event that is complete must be decodable at once
        }

        if (_ended && !_blocked)
        {
            _encoder!.Dispose(); // writes the coding's end
        }
    }

    private sealed class OutputStream(PooledOutput output) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            buffer.CopyTo(output.GetSpan(buffer.Length));
            output.Advance(buffer.Length);
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
