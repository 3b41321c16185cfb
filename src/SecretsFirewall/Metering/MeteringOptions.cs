namespace SecretsFirewall.Metering;

/// <summary>How model calls are counted, and how many there may be at once.</summary>
internal sealed record MeteringOptions
{
    /// <summary>Model calls of one agent under way at once; zero for as many as its requests. An agent that starts many others may be held to what a provider's own limits bear.</summary>
    public int CallsPerAgent { get; init; }

    /// <summary>Reserved for an answer whose request sets no limit: what most answers of agents stay below. What it comes to replaces it.</summary>
    public int AssumedOutputTokens { get; init; } = 4_096;
}
