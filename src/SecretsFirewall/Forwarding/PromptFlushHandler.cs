using System.Net;

namespace SecretsFirewall.Forwarding;

/// <summary>
/// Flushes every piece of a streamed request body. Without it HTTP/2 bodies that pause (a long-lived upload, a bidirectional stream) wait
/// in the client's buffer: the forwarder flushes for gRPC only. A large body is announced with <c>Expect: 100-continue</c> and a wait of a
/// millisecond, since over HTTP/1.1 the client reads no early answer while it still writes (dotnet/runtime issue 119350); gRPC is never without HTTP/2.
/// </summary>
internal sealed class PromptFlushHandler(HttpMessageHandler inner) : DelegatingHandler(inner)
{
    private const long LargeBody = 1024 * 1024;

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.Content is { } content)
        {
            var length = content.Headers.ContentLength;
            if (length is null or > LargeBody && !IsGrpc(content))
            {
                request.Headers.ExpectContinue = true;
            }

            if (length is null)
            {
                request.Content = new FlushedContent(content, cancellationToken);
            }
        }

        return base.SendAsync(request, cancellationToken);
    }

    private static bool IsGrpc(HttpContent content) =>
        content.Headers.ContentType?.MediaType is { } type
        && (type.Equals("application/grpc", StringComparison.OrdinalIgnoreCase) || type.StartsWith("application/grpc+", StringComparison.OrdinalIgnoreCase));

    private sealed class FlushedContent : HttpContent
    {
        private readonly HttpContent _inner;
        private readonly CancellationToken _aborted;

        public FlushedContent(HttpContent inner, CancellationToken aborted)
        {
            _inner = inner;
            _aborted = aborted;
            foreach (var header in inner.Headers.NonValidated)
            {
                Headers.TryAddWithoutValidation(header.Key, header.Value);
            }
        }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            await _inner.CopyToAsync(new FlushingStream(stream), context, cancellationToken);

            // The forwarder's content returns quietly where the client left before its first byte; HTTP/2 would then end the stream as if
            // the request were complete and its body empty.
            _aborted.ThrowIfCancellationRequested();
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }

        protected override void Dispose(bool disposing)
        {
            _inner.Dispose();
            base.Dispose(disposing);
        }
    }

    private sealed class FlushingStream(Stream inner) : Stream
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

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await inner.WriteAsync(buffer, cancellationToken);
            await inner.FlushAsync(cancellationToken);
        }

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

        public override void Flush() => throw new NotSupportedException();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
