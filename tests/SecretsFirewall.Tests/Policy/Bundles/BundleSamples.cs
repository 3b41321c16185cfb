using System.Security.Cryptography;
using System.Text;
using SecretsFirewall.Policy;
using SecretsFirewall.Policy.Bundles;

namespace SecretsFirewall.Tests.Policy.Bundles;

/// <summary>Bundles for tests: right in every way, until a test changes what it is about.</summary>
internal sealed class BundleSamples : IDisposable
{
    public static readonly DateTimeOffset Now = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    public static readonly Version Engine = new(0, 1, 0);

    public ECDsa RootKey { get; } = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public ECDsa First { get; } = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public ECDsa Second { get; } = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public ECDsa Stranger { get; } = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public static PolicyFile[] Files { get; } = [new PolicyFile("policy.json", Encoding.UTF8.GetBytes(PolicyText.Frame("")))];

    public static BundleManifest Manifest { get; } = new()
    {
        Schema = BundleDocument.Format,
        Name = "team",
        Version = 7,
        Audience = ["*"],
        IssuedAt = Now.AddHours(-1),
        ExpiresAt = Now.AddDays(30),
        MinEngine = "0.1.0",
        Files = [],
    };

    public static TrustedKey Public(ECDsa key, string name, DateTimeOffset? expiresAt = null) =>
        TrustedKey.TryCreate(name, KeyAlgorithm.EcdsaP256, key.ExportSubjectPublicKeyInfo(), expiresAt)!;

    /// <summary>A root that trusts <see cref="First"/> and <see cref="Second"/>.</summary>
    public byte[] RootFile(int threshold = 1, int version = 1, IReadOnlyList<TrustedKey>? keys = null, params ECDsa[] signers)
    {
        var payload = TrustRoot.Write(
            version, Now, new TrustRole("root", 1, [Public(RootKey, "root")]), new TrustRole("policy", threshold, keys ?? [Public(First, "first"), Public(Second, "second")]));
        return Sign(Envelope.Of(Envelope.RootType, payload), signers.Length == 0 ? [RootKey] : signers).Write();
    }

    public TrustRoot Root(int threshold = 1, IReadOnlyList<TrustedKey>? keys = null)
    {
        var root = TrustRoot.Read(RootFile(threshold, 1, keys), out var refusal);
        Assert.Null(refusal);
        return root!;
    }

    public static Envelope Build(BundleManifest? manifest = null, params PolicyFile[] files)
    {
        var payload = BundleBuilder.Build(manifest ?? Manifest, files.Length == 0 ? Files : files, out var refusal);
        Assert.Null(refusal);
        return Envelope.Of(Envelope.BundleType, payload!);
    }

    public static Envelope Sign(Envelope envelope, params ECDsa[] keys) => keys.Aggregate(envelope, BundleSigner.Sign);

    public byte[] Signed(BundleManifest? manifest = null, params PolicyFile[] files) => Sign(Build(manifest, files), First).Write();

    public BundleContext Context(AcceptedVersion? accepted = null, TrustRoot? root = null) =>
        new(root ?? Root(), name => accepted?.Name == name ? accepted : null, Now, "default", Engine);

    /// <summary>Null if the bundle would be taken.</summary>
    public BundleFault? FaultOf(ReadOnlySpan<byte> file, BundleContext? context = null)
    {
        var bundle = BundleVerifier.Verify(file, context ?? Context(), out var refusal);
        Assert.Equal(bundle is null, refusal is not null);
        return refusal?.Fault;
    }

    public void Dispose()
    {
        RootKey.Dispose();
        First.Dispose();
        Second.Dispose();
        Stranger.Dispose();
    }
}
