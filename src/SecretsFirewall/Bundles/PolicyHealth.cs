namespace SecretsFirewall.Bundles;

/// <summary>How it stands with the policy, for monitors.</summary>
/// <param name="Serves">False while everything is refused.</param>
/// <param name="Trouble">One word; null if all is well.</param>
internal sealed record PolicyHealth(bool Serves, string? Trouble)
{
    public static PolicyHealth Well { get; } = new(true, null);

    public override string ToString() => Trouble is null ? "ok" : $"{(Serves ? "degraded" : "refusing")}: {Trouble}";
}
