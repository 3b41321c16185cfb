using Microsoft.AspNetCore.Http;
using SecretsFirewall.Model;
using SecretsFirewall.Signing;

namespace SecretsFirewall.Enforcement;

/// <summary>
/// Requests whose signature or digest covers what an edit would change: AWS SigV4 (header and presigned query form) and its kin of other
/// clouds, HTTP message signatures (RFC 9421), digests (RFC 9530, RFC 3230) and <c>Content-MD5</c>. They are refused where anything would be
/// rewritten, since the upstream would reject them anyway, with an error that nobody understands; unless a binding signs them anew
/// (<see cref="RequestSigning"/>).
/// </summary>
internal static class SignedRequests
{
    public const string PayloadField = "X-Amz-Content-Sha256";

    private const string ChecksumPrefix = "X-Amz-Checksum-";

    private static readonly string[] DigestFields =
        ["Signature", "Signature-Input", "Content-Digest", "Repr-Digest", "Digest", "Content-MD5", "DPoP", "X-Amz-Trailer", "X-Goog-Hash"];

    /// <summary>Schemes whose credentials are a signature over the request: AWS versions 4 and 2, Google, Alibaba, Tencent, Azure, OAuth 1, Hawk, and drafts of RFC 9421.</summary>
    private static readonly string[] SigningSchemes =
        ["AWS4-", "AWS ", "GOOG4-", "ACS3-", "TC3-", "SharedKey ", "SharedKeyLite ", "OAuth oauth_", "OAuth realm", "Hawk ", "Signature "];

    private static readonly string[] QuerySignatures = ["X-Amz-Signature=", "X-Amz-Credential=", "X-Goog-Signature="];

    /// <summary>What is signed cannot be rewritten.</summary>
    public static Refusal Covered { get; } = new(
        RefusalCode.SecretBlocked, "The request is signed, and what would be masked or bound in it is covered by the signature.", Rule: "signed_request");

    /// <summary>An upload to S3 or its like, whose body may hold chunks of its own (<c>aws-chunked</c>).</summary>
    public static bool IsAwsUpload(IHeaderDictionary headers) => headers[PayloadField].ToString().StartsWith("STREAMING-", StringComparison.Ordinal);

    public static bool IsSigned(IHeaderDictionary headers, string target) =>
        HasDigest(headers)
        || headers.ContainsKey(PayloadField)
        || headers.Authorization.Any(value => value is not null && Array.Exists(SigningSchemes, scheme => value.StartsWith(scheme, StringComparison.OrdinalIgnoreCase)))
        || Array.Exists(QuerySignatures, name => target.Contains(name, StringComparison.OrdinalIgnoreCase));

    /// <summary>Whether a field is among those that an AWS signature in the header covers, so that not even we may touch it.</summary>
    /// <param name="field">Lower case.</param>
    public static bool Covers(IHeaderDictionary headers, string field) =>
        SigV4Claim.ParseAuthorization(headers.Authorization.ToString()) is { } claim && claim.SignedHeaders.Contains(field);

    /// <summary>Signatures and checksums that nobody here makes anew.</summary>
    public static bool HasDigest(IHeaderDictionary headers) =>
        Array.Exists(DigestFields, headers.ContainsKey)
        || headers.Keys.Any(static name => name.StartsWith(ChecksumPrefix, StringComparison.OrdinalIgnoreCase));
}
