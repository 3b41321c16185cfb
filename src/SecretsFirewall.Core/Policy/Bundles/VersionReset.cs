using System.Text.Json;

namespace SecretsFirewall.Policy.Bundles;

/// <summary>
/// A way back below a version that was accepted and never should have been: somebody signed number two thousand million, and nothing can follow it. Root keys sign it. It
/// names the very content that is left and the lowest version that may follow, so that a copy of it is worth nothing once something else is in its place.
/// </summary>
/// <param name="FromSha256">Of the payload that is left.</param>
/// <param name="Floor">The lowest version that may follow.</param>
internal sealed record VersionReset(string Name, string FromSha256, int Floor)
{
    /// <summary>Null with the reason where the root keys have not signed it, or its time is over.</summary>
    public static VersionReset? Read(ReadOnlySpan<byte> file, TrustRoot? root, DateTimeOffset now, out BundleRefusal? refusal)
    {
        if (Envelope.Read(file, Envelope.ResetType, out refusal) is not { } envelope)
        {
            return null;
        }

        if (root is null)
        {
            refusal = new(BundleFault.NoTrustedKeys, "No key is trusted here, so none can lift the order of versions.");
            return null;
        }

        refusal = SignatureCheck.Check(envelope, [root.Root], now);
        if (refusal is not null)
        {
            return null;
        }

        if (Parse(envelope.Payload) is not { } document)
        {
            refusal = new(BundleFault.Malformed, "The reset does not say what it should.");
            return null;
        }

        refusal = now >= document.ExpiresAt ? new(BundleFault.Expired, $"The reset ended on {document.ExpiresAt:u}.") : null;
        return refusal is null ? new VersionReset(document.Name, document.FromSha256, document.Floor) : null;
    }

    public byte[] Write(DateTimeOffset expiresAt) => JsonSerializer.SerializeToUtf8Bytes(
        new ResetDocument { Schema = ResetDocument.Format, Name = Name, FromSha256 = FromSha256, Floor = Floor, ExpiresAt = expiresAt },
        BundleJson.Default.ResetDocument);

    /// <summary>Whether this bundle may follow what was accepted.</summary>
    public bool Allows(BundleManifest manifest, AcceptedVersion accepted) =>
        Name == manifest.Name && Name == accepted.Name && FromSha256 == accepted.Sha256 && manifest.Version >= Floor;

    private static ResetDocument? Parse(byte[] payload)
    {
        try
        {
            return JsonSerializer.Deserialize(payload, BundleJson.Default.ResetDocument) is { Schema: ResetDocument.Format, Floor: >= 1 } document ? document : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
