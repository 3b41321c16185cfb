using SecretsFirewall.Audit;

namespace SecretsFirewall.Telemetry;

/// <summary>
/// A model call in the words of OpenTelemetry's semantic conventions for generative AI (https://opentelemetry.io/docs/specs/semconv/gen-ai, in development,
/// as of version 1.37). They count what came out of a cache, or went into one, among the input tokens.
/// </summary>
internal static class GenAi
{
    /// <summary>A name that the policy has no price for: an agent can make up as many as it likes.</summary>
    public const string Other = "other";

    private static readonly Dictionary<string, string> Providers = new(StringComparer.Ordinal)
    {
        ["azure-openai"] = "azure.ai.openai",
        ["bedrock"] = "aws.bedrock",
        ["google"] = "gcp.gen_ai",
        ["mistral"] = "mistral_ai",
        ["xai"] = "x_ai",
    };

    /// <summary>By the well-known word where there is one, else as the policy names it.</summary>
    public static string ProviderOf(AuditUsage usage) => Providers.GetValueOrDefault(usage.Provider, usage.Provider);

    public static string OperationOf(string? path) =>
        path is null ? "chat"
        : path.Contains("embed", StringComparison.OrdinalIgnoreCase) ? "embeddings"
        : path.Contains("GenerateContent", StringComparison.OrdinalIgnoreCase) ? "generate_content"
        : path.EndsWith("/completions", StringComparison.Ordinal) && !path.EndsWith("/chat/completions", StringComparison.Ordinal) ? "text_completion"
        : "chat";

    public static long InputOf(AuditUsage usage) => usage.Tokens.Input + usage.Tokens.CacheRead + usage.Tokens.CacheWrite;

    /// <summary>Fit for a label: a model that the policy prices, or <see cref="Other"/>.</summary>
    public static string ModelLabel(AuditRecord record) => record is { Usage: { } usage, Cost.Amount: not null } ? usage.Model : Other;
}
