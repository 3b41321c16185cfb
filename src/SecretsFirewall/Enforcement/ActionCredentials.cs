using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace SecretsFirewall.Enforcement;

/// <summary>
/// On whose behalf an action is done is part of what a person agrees to: the fields with credentials, as keyed hashes. Not part of it are cookies, which change with every
/// answer, unless the rule names them; and of signatures only by which key they were made, since each is of its own request.
/// </summary>
/// <param name="installKey">Keys the hashes: a fingerprint confirms no guess at a password.</param>
internal sealed class ActionCredentials(ReadOnlyMemory<byte> installKey)
{
    /// <summary>Fields whose names end as those of credentials do, and that are made anew for each request.</summary>
    private static readonly string[] PerRequest = ["idempotency", "csrf", "xsrf", "sec-websocket", "proxy-", "x-sfw-", "x-amz-security"];

    /// <summary>Schemes whose credentials are the same in each request (RFC 7617, RFC 6750, and what services call theirs).</summary>
    private static readonly string[] Lasting = ["basic", "bearer", "token", "bot", "apikey", "key"];

    /// <summary>In lower case.</summary>
    public static IEnumerable<string> FieldsOf(IHeaderDictionary headers) => headers.Keys
        .Select(static name => name.ToLowerInvariant())
        .Where(static name => AuthenticationPlaces.OfHeader(name) is AuthenticationPlace.Header && !Array.Exists(PerRequest, part => name.Contains(part, StringComparison.Ordinal)));

    /// <summary>A field's value as it goes into a fingerprint: a credential as its hash, everything else as it is.</summary>
    /// <param name="value">With registered values as their references.</param>
    public string Shown(string name, string value) =>
        AuthenticationPlaces.OfHeader(name) is AuthenticationPlace.None
            ? value
            : Convert.ToHexStringLower(HMACSHA256.HashData(installKey.Span, Encoding.UTF8.GetBytes($"approval credential\n{name}\n{WhoseKey(value)}")));

    /// <summary>Of a signature the beginning that names scheme and key: <c>AWS4-HMAC-SHA256 Credential=AKID</c>.</summary>
    private static string WhoseKey(string value)
    {
        var scheme = value.IndexOf(' ');
        return scheme < 0 || Array.Exists(Lasting, one => value.AsSpan(0, scheme).Equals(one, StringComparison.OrdinalIgnoreCase)) ? value
            : value.AsSpan(scheme).IndexOfAny('/', ',') is var end and >= 0 ? value[..(scheme + end)]
            : value[..scheme];
    }
}
