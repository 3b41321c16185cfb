using SecretsFirewall.Inspection.Codecs;
using SecretsFirewall.Inspection.EventStreams;
using SecretsFirewall.Inspection.Redaction;
using SecretsFirewall.Model;

namespace SecretsFirewall.Enforcement;

/// <summary>
/// A body that is inspected while it streams:
/// <code>
///   source ─ 1 read ─► rewriter ─ 2 what is safe ─► [ 3 coded again ] ─► 4 the reader
/// </code>
/// A finding that must block throws <see cref="RefusedException"/> out of the read, after everything before it was handed out.
/// Between reads it holds a buffer only if something could still become a finding.
/// </summary>
internal sealed class InspectedBody : ReadOnlyStream
{
    private readonly Stream _source;
    private readonly IBodyRewriter _rewriter;
    private readonly PooledOutput _output = new();
    private readonly PooledOutput _safe;
    private readonly Stream? _encoder;
    private bool _ended;
    private bool _blocked;

    public InspectedBody(Stream source, StreamRedactor redactor, IReadOnlyList<ContentCoding> codings, EventStreamJoiner? joiner = null)
        : this(source, new TextRewriter(redactor, joiner), codings)
    {
    }

    /// <param name="codings">Non-empty where the source is decoded and the reader expects it coded again.</param>
    public InspectedBody(Stream source, IBodyRewriter rewriter, IReadOnlyList<ContentCoding> codings)
    {
        _source = source;
        _rewriter = rewriter;
        _safe = codings.Count == 0 ? _output : new PooledOutput();
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
                throw new RefusedException(_rewriter.Explain());
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
            _rewriter.Dispose();
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
            _blocked = !_rewriter.Take(chunk, _ended, _safe);
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
