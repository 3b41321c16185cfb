using Microsoft.AspNetCore.Http;

namespace SecretsFirewall.Enforcement;

/// <summary>
/// Requests whose signature or digest covers what an edit would change: AWS SigV4 (header and presigned query form), HTTP message
/// signatures (RFC 9421), digests (RFC 9530, RFC 3230) and <c>Content-MD5</c>. They are refused where anything would be rewritten: the
/// upstream would reject them anyway, with an error that nobody understands.
/// </summary>
internal static class SignedRequests
{
    private static readonly string[] SignatureFields =
        ["Signature", "Signature-Input", "Content-Digest", "Repr-Digest", "Digest", "Content-MD5", "DPoP", "X-Amz-Content-Sha256"];

    public static bool IsSigned(IHeaderDictionary headers, string target) =>
        Array.Exists(SignatureFields, headers.ContainsKey)
        || headers.Authorization.Any(value => value is not null && value.StartsWith("AWS4-", StringComparison.Ordinal))
        || target.Contains("X-Amz-Signature=", StringComparison.OrdinalIgnoreCase);
}
