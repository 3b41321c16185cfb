using SecretsFirewall.Inspection.Codecs;

namespace SecretsFirewall.Inspection.Grpc;

/// <summary>How one leg of a call writes its messages, as its head says (gRPC over HTTP2; gRPC-Web; streams of the Connect protocol).</summary>
/// <param name="EndFlag">What a last message has among its flags that says how the call ended: its trailers, in the body; 0 where there is none.</param>
/// <param name="IsText">All of it is base64, in stretches that each may be padded.</param>
/// <param name="Coding">Of messages whose flag says that they are compressed.</param>
public readonly record struct GrpcFormat(byte EndFlag, bool IsText, ContentCoding Coding)
{
    /// <summary>gRPC-Web: the payload is the trailers, as HTTP/1.1 writes a head.</summary>
    public const byte WebTrailers = 0x80;

    /// <summary>Connect: the payload is JSON, of an error and of the trailers.</summary>
    public const byte ConnectEnd = 0x02;

    private const string ConnectEncodingField = "Connect-Content-Encoding";
    private const string EncodingField = "Grpc-Encoding";

    private const string Connect = "application/connect";
    private const string Grpc = "application/grpc";
    private const string Web = "application/grpc-web";
    private const string WebText = "application/grpc-web-text";

    /// <summary>The fields that say how messages of the other leg may be compressed.</summary>
    public static IReadOnlyList<string> AcceptedFields { get; } = ["Grpc-Accept-Encoding", "Connect-Accept-Encoding"];

    public static bool IsGrpc(string? contentType) => Is(contentType, Grpc) || Is(contentType, Web) || Is(contentType, WebText);

    /// <summary>A body that is made of messages: gRPC's, or a stream's of Connect.</summary>
    public static bool IsCall(string? contentType) => IsGrpc(contentType) || Is(contentType, Connect);

    /// <summary>The field that says how the messages of this leg are compressed.</summary>
    public static string EncodingFieldOf(string? contentType) => Is(contentType, Connect) ? ConnectEncodingField : EncodingField;

    /// <summary>False for an encoding of messages that we do not read.</summary>
    /// <param name="encoding">What <see cref="EncodingFieldOf"/> says.</param>
    public static bool TryRead(string? contentType, string? encoding, out GrpcFormat format)
    {
        var isText = Is(contentType, WebText);
        var known = TryReadCoding(encoding.AsSpan().Trim(" \t"), out var coding);
        format = new GrpcFormat(isText || Is(contentType, Web) ? WebTrailers : Is(contentType, Connect) ? ConnectEnd : (byte)0, isText, coding);
        return known;
    }

    /// <summary>One of <see cref="AcceptedFields"/> that offers only what we read; <c>identity</c> if nothing is left.</summary>
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
