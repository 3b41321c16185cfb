namespace SecretsFirewall.Policy.Bundles;

/// <summary>The highest version of a name that was ever accepted; what is older is refused, also after a restart.</summary>
/// <param name="Name">The bundle's; empty for the root of trust.</param>
/// <param name="Sha256">Of the payload, in hex.</param>
/// <param name="InForce">It decides now; at most one bundle does.</param>
internal sealed record AcceptedVersion(string Name, int Version, string Sha256, DateTimeOffset IssuedAt, DateTimeOffset AcceptedAt, bool InForce);
