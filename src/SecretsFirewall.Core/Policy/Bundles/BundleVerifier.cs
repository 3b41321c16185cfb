namespace SecretsFirewall.Policy.Bundles;

/// <summary>
/// Whether a bundle may be in force, in this order, so that nothing of it is looked at before its signatures are:
/// <code>
///   size and spelling → signatures over the raw payload → manifest and files, from the same bytes
///     → for us? → now? → not older than what was accepted?
/// </code>
/// What it says (rules, cases) is compiled by the caller, who knows the detection rules.
/// </summary>
internal static class BundleVerifier
{
    // Clocks of two machines that are kept by NTP differ by far less.
    private static readonly TimeSpan Skew = TimeSpan.FromMinutes(5);

    /// <summary>Null with the reason where it may not.</summary>
    public static PolicyBundle? Verify(ReadOnlySpan<byte> file, BundleContext context, out BundleRefusal? refusal)
    {
        if (Envelope.Read(file, Envelope.BundleType, out refusal) is not { } envelope)
        {
            return null;
        }

        if (context.Root is not { } root)
        {
            refusal = new(BundleFault.NoTrustedKeys, "No key is trusted here: `sfw keys trust` says which are.");
            return null;
        }

        refusal = SignatureCheck.Check(envelope, [root.Policy], context.Now);
        if (refusal is not null || BundlePayload.Read(envelope.Payload, out refusal) is not var (manifest, files))
        {
            return null;
        }

        var accepted = context.Accepted(manifest.Name);
        refusal = Reach(manifest, context) ?? Time(manifest, accepted, context.Now) ?? Order(manifest, envelope.Sha256, accepted, context.Reset);
        return refusal is null ? Bundle(manifest, envelope, files) with { IsAccepted = accepted?.Sha256 == envelope.Sha256 } : null;
    }

    /// <summary>
    /// Reads the bundle that was accepted before, by its hash: its signatures were verified then, and a key that was taken away since ends what is to
    /// come, not what is in force.
    /// </summary>
    public static PolicyBundle? Reopen(ReadOnlySpan<byte> file, AcceptedVersion accepted, out BundleRefusal? refusal)
    {
        if (Open(file, out refusal) is not { } bundle)
        {
            return null;
        }

        if (bundle.Sha256 == accepted.Sha256)
        {
            return bundle with { IsAccepted = true };
        }

        refusal = new(BundleFault.Tampered, "The bundle in the home is not the one that was accepted.");
        return null;
    }

    /// <summary>Reads a bundle without asking who signed it: to look at, never to put in force.</summary>
    public static PolicyBundle? Open(ReadOnlySpan<byte> file, out BundleRefusal? refusal) =>
        Envelope.Read(file, Envelope.BundleType, out refusal) is { } envelope && BundlePayload.Read(envelope.Payload, out refusal) is var (manifest, files)
            ? Bundle(manifest, envelope, files)
            : null;

    private static PolicyBundle Bundle(BundleManifest manifest, Envelope envelope, IReadOnlyList<PolicyFile> files) => new(
        manifest,
        envelope.Sha256,
        [.. files.Where(file => !BundlePaths.IsRules(file.Path))],
        [.. files.Where(file => BundlePaths.IsRules(file.Path))],
        [.. envelope.Signatures.Select(one => one.KeyId)],
        IsAccepted: false);

    private static BundleRefusal? Reach(BundleManifest manifest, BundleContext context)
    {
        if (!manifest.Audience.Contains(BundlePayload.Anyone) && !manifest.Audience.Contains(context.Audience))
        {
            return new(BundleFault.WrongAudience, $"The bundle is for {string.Join(", ", manifest.Audience)}; this installation is '{context.Audience}' (bundle.audience).");
        }

        return Version.Parse(manifest.MinEngine) > context.Engine
            ? new(BundleFault.EngineTooOld, $"The bundle needs version {manifest.MinEngine} of this program; this is {context.Engine}.")
            : null;
    }

    private static BundleRefusal? Time(BundleManifest manifest, AcceptedVersion? accepted, DateTimeOffset now)
    {
        if (accepted is not null && now < accepted.IssuedAt - Skew)
        {
            return new(BundleFault.ClockWentBack, $"This machine's clock says {now:u}, which is before the bundle that was accepted last was issued ({accepted.IssuedAt:u}).");
        }

        if (now < manifest.IssuedAt - Skew || now < manifest.NotBefore)
        {
            return new(BundleFault.NotYetValid, $"The bundle holds from {(manifest.NotBefore > manifest.IssuedAt ? manifest.NotBefore : manifest.IssuedAt):u} on.");
        }

        return now >= manifest.ExpiresAt ? new(BundleFault.Expired, $"The bundle ended on {manifest.ExpiresAt:u}.") : null;
    }

    private static BundleRefusal? Order(BundleManifest manifest, string sha256, AcceptedVersion? accepted, VersionReset? reset)
    {
        if (accepted is null || accepted.Sha256 == sha256)
        {
            return null;
        }

        if (reset is not null)
        {
            return reset.Allows(manifest, accepted)
                ? null
                : new(BundleFault.OtherReset, $"The reset leads from {reset.Name} {reset.FromSha256} to version {reset.Floor} or higher; version {accepted.Version} ({accepted.Sha256}) was accepted.");
        }

        if (manifest.Version < accepted.Version)
        {
            return new(BundleFault.Older, $"Version {manifest.Version} is older than {accepted.Version}, which was accepted on {accepted.AcceptedAt:u}. To go back, sign the old content as a new version: sfw policy rollback. Where no number is left: sfw policy reset.");
        }

        if (manifest.Version == accepted.Version)
        {
            return new(BundleFault.Tampered, $"Version {manifest.Version} was accepted with other content ({accepted.Sha256}). Somebody signed two bundles of one version, or changed one.");
        }

        return manifest.Version == accepted.Version + 1 && manifest.PreviousSha256 is { } previous && previous != accepted.Sha256
            ? new(BundleFault.Tampered, $"The bundle follows a version {accepted.Version} with other content than the one that was accepted ({accepted.Sha256}).")
            : null;
    }
}
