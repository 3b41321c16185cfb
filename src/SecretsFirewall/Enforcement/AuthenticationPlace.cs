using System.Text;

namespace SecretsFirewall.Enforcement;

/// <summary>Where in a request something stands, as far as it may be there to authenticate.</summary>
internal enum AuthenticationPlace
{
    /// <summary>Anywhere else.</summary>
    None = 0,

    Header,

    /// <summary>What the host itself set, or a client made it believe so.</summary>
    Cookie,

    Query,

    /// <summary>The path: of some providers the credentials.</summary>
    Path,

    /// <summary>A field of a form or of an object toward an OAuth token endpoint.</summary>
    TokenRequest,
}

/// <summary>The names under which credentials are presented.</summary>
internal static class AuthenticationPlaces
{
    private static readonly HashSet<string> Keys = new(StringComparer.OrdinalIgnoreCase)
    {
        "key", "api_key", "apikey", "api-key", "app_key", "appid", "application_key", "access_token", "accesstoken", "auth", "auth_token", "authtoken", "oauth_token",
        "bearer_token", "id_token", "refresh_token", "token", "private_token", "job_token", "jwt", "sig", "signature", "hapikey", "subscription-key",
    };

    private static readonly HashSet<string> OAuthFields = new(StringComparer.OrdinalIgnoreCase)
    {
        "access_token", "assertion", "client_assertion", "client_secret", "code", "device_code", "refresh_token", "subject_token", "actor_token", "token",
    };

    // X-API-Key, X-Goog-Api-Key, DD-APPLICATION-KEY, PRIVATE-TOKEN, X-Amz-Security-Token, Circle-Token, X-Sentry-Auth, Proxy-Authorization, …
    private static readonly string[] FieldEnds = ["authorization", "token", "key", "auth", "secret", "x-honeycomb-team"];

    /// <param name="name">Of a header field.</param>
    public static AuthenticationPlace OfHeader(string name) =>
        name.Equals("Cookie", StringComparison.OrdinalIgnoreCase) ? AuthenticationPlace.Cookie
        : Array.Exists(FieldEnds, end => name.EndsWith(end, StringComparison.OrdinalIgnoreCase)) ? AuthenticationPlace.Header
        : AuthenticationPlace.None;

    /// <param name="target">Path and query.</param>
    public static AuthenticationPlace OfTarget(ReadOnlySpan<byte> target, int offset)
    {
        var query = target.IndexOf((byte)'?');
        return query < 0 || offset <= query ? AuthenticationPlace.Path
            : KeyAt(target, query + 1, offset) is { } key && (Keys.Contains(key) || key.StartsWith("X-Amz-", StringComparison.OrdinalIgnoreCase)) ? AuthenticationPlace.Query
            : AuthenticationPlace.None;
    }

    /// <summary>A form's field, by the same names as a query's or by those of OAuth; the latter only toward a token endpoint.</summary>
    public static AuthenticationPlace OfForm(string path, ReadOnlySpan<byte> form, int offset) =>
        KeyAt(form, 0, offset) is not { } key ? AuthenticationPlace.None
        : OAuthFields.Contains(key) && IsTokenEndpoint(path) ? AuthenticationPlace.TokenRequest
        : Keys.Contains(key) ? AuthenticationPlace.Query
        : AuthenticationPlace.None;

    /// <summary>A member of the object that is sent to an OAuth token endpoint.</summary>
    /// <param name="pointer">RFC 6901.</param>
    public static AuthenticationPlace OfJson(string path, string pointer) =>
        pointer.StartsWith('/') && OAuthFields.Contains(pointer[1..]) && IsTokenEndpoint(path) ? AuthenticationPlace.TokenRequest : AuthenticationPlace.None;

    // RFC 6749 section 3.2 leaves the path to the provider; all that are listed end in one of these.
    private static bool IsTokenEndpoint(string path)
    {
        path = path.TrimEnd('/');
        return path.EndsWith("token", StringComparison.OrdinalIgnoreCase) || path.EndsWith("oauth.v2.access", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>The key of the pair whose value holds the offset; null in a key.</summary>
    private static string? KeyAt(ReadOnlySpan<byte> pairs, int pairsStart, int offset)
    {
        var before = pairs[pairsStart..offset].LastIndexOf((byte)'&');
        var start = before < 0 ? pairsStart : pairsStart + before + 1;
        var equals = pairs[start..offset].IndexOf((byte)'=');
        return equals < 0 ? null : Encoding.Latin1.GetString(pairs.Slice(start, equals));
    }
}
