namespace SecretsFirewall.Policy;

/// <summary>What a rule in shadow would have done: recorded, and nothing else.</summary>
public sealed record ShadowDecision(string Rule, PolicyOutcome Outcome);

/// <summary>What may be carried of an exchange that is allowed, in bytes of its bodies as sent; null: no limit by policy.</summary>
public sealed record PolicyLimits(long? RequestBytes, long? ResponseBytes)
{
    public static PolicyLimits None { get; } = new(null, null);

    /// <summary>The smaller of each.</summary>
    public PolicyLimits And(PolicyLimits other) => new(Least(RequestBytes, other.RequestBytes), Least(ResponseBytes, other.ResponseBytes));

    private static long? Least(long? one, long? other) => one is null || other < one ? other ?? one : one;
}
