using System.Buffers;
using System.IO.Compression;

namespace SecretsFirewall.Inspection.Codecs;

/// <summary>Brotli (RFC 7932). The decoder says itself how much it used, so truncation and trailing data are plain to see.</summary>
internal sealed class BrotliDecodingStream(Stream coded) : DecodingStream
{
    private readonly byte[] _buffer = new byte[8192];
    private BrotliDecoder _decoder;
    private int _start;
    private int _end;
    private bool _isEmpty = true;
    private bool _inputEnded;
    private bool _dataEnded;

    public override int Read(Span<byte> buffer)
    {
        int written;
        while (!TryDecode(buffer, out written))
        {
            Fill(coded.Read(_buffer));
        }

        return written;
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int written;
        while (!TryDecode(buffer.Span, out written))
        {
            Fill(await coded.ReadAsync(_buffer, cancellationToken).ConfigureAwait(false));
        }

        return written;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _decoder.Dispose();
            coded.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <returns>False if more input is needed first.</returns>
    private bool TryDecode(Span<byte> buffer, out int written)
    {
        written = 0;
        if (buffer.IsEmpty)
        {
            return true;
        }

        if (_dataEnded)
        {
            return AtEnd();
        }

        var status = _decoder.Decompress(_buffer.AsSpan(_start, _end - _start), buffer, out var consumed, out written);
        _start += consumed;
        _dataEnded = status == OperationStatus.Done;
        if (status == OperationStatus.InvalidData)
        {
            throw new InvalidDataException("The brotli data is malformed.");
        }

        if (written > 0)
        {
            return true;
        }

        if (_dataEnded)
        {
            return AtEnd();
        }

        if (!_inputEnded)
        {
            return false;
        }

        return _isEmpty ? true : throw new InvalidDataException("The brotli data is truncated.");
    }

    private bool AtEnd()
    {
        if (_start < _end)
        {
            throw new InvalidDataException("There is data behind the end of the brotli data.");
        }

        return _inputEnded;
    }

    private void Fill(int read)
    {
        _start = 0;
        _end = read;
        _inputEnded = read == 0;
        _isEmpty &= read == 0;
    }
}
