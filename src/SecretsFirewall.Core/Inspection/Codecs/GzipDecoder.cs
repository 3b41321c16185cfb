using System.IO.Compression;

namespace SecretsFirewall.Inspection.Codecs;

/// <summary>
/// Gzip (RFC 1952), all members. The platform's stream checks every member's checksum, but it takes a missing end for the end and
/// ignores what stands behind. Both show in how it asks for input:
/// <list type="bullet">
/// <item>behind a complete member it asks for another one; if it ends without having asked at the end of the input, it left something unread;</item>
/// <item>at the end of the input we answer once with a byte that begins no member. Only a decoder in the middle of one would take it.</item>
/// </list>
/// </summary>
internal sealed class GzipDecoder : DecodingStream
{
    private readonly ProbedInput _input;
    private readonly GZipStream _gzip;

    public GzipDecoder(Stream coded)
    {
        _input = new ProbedInput(coded);
        _gzip = new GZipStream(_input, CompressionMode.Decompress);
    }

    public override int Read(Span<byte> buffer) => Judge(_gzip.Read(buffer), buffer.IsEmpty);

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        Judge(await _gzip.ReadAsync(buffer, cancellationToken).ConfigureAwait(false), buffer.IsEmpty);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _gzip.Dispose();
        }

        base.Dispose(disposing);
    }

    private int Judge(int read, bool wasEmptyRead)
    {
        if (wasEmptyRead)
        {
            return read;
        }

        if (_input.ProbeWasTaken || (read > 0 && _input.ProbeWasGiven))
        {
            throw new InvalidDataException("The gzip data is truncated.");
        }

        if (read == 0 && !_input.EndWasReached)
        {
            throw new InvalidDataException("There is data behind the end of the gzip data.");
        }

        return read;
    }

    /// <summary>Hands input on; at its end gives the probe, and notes whether the decoder asks for more behind it.</summary>
    private sealed class ProbedInput(Stream coded) : DecodingStream
    {
        // Not the first byte of a member (0x1F), and the last byte of a trailer only for members of 4 GB.
        private const byte Probe = 0xFF;
        private bool _isEmpty = true;

        public bool EndWasReached { get; private set; }

        public bool ProbeWasGiven { get; private set; }

        public bool ProbeWasTaken { get; private set; }

        public override int Read(Span<byte> buffer)
        {
            var read = EndWasReached ? 0 : coded.Read(buffer);
            return read > 0 || buffer.IsEmpty ? Pass(read) : AtEnd(buffer);
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var read = EndWasReached ? 0 : await coded.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
            return read > 0 || buffer.IsEmpty ? Pass(read) : AtEnd(buffer.Span);
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                coded.Dispose();
            }

            base.Dispose(disposing);
        }

        private int Pass(int read)
        {
            _isEmpty &= read == 0;
            return read;
        }

        private int AtEnd(Span<byte> buffer)
        {
            EndWasReached = true;
            if (_isEmpty)
            {
                return 0;
            }

            if (ProbeWasGiven)
            {
                ProbeWasTaken = true;
                return 0;
            }

            ProbeWasGiven = true;
            buffer[0] = Probe;
            return 1;
        }
    }
}
