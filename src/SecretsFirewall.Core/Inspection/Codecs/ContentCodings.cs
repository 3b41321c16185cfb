using System.IO.Compression;

namespace SecretsFirewall.Inspection.Codecs;

/// <summary>The content codings that we read and write (RFC 9110 section 8.4.1). What is not here is refused, never passed unread.</summary>
public enum ContentCoding
{
    Identity = 0,
    Gzip,

    /// <summary>zlib by the book (RFC 1950), raw deflate by widespread habit: both are read, zlib is written.</summary>
    Deflate,
    Brotli,

    /// <summary>S3's chunks inside a body, in uploads alone. Only read: a body that was changed would need checksums that nobody here makes.</summary>
    AwsChunked,
}

/// <summary>Reads and writes bodies under their <c>Content-Encoding</c>.</summary>
public static class ContentCodings
{
    // More than two are never seen in practice, and each could multiply the size.
    private const int MaxStacked = 3;

    /// <summary>
    /// The codings of a <c>Content-Encoding</c> field in the order in which they were applied, without <c>identity</c>.
    /// False for a coding that we do not know or more than three.
    /// </summary>
    /// <param name="isAwsUpload">Know <c>aws-chunked</c> too.</param>
    public static bool TryParse(string? contentEncoding, out IReadOnlyList<ContentCoding> codings, bool isAwsUpload = false)
    {
        var found = new List<ContentCoding>();
        codings = found;
        foreach (var range in contentEncoding.AsSpan().Split(','))
        {
            var name = contentEncoding.AsSpan(range).Trim(" \t");
            if (name.IsEmpty)
            {
                continue;
            }

            if (!TryParseOne(name, out var coding))
            {
                if (!isAwsUpload || !name.Equals("aws-chunked", StringComparison.OrdinalIgnoreCase))
                {
                    return false;
                }

                coding = ContentCoding.AwsChunked;
            }

            if (coding != ContentCoding.Identity)
            {
                found.Add(coding);
            }
        }

        return found.Count <= MaxStacked;
    }

    /// <summary>
    /// The decoded body, lazily. Not one byte of <paramref name="coded"/> may be left unexplained: truncated data, a wrong checksum
    /// and anything behind the end throw <see cref="InvalidDataException"/>. An empty body is empty in every coding.
    /// The returned stream owns <paramref name="coded"/>.
    /// </summary>
    public static Stream Decode(Stream coded, IReadOnlyList<ContentCoding> codings)
    {
        var stream = coded;
        for (var i = codings.Count - 1; i >= 0; i--)
        {
            stream = codings[i] switch
            {
                ContentCoding.Gzip => new GzipDecoder(stream),
                ContentCoding.Deflate => new DeflateDecoder(stream),
                ContentCoding.Brotli => new BrotliDecodingStream(stream),
                ContentCoding.AwsChunked => new AwsChunkedDecoder(stream),
                _ => stream,
            };
        }

        return stream;
    }

    /// <summary>
    /// A stream to write the plain body to. <see cref="Stream.Flush"/> makes all that was written decodable at the other end;
    /// disposing it ends the body and leaves <paramref name="target"/> open.
    /// </summary>
    public static Stream Encode(Stream target, IReadOnlyList<ContentCoding> codings)
    {
        Stream stream = new LeaveOpenStream(target);
        for (var i = codings.Count - 1; i >= 0; i--)
        {
            stream = codings[i] switch
            {
                ContentCoding.Gzip => new GZipStream(stream, CompressionLevel.Fastest),
                ContentCoding.Deflate => new ZLibStream(stream, CompressionLevel.Fastest),
                ContentCoding.Brotli => new BrotliStream(stream, CompressionLevel.Fastest),
                ContentCoding.AwsChunked => throw new NotSupportedException("aws-chunked is only read."),
                _ => stream,
            };
        }

        return stream;
    }

    /// <summary>
    /// An <c>Accept-Encoding</c> that offers only what we can read: members keep their order and weight, unknown codings and the
    /// wildcard go. <c>identity</c> if nothing is left, since the absence of the field would allow everything (RFC 9110 section 12.5.3).
    /// </summary>
    public static string NarrowAcceptEncoding(string? acceptEncoding)
    {
        var kept = new List<string>();
        foreach (var range in acceptEncoding.AsSpan().Split(','))
        {
            var member = acceptEncoding.AsSpan(range).Trim(" \t");
            var semicolon = member.IndexOf(';');
            var name = (semicolon < 0 ? member : member[..semicolon]).Trim(" \t");
            if (!name.IsEmpty && TryParseOne(name, out _))
            {
                kept.Add(member.ToString());
            }
        }

        return kept.Count == 0 ? "identity" : string.Join(", ", kept);
    }

    private static bool TryParseOne(ReadOnlySpan<char> name, out ContentCoding coding)
    {
        Span<char> lower = stackalloc char[8];
        coding = ContentCoding.Identity;
        if (name.Length > lower.Length || name.ToLowerInvariant(lower) < 0)
        {
            return false;
        }

        switch (lower[..name.Length])
        {
            case "identity":
                return true;
            case "gzip" or "x-gzip":
                coding = ContentCoding.Gzip;
                return true;
            case "deflate":
                coding = ContentCoding.Deflate;
                return true;
            case "br":
                coding = ContentCoding.Brotli;
                return true;
            default:
                return false;
        }
    }
}
