using System.Collections.Frozen;

namespace SecretsFirewall.Enforcement;

/// <summary>The request header fields in which providers take their own credentials.</summary>
internal static class AuthenticationFields
{
    private static readonly FrozenSet<string> Names = new[]
    {
        "Authorization", "X-Api-Key", "Api-Key", "ApiKey", "X-ApiKey", "X-Api-Token", "X-Auth-Token", "X-Auth-Key", "X-Access-Token", "X-Goog-Api-Key",
        "Private-Token", "Job-Token", "Deploy-Token", "X-Vault-Token", "X-Figma-Token", "X-Shopify-Access-Token", "X-Postmark-Server-Token",
        "DD-API-KEY", "DD-APPLICATION-KEY", "X-SF-Token", "X-Honeycomb-Team", "X-Circle-Token", "Circle-Token", "X-Buildkite-Token",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    public static bool Contains(string name) => Names.Contains(name);
}
