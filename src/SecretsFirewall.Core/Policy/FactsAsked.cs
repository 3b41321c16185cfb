using System.Collections.Frozen;

namespace SecretsFirewall.Policy;

/// <summary>What a policy asks about beside what every question says: nobody gathers what no rule reads.</summary>
public sealed record FactsAsked
{
    public static FactsAsked Nothing { get; } = new();

    /// <summary>In lower case.</summary>
    public FrozenSet<string> Headers { get; init; } = FrozenSet<string>.Empty;

    public bool Query { get; init; }

    /// <summary>Rules look into the request's JSON.</summary>
    public bool Body { get; init; }

    public bool Findings { get; init; }

    public bool History { get; init; }

    /// <summary>Rules, or the matrix, ask what a request does at a service that is known.</summary>
    public bool Operations { get; init; }
}
