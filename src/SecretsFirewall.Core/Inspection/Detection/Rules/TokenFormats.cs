using System.Collections.Immutable;

namespace SecretsFirewall.Inspection.Detection.Rules;

/// <summary>The token formats that are always looked for. Data only.</summary>
internal static class TokenFormats
{
    private const string Base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    /// <summary>Our agents' own tokens: they stand in <c>HTTPS_PROXY</c>, which models get to see.</summary>
    public static TokenFormat AgentToken { get; } = new("sfw-agent-token", "sfwa_", Base62, 30, TokenChecksum.Crc32Base62);

    public static ImmutableArray<TokenFormat> All { get; } = [AgentToken];
}
