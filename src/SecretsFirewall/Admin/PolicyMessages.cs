namespace SecretsFirewall.Admin;

/// <param name="Document">A bundle's file.</param>
/// <param name="CheckOnly">Say whether it would be taken, and change nothing.</param>
/// <param name="Reset">The file of a reset; null or empty for none.</param>
/// <param name="IsFetched">A server offered it: only the name that is in force is taken.</param>
internal sealed record LoadPolicyRequest(byte[] Document, bool CheckOnly, byte[]? Reset = null, bool IsFetched = false);

/// <summary>A bundle as its manifest describes it.</summary>
/// <param name="Sha256">Of the payload, in hex.</param>
/// <param name="IsAccepted">It is the one that was accepted before.</param>
internal sealed record BundleReply(
    string Name,
    int Version,
    string Sha256,
    DateTimeOffset IssuedAt,
    DateTimeOffset? NotBefore,
    DateTimeOffset ExpiresAt,
    IReadOnlyList<string> Audience,
    IReadOnlyList<SignerReply> Signers,
    bool IsAccepted);

/// <param name="Name">Null if the key is not trusted for policies.</param>
internal sealed record SignerReply(string Key, string? Name);

/// <param name="Problem">Why the last bundle, or what the home holds, is not in force; null if it is.</param>
/// <param name="Health">As <c>/healthz</c> says it; null while no firewall runs.</param>
internal sealed record PolicyStatusReply(
    string Trust,
    string Name,
    int Revision,
    string Hash,
    BundleReply? Bundle,
    DateTimeOffset? AcceptedAt,
    IReadOnlyList<AcceptedReply> Accepted,
    RootReply? Root,
    string? Problem,
    string? Health);

/// <summary>The highest version of a name that was accepted: older ones are refused.</summary>
internal sealed record AcceptedReply(string Name, int Version, string Sha256, DateTimeOffset AcceptedAt, bool InForce);

/// <param name="Document">The root's file, to hand on.</param>
internal sealed record RootReply(int Version, DateTimeOffset IssuedAt, string Sha256, int RootThreshold, int PolicyThreshold, IReadOnlyList<KeyReply> Keys, byte[] Document);

/// <param name="Roles"><c>root</c>, <c>policy</c> or both.</param>
internal sealed record KeyReply(string Name, string Id, string Algorithm, IReadOnlyList<string> Roles, DateTimeOffset? ExpiresAt);

/// <param name="Root">Null if no key is trusted.</param>
internal sealed record KeysReply(RootReply? Root);

/// <param name="Document">A root's file.</param>
internal sealed record TakeRootRequest(byte[] Document);

/// <summary>A file of a policy: <paramref name="Path"/> is its name within it.</summary>
internal sealed record PolicyFileReply(string Path, byte[] Content);

/// <param name="Bundle">The name of the bundle in force; null where the folder of the home decides.</param>
/// <param name="Files">Of that bundle, its own detection rules under <c>rules/</c>; none where the folder decides.</param>
internal sealed record PolicyFilesReply(string? Bundle, IReadOnlyList<PolicyFileReply> Files);
