using SecretsFirewall.Inspection.Codecs;
using SecretsFirewall.Inspection.Redaction;
using SecretsFirewall.Model;

namespace SecretsFirewall.Enforcement;

/// <summary>
/// A body that must keep its bytes (a download, an upload with a declared length, a pack): decoded beside the way and inspected there.
/// <code>
///   coded ─┬─► decode ─► observer (blocks, never rewrites)
///          └─► pieces that wait ─► the reader, once everything decoded from them is settled
/// </code>
/// A decoder asks for its next piece only when it has given out all that the ones before held; that is the moment that dates a piece.
/// </summary>
internal sealed class ObservedBody : ReadOnlyStream
{
    private const int PieceBytes = 16 * 1024;

    private readonly PieceSource _pieces;
    private readonly DecodedBody _decoded;
    private readonly IBodyObserver _observer;
    private readonly bool _isCoded;
    private readonly PooledOutput _output = new();
    private bool _ended;

    public ObservedBody(Stream coded, IReadOnlyList<ContentCoding> codings, int ratio, RefusalCode unreadable, StreamRedactor redactor)
        : this(coded, codings, ratio, unreadable, new TextObserver(redactor))
    {
    }

    public ObservedBody(Stream coded, IReadOnlyList<ContentCoding> codings, int ratio, RefusalCode unreadable, IBodyObserver observer)
    {
        _pieces = new PieceSource(coded);
        _decoded = new DecodedBody(_pieces, codings, ratio, unreadable);
        _observer = observer;
        _isCoded = codings.Count > 0;
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty)
        {
            return 0;
        }

        while (_output.Count == 0 && !_ended)
        {
            var scratch = TrafficBuffers.Rent(PieceBytes);
            try
            {
                var count = await _decoded.ReadAsync(scratch.AsMemory(0, PieceBytes), cancellationToken);
                Inspect(scratch.AsSpan(0, count));
            }
            finally
            {
                TrafficBuffers.Return(scratch);
            }
        }

        return _output.Drain(buffer.Span);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _decoded.Dispose();
            _pieces.Dispose();
            _observer.Dispose();
            _output.Dispose();
        }

        base.Dispose(disposing);
    }

    private void Inspect(ReadOnlySpan<byte> decoded)
    {
        Refusal? refusal;
        try
        {
            _ended = decoded.IsEmpty;
            refusal = _ended ? _observer.End() : _observer.Take(decoded);
        }
        catch (Exception e) when (e is not RefusedException)
        {
            throw new RefusedException(Blocking.Failed, e);
        }

        if (refusal is not null)
        {
            throw new RefusedException(refusal);
        }

        _pieces.Decoded = _observer.Taken;
        _pieces.Release(_ended ? long.MaxValue : _observer.Settled, isDone: _ended || !_isCoded, inPart: !_isCoded && _observer.CountsBytes, _output);
    }

    /// <summary>Hands the coded bytes to the decoder piece by piece and keeps them until they may leave.</summary>
    private sealed class PieceSource(Stream coded) : ReadOnlyStream
    {
        private readonly Queue<(byte[] Bytes, int Count, long DecodedBy)> _waiting = new();
        private (byte[] Bytes, int Count)? _current;

        // How much of the first that waits has left.
        private int _left;

        public long Decoded { get; set; }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_current is { } done)
            {
                _waiting.Enqueue((done.Bytes, done.Count, Decoded));
                _current = null;
            }

            var count = await coded.ReadAsync(buffer, cancellationToken);
            if (count > 0)
            {
                var piece = TrafficBuffers.Rent(count);
                buffer.Span[..count].CopyTo(piece);
                _current = (piece, count);
            }

            return count;
        }

        /// <summary>Moves the pieces that held nothing beyond <paramref name="safe"/>, in the observer's measure.</summary>
        /// <param name="isDone">All that the last piece held was given out.</param>
        /// <param name="inPart">The measure is that of the pieces: one may leave up to the mark.</param>
        public void Release(long safe, bool isDone, bool inPart, PooledOutput output)
        {
            if (isDone && _current is { } last)
            {
                _waiting.Enqueue((last.Bytes, last.Count, Decoded));
                _current = null;
            }

            while (_waiting.TryPeek(out var piece) && piece.DecodedBy <= safe)
            {
                _waiting.Dequeue();
                Give(piece.Bytes.AsSpan(_left, piece.Count - _left), output);
                TrafficBuffers.Return(piece.Bytes);
                _left = 0;
            }

            if (inPart && _waiting.TryPeek(out var first) && first.Count - (int)(first.DecodedBy - safe) is var ready && ready > _left)
            {
                Give(first.Bytes.AsSpan(_left, ready - _left), output);
                _left = ready;
            }
        }

        private static void Give(ReadOnlySpan<byte> bytes, PooledOutput output)
        {
            bytes.CopyTo(output.GetSpan(bytes.Length));
            output.Advance(bytes.Length);
        }

        protected override void Dispose(bool disposing)
        {
            while (_waiting.TryDequeue(out var piece))
            {
                TrafficBuffers.Return(piece.Bytes);
            }

            if (_current is { } current)
            {
                TrafficBuffers.Return(current.Bytes);
                _current = null;
            }

            base.Dispose(disposing);
        }
    }
}
