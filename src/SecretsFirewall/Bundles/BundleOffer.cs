namespace SecretsFirewall.Bundles;

/// <summary>A bundle that somebody would like to be in force.</summary>
/// <param name="Document">Its file.</param>
/// <param name="Reset">The file that lifts the order of versions for it; empty for none.</param>
/// <param name="IsFetched">A server offers it: it may not lead us to another policy than the one that somebody chose.</param>
internal sealed record BundleOffer(byte[] Document, ReadOnlyMemory<byte> Reset = default, bool IsFetched = false);
