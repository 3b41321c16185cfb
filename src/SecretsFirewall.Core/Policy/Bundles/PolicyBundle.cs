namespace SecretsFirewall.Policy.Bundles;

/// <summary>A bundle that was read, with the files of its policy in memory.</summary>
/// <param name="Sha256">Of the payload, in hex.</param>
/// <param name="KeyIds">The keys that it says signed it.</param>
/// <param name="IsAccepted">It is the very one that was accepted before.</param>
internal sealed record PolicyBundle(
    BundleManifest Manifest,
    string Sha256,
    IReadOnlyList<PolicyFile> Files,
    IReadOnlyList<PolicyFile> RuleFiles,
    IReadOnlyList<string> KeyIds,
    bool IsAccepted)
{
    /// <summary>As decisions and audit records name it.</summary>
    public PolicyIdentity Identity => new(Manifest.Name, Manifest.Version, "sha256:" + Sha256);
}
