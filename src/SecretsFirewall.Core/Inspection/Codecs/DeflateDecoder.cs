using System.IO.Compression;

namespace SecretsFirewall.Inspection.Codecs;

/// <summary>
/// <c>deflate</c>: zlib (RFC 1950) or raw (RFC 1951), by the first two bytes. The platform's streams ask for no input once the data has ended,
/// so the last byte of the input is handed over alone: data that has ended before it has something behind its end, and data that asks
/// for more after it is truncated.
/// </summary>
internal sealed class DeflateDecoder(Stream coded) : DecodingStream
{
    private readonly LastByteApart _input = new(coded);
    private Stream? _inflater;

    public override int Read(Span<byte> buffer)
    {
        _inflater ??= Inflater(_input.Peek());
        return Judge(_inflater.Read(buffer), buffer.IsEmpty);
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        _inflater ??= Inflater(await _input.PeekAsync(cancellationToken).ConfigureAwait(false));
        return Judge(await _inflater.ReadAsync(buffer, cancellationToken).ConfigureAwait(false), buffer.IsEmpty);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _inflater?.Dispose();
            coded.Dispose();
        }

        base.Dispose(disposing);
    }

    // RFC 1950 section 2.2: method 8, a window of at most 32 KB, and a header that is a multiple of 31.
    private Stream Inflater(ReadOnlySpan<byte> head) =>
        head.Length >= 2 && (head[0] & 0x0F) == 8 && head[0] >> 4 <= 7 && ((head[0] << 8) | head[1]) % 31 == 0
            ? new ZLibStream(_input, CompressionMode.Decompress, leaveOpen: true)
            : new DeflateStream(_input, CompressionMode.Decompress, leaveOpen: true);

    private int Judge(int read, bool wasEmptyRead)
    {
        if (read > 0 || wasEmptyRead || _input.IsEmpty)
        {
            return read;
        }

        if (_input.WasAskedBehindEnd)
        {
            throw new InvalidDataException("The deflate data is truncated.");
        }

        return _input.IsUsedUp ? 0 : throw new InvalidDataException("There is data behind the end of the deflate data.");
    }

    /// <summary>Hands input on, its last byte in a read of its own.</summary>
    private sealed class LastByteApart(Stream coded) : DecodingStream
    {
        // Large enough that the decoder's own buffer is filled in one go.
        private readonly byte[] _buffer = new byte[8192];
        private int _start;
        private int _end;
        private bool _ended;

        public bool IsEmpty => _ended && _end == 0;

        public bool IsUsedUp => _ended && _start == _end;

        public bool WasAskedBehindEnd { get; private set; }

        /// <summary>The first two bytes, or fewer if there are no more.</summary>
        public ReadOnlySpan<byte> Peek()
        {
            while (_end < 2 && !_ended)
            {
                Fill(coded.Read(_buffer.AsSpan(_end)));
            }

            return _buffer.AsSpan(0, Math.Min(2, _end));
        }

        public async ValueTask<byte[]> PeekAsync(CancellationToken cancellationToken)
        {
            while (_end < 2 && !_ended)
            {
                Fill(await coded.ReadAsync(_buffer.AsMemory(_end), cancellationToken).ConfigureAwait(false));
            }

            return _buffer[..Math.Min(2, _end)];
        }

        public override int Read(Span<byte> buffer)
        {
            while (NeedsMore)
            {
                MakeRoom();
                Fill(coded.Read(_buffer.AsSpan(_end)));
            }

            return Take(buffer);
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            while (NeedsMore)
            {
                MakeRoom();
                Fill(await coded.ReadAsync(_buffer.AsMemory(_end), cancellationToken).ConfigureAwait(false));
            }

            return Take(buffer.Span);
        }

        private bool NeedsMore => !_ended && _end - _start < 2;

        private void MakeRoom()
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }

        private void Fill(int read)
        {
            _ended = read == 0;
            _end += read;
        }

        // All but the last byte; the last one alone, and only when it is known to be the last.
        private int Take(Span<byte> buffer)
        {
            var available = _end - _start;
            if (available == 0)
            {
                WasAskedBehindEnd |= !buffer.IsEmpty;
                return 0;
            }

            var count = Math.Min(buffer.Length, Math.Max(1, available - 1));
            _buffer.AsSpan(_start, count).CopyTo(buffer);
            _start += count;
            return count;
        }
    }
}
