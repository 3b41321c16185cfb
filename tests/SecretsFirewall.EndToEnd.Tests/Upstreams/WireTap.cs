using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;

namespace SecretsFirewall.EndToEnd.Tests.Upstreams;

/// <summary>
/// Every decrypted byte that one connection brought, in order and before any parser saw it: what "the upstream received" means.
/// </summary>
internal sealed class WireTap
{
    private readonly Lock _lock = new();
    private readonly MemoryStream _bytes = new();

    public long Count
    {
        get
        {
            lock (_lock)
            {
                return _bytes.Length;
            }
        }
    }

    public byte[] ToArray()
    {
        lock (_lock)
        {
            return _bytes.ToArray();
        }
    }

    /// <summary>Puts a tap on a connection; to be used behind TLS.</summary>
    public static ConnectionDelegate Install(ConnectionDelegate next, Action<WireTap> opened, int keepBytes) => async connection =>
    {
        var tap = new WireTap();
        opened(tap);
        connection.Features.Set(tap);
        var transport = connection.Transport;
        connection.Transport = new TappedTransport(new TappedReader(transport.Input, tap, keepBytes), transport.Output);
        try
        {
            await next(connection);
        }
        finally
        {
            connection.Transport = transport;
        }
    };

    private void Append(System.Buffers.ReadOnlySequence<byte> bytes, int keepBytes)
    {
        lock (_lock)
        {
            if (_bytes.Length < keepBytes)
            {
                foreach (var segment in bytes)
                {
                    _bytes.Write(segment.Span);
                }
            }
        }
    }

    private sealed record TappedTransport(PipeReader Input, PipeWriter Output) : IDuplexPipe;

    /// <summary>Copies what is new in each read: a reader that consumes less than it was given sees the rest again.</summary>
    private sealed class TappedReader(PipeReader inner, WireTap tap, int keepBytes) : PipeReader
    {
        private System.Buffers.ReadOnlySequence<byte> _last;
        private long _seen;

        public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) =>
            Note(await inner.ReadAsync(cancellationToken));

        public override bool TryRead(out ReadResult result)
        {
            var read = inner.TryRead(out result);
            if (read)
            {
                Note(result);
            }

            return read;
        }

        public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

        public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
        {
            _seen = _last.Slice(consumed).Length;
            inner.AdvanceTo(consumed, examined);
        }

        public override void CancelPendingRead() => inner.CancelPendingRead();

        public override void Complete(Exception? exception = null) => inner.Complete(exception);

        private ReadResult Note(ReadResult result)
        {
            _last = result.Buffer;
            if (_last.Length > _seen)
            {
                tap.Append(_last.Slice(_seen), keepBytes);
                _seen = _last.Length;
            }

            return result;
        }
    }
}
