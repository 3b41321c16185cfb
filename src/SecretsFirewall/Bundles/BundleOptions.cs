namespace SecretsFirewall.Bundles;

/// <summary>How signed policies are taken.</summary>
internal sealed record BundleOptions
{
    /// <summary>Who this installation is: a bundle that names others alone is refused. Bundles for <c>*</c> are for everyone.</summary>
    public string Audience { get; init; } = "default";

    /// <summary>How long a bundle stays in force after its end: over a night, so that somebody is awake when everything is refused.</summary>
    public TimeSpan KeepExpired { get; init; } = TimeSpan.FromHours(24);
}
