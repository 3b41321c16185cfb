namespace SecretsFirewall.Signing;

/// <summary>What a signed request says about its signature, in its <c>Authorization</c> field or in its query.</summary>
/// <param name="SignedHeaders">Lower case, in the order in which they were signed; <c>host</c> is among them.</param>
/// <param name="Signature">64 hex digits.</param>
public sealed record SigV4Claim(string AccessKeyId, SigV4Scope Scope, IReadOnlyList<string> SignedHeaders, string Signature)
{
    public const string Algorithm = "AWS4-HMAC-SHA256";

    /// <summary>Every scheme of the family begins so, the asymmetric one too.</summary>
    public const string Family = "AWS4-";

    private const int MostHeaders = 128;

    public string SignedHeaderList => string.Join(';', SignedHeaders);

    /// <summary>The key id of a credential, well formed or not; empty where there is none.</summary>
    public static string AccessKeyIdOf(string authorization)
    {
        const string Credential = "Credential=";
        var start = authorization.IndexOf(Credential, StringComparison.OrdinalIgnoreCase);
        if (start < 0)
        {
            return "";
        }

        var rest = authorization.AsSpan(start + Credential.Length).TrimStart(' ');
        var end = rest.IndexOfAny('/', ',', ' ');
        return (end < 0 ? rest : rest[..end]).ToString();
    }

    /// <summary>Reads <c>AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…</c>: each once, in any order, and nothing else.</summary>
    public static SigV4Claim? ParseAuthorization(string authorization)
    {
        if (!authorization.StartsWith(Algorithm + " ", StringComparison.Ordinal))
        {
            return null;
        }

        var parts = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var part in authorization[(Algorithm.Length + 1)..].Split(','))
        {
            var equals = part.IndexOf('=');
            if (equals < 0 || !parts.TryAdd(part[..equals].TrimStart(' '), part[(equals + 1)..].Trim(' ')))
            {
                return null;
            }
        }

        return parts.Count == 3
            && parts.TryGetValue("Credential", out var credential)
            && parts.TryGetValue("SignedHeaders", out var headers)
            && parts.TryGetValue("Signature", out var signature)
            ? Create(credential, headers, signature)
            : null;
    }

    public static SigV4Claim? Create(string credential, string signedHeaders, string signature)
    {
        var headers = signedHeaders.Split(';');
        return SigV4Scope.TryParseCredential(credential, out var id, out var scope)
            && headers.Length <= MostHeaders
            && headers.Contains("host")
            && headers.All(IsHeaderName)
            && headers.Distinct(StringComparer.Ordinal).Count() == headers.Length
            && signature.Length == 64 && signature.All(char.IsAsciiHexDigitLower)
            ? new SigV4Claim(id, scope, headers, signature)
            : null;
    }

    /// <summary>The field that says it.</summary>
    public string ToAuthorization() => $"{Algorithm} Credential={AccessKeyId}/{Scope}, SignedHeaders={SignedHeaderList}, Signature={Signature}";

    private static bool IsHeaderName(string name) =>
        name.Length is > 0 and <= 256 && name.All(static c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '_' or '.' or '!' or '#' or '$' or '*' or '+' or '~');
}
