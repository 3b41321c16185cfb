using SecretsFirewall.Inspection.Codecs;

namespace SecretsFirewall.Inspection.Grpc;

/// <summary>How one leg of a gRPC call writes its messages, as its head says (gRPC over HTTP2; gRPC-Web).</summary>
/// <param name="IsWeb">Trailers may stand behind the messages, in the body.</param>
/// <param name="IsText">All of it is base64, in stretches that each may be padded.</param>
/// <param name="Coding">Of messages whose flag says that they are compressed.</param>
public readonly record struct GrpcFormat(bool IsWeb, bool IsText, ContentCoding Coding)
{
    /// <summary>Says how the messages of this leg are compressed.</summary>
    public const string EncodingField = "Grpc-Encoding";

    /// <summary>Says how those of the other leg may be.</summary>
    public const string AcceptedField = "Grpc-Accept-Encoding";

    private const string Grpc = "application/grpc";
    private const string Web = "application/grpc-web";
    private const string WebText = "application/grpc-web-text";

    public static bool IsGrpc(string? contentType) => Is(contentType, Grpc) || Is(contentType, Web) || Is(contentType, WebText);

    /// <summary>False for a <c>grpc-encoding</c> that we do not read.</summary>
    public static bool TryRead(string? contentType, string? encoding, out GrpcFormat format)
    {
        var isText = Is(contentType, WebText);
        var known = TryReadCoding(encoding.AsSpan().Trim(" \t"), out var coding);
        format = new GrpcFormat(isText || Is(contentType, Web), isText, coding);
        return known;
    }

    /// <summary>A <c>grpc-accept-encoding</c> that offers only what we read; <c>identity</c> if nothing is left.</summary>
    public static string NarrowAccepted(string? accepted)
    {
        var kept = new List<string>();
        foreach (var range in accepted.AsSpan().Split(','))
        {
            var name = accepted.AsSpan(range).Trim(" \t");
            if (!name.IsEmpty && TryReadCoding(name, out _))
            {
                kept.Add(name.ToString());
            }
        }

        return kept.Count == 0 ? "identity" : string.Join(",", kept);
    }

    private static bool TryReadCoding(ReadOnlySpan<char> name, out ContentCoding coding)
    {
        coding = name switch
        {
            "gzip" => ContentCoding.Gzip,
            "deflate" => ContentCoding.Deflate,
            _ => ContentCoding.Identity,
        };
        return coding is not ContentCoding.Identity || name is "" or "identity";
    }

    /// <summary>The type alone, or with the name of what its messages are written in (<c>+proto</c>).</summary>
    private static bool Is(string? contentType, string type)
    {
        var value = contentType.AsSpan();
        value = value[..(value.IndexOf(';') is var end and >= 0 ? end : value.Length)].Trim();
        return value.StartsWith(type, StringComparison.OrdinalIgnoreCase) && (value.Length == type.Length || value[type.Length] == '+');
    }
}
