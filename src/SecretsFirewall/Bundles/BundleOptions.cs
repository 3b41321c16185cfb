namespace SecretsFirewall.Bundles;

/// <summary>How signed policies are taken.</summary>
internal sealed record BundleOptions
{
    /// <summary>Who this installation is: a bundle that names others alone is refused. Bundles for <c>*</c> are for everyone.</summary>
    public string Audience { get; init; } = "default";

    /// <summary>How long a bundle stays in force after its end: over a night, so that somebody is awake when everything is refused.</summary>
    public TimeSpan KeepExpired { get; init; } = TimeSpan.FromHours(24);

    /// <summary>Where the bundle is fetched from; null for nowhere.</summary>
    public Uri? Url { get; init; }

    /// <summary>A change arrives within minutes, and a server is asked for little: its answer is mostly 304.</summary>
    public TimeSpan Refresh { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>After so long without a good answer we say that the policy may be out of date. It stays in force until it ends.</summary>
    public TimeSpan MaxAge { get; init; } = TimeSpan.FromHours(24);
}
