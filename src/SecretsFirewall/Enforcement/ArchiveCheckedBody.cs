using System.Buffers;
using SecretsFirewall.Inspection.Archives;

namespace SecretsFirewall.Enforcement;

/// <summary>A body whose label says that it is no archive: looked into as one if its first bytes are those of one, and otherwise read as it comes.</summary>
/// <param name="inspect">Looks into what it is given.</param>
internal sealed class ArchiveCheckedBody(Stream source, Func<Stream, Stream> inspect) : ReadOnlyStream
{
    private readonly PooledOutput _first = new();
    private Stream? _body;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_body is not null || buffer.IsEmpty)
        {
            return await (_body ?? source).ReadAsync(buffer, cancellationToken);
        }

        var count = await source.ReadAsync(buffer, cancellationToken);
        if (!ArchiveInspection.MayBegin(buffer.Span[..count]))
        {
            _body = source;
            return count;
        }

        _first.Write(buffer.Span[..count]);
        _body = inspect(new PrefixedBody(_first.Written, source));
        return await _body.ReadAsync(buffer, cancellationToken);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _body?.Dispose();
            source.Dispose();
            _first.Dispose();
        }

        base.Dispose(disposing);
    }
}
