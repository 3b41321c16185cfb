namespace SecretsFirewall.Policy.Bundles;

/// <summary>What a bundle is held against. The clock and the store are asked by the caller.</summary>
/// <param name="Root">Null where no key is trusted: then no bundle is.</param>
/// <param name="Accepted">The highest accepted version of a name; null if there was none.</param>
/// <param name="Audience">Who we are; bundles for <c>*</c> are for us as well.</param>
/// <param name="Engine">This program's version.</param>
/// <param name="Reset">What lifts the order of versions this once; null for nothing.</param>
internal sealed record BundleContext(TrustRoot? Root, Func<string, AcceptedVersion?> Accepted, DateTimeOffset Now, string Audience, Version Engine, VersionReset? Reset = null);
