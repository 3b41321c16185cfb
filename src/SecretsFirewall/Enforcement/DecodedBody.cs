using SecretsFirewall.Inspection.Codecs;
using SecretsFirewall.Model;

namespace SecretsFirewall.Enforcement;

/// <summary>
/// A coded body, decoded. Bytes that do not decode, and bodies that decode to far more than was sent (bombs), end the exchange with
/// a refusal.
/// </summary>
internal sealed class DecodedBody : ReadOnlyStream
{
    /// <summary>Small bodies may have any ratio: 1 MB costs nothing.</summary>
    private const long FreeBytes = 1024 * 1024;

    private readonly Counter _coded;
    private readonly Stream _decoder;
    private readonly int _ratio;
    private readonly RefusalCode _unreadable;
    private long _decoded;

    public DecodedBody(Stream coded, IReadOnlyList<ContentCoding> codings, int ratio, RefusalCode unreadable)
    {
        _coded = new Counter(coded);
        _decoder = ContentCodings.Decode(_coded, codings);
        _ratio = ratio;
        _unreadable = unreadable;
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            var count = await _decoder.ReadAsync(buffer, cancellationToken);
            _decoded += count;
            return _decoded <= FreeBytes + (_coded.Total * _ratio)
                ? count
                : throw new RefusedException(new Refusal(_unreadable, "The body decodes to far more bytes than were sent.", Rule: "limits.decoded_ratio"));
        }
        catch (InvalidDataException)
        {
            throw new RefusedException(new Refusal(_unreadable, "The body does not decode by its Content-Encoding.", Rule: "content_encoding"));
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _decoder.Dispose();
        }

        base.Dispose(disposing);
    }

    private sealed class Counter(Stream inner) : ReadOnlyStream
    {
        public long Total { get; private set; }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var count = await inner.ReadAsync(buffer, cancellationToken);
            Total += count;
            return count;
        }
    }
}
