namespace SecretsFirewall.EndToEnd.Tests.Drivers;

/// <summary>Puts a CONNECT head before the first write, in the same packet, and takes the proxy's answer off the first read.</summary>
internal sealed class ConnectInHelloStream(Stream inner, byte[] connectHead) : Stream
{
    private bool _headSent;
    private bool _answerTaken;

    public override bool CanRead => true;

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
        var bytes = _headSent ? buffer : (byte[])[.. connectHead, .. buffer.Span];
        _headSent = true;
        await inner.WriteAsync(bytes, cancellationToken);
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (!_answerTaken)
        {
            _answerTaken = true;
            Assert.Equal(200, (await new RawResponseReader(inner, readAhead: false).ReadAsync("CONNECT")).Status);
        }

        return await inner.ReadAsync(buffer, cancellationToken);
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    public override void Flush() => inner.Flush();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
        }

        base.Dispose(disposing);
    }
}
