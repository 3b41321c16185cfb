namespace SecretsFirewall.Model;

/// <summary>
/// The tokens of one model call, or of many. The four kinds are apart, as providers charge them: their sum is all that passed. None is ever negative.
/// </summary>
/// <param name="Input">Read by the model for the full price: what came out of a cache or went into one is not among them.</param>
/// <param name="Output">Written by the model, its reasoning among them.</param>
/// <param name="Reasoning">The part of <paramref name="Output"/> that nobody was shown; zero where the provider does not tell.</param>
public readonly record struct TokenUsage(long Input, long Output, long CacheRead = 0, long CacheWrite = 0, long Reasoning = 0)
{
    /// <summary>More than any model reads or writes in one call, by a factor of ten: a provider that says more is not believed.</summary>
    public const long MostPerCall = 100_000_000;

    public long Total => Input + Output + CacheRead + CacheWrite;

    public static TokenUsage operator +(TokenUsage one, TokenUsage other) => new(
        one.Input + other.Input, one.Output + other.Output, one.CacheRead + other.CacheRead, one.CacheWrite + other.CacheWrite, one.Reasoning + other.Reasoning);
}
