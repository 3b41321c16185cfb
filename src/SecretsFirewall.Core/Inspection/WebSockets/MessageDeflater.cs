using System.IO.Compression;

namespace SecretsFirewall.Inspection.WebSockets;

/// <summary>Codes messages of one direction under permessage-deflate (RFC 7692 section 7.2.1), once one of them was changed.</summary>
internal sealed class MessageDeflater(bool keepsContext) : IDisposable
{
    private readonly Target _target = new();
    private DeflateStream? _stream;

    /// <summary>Valid until the next call.</summary>
    public ReadOnlySpan<byte> Deflate(ReadOnlySpan<byte> message)
    {
        _target.Bytes.Dispose();
        if (message.IsEmpty)
        {
            return [0]; // RFC 7692 section 7.2.3.6
        }

        _stream ??= new DeflateStream(_target, CompressionLevel.Fastest, leaveOpen: true);
        _stream.Write(message);
        _stream.Flush();
        var length = _target.Bytes.Length;
        if (!keepsContext)
        {
            _stream.Dispose(); // writes an end that nobody wants
            _stream = null;
        }

        var coded = _target.Bytes.Bytes[..length];
        return coded.EndsWith(MessageInflater.Tail) ? coded[..^MessageInflater.Tail.Length] : throw new InvalidOperationException("The library's coder did not flush.");
    }

    /// <summary>Gives back the buffer of the last message.</summary>
    public void Release() => _target.Bytes.Dispose();

    public void Dispose()
    {
        _stream?.Dispose();
        _stream = null;
        Release();
    }

    private sealed class Target : Stream
    {
        public ByteQueue Bytes { get; } = new();

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override void Write(ReadOnlySpan<byte> buffer) => Bytes.Append(buffer);

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
