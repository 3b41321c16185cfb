using SecretsFirewall.Policy.Bundles;

namespace SecretsFirewall.Bundles;

/// <summary>A document that was accepted, and what it is remembered by.</summary>
/// <param name="Document">Its envelope; empty for a bundle that another name has replaced.</param>
internal sealed record StoredDocument(AcceptedVersion Version, byte[] Document);

/// <summary>
/// The port through which accepted bundles and the root of trust are remembered, document and version in one step, so that no crash parts them. False or null
/// means that it could not, and that nothing was changed.
/// </summary>
internal interface IBundleStore
{
    IReadOnlyList<StoredDocument>? LoadBundles();

    StoredDocument? LoadRoot(out bool done);

    /// <summary>Remembers a bundle; if it is in force, no other is, and theirs go.</summary>
    bool SaveBundle(StoredDocument bundle);

    bool SaveRoot(StoredDocument root);
}
