namespace SecretsFirewall.Tests.Inspection.Codecs;

/// <summary>Gives at most so many bytes for each read, as a network does.</summary>
internal sealed class ShortReadsStream(byte[] content, int readLength) : MemoryStream(content)
{
    public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(count, readLength));

    public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(buffer.Length, readLength)]);

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        base.ReadAsync(buffer[..Math.Min(buffer.Length, readLength)], cancellationToken);
}

/// <summary>What is written at one end is read at the other; a read of nothing fails, since it would wait for ever.</summary>
internal sealed class Wire : MemoryStream
{
    private int _read;

    public override int Read(Span<byte> buffer)
    {
        var available = (int)Length - _read;
        Assert.True(available > 0, "The reader would wait for bytes that the writer has held back.");
        var count = Math.Min(available, buffer.Length);
        GetBuffer().AsSpan(_read, count).CopyTo(buffer);
        _read += count;
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));
}
