using System.Security.Cryptography;
using System.Text;
using SecretsFirewall.Policy.Bundles;

namespace SecretsFirewall.Tests.Policy.Bundles;

public sealed class TrustRootTests : IDisposable
{
    private readonly ECDsa _old = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly ECDsa _new = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly ECDsa _signer = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public void Dispose()
    {
        _old.Dispose();
        _new.Dispose();
        _signer.Dispose();
    }

    [Fact]
    public void Follow_NewRootKey_NeedsTheOldAndTheNewOne()
    {
        var current = TrustRoot.Follow(null, File(1, [_old], _old), BundleSamples.Now, out _)!;

        Assert.NotNull(TrustRoot.Follow(current, File(2, [_new], _old, _new), BundleSamples.Now, out _));
        Assert.Equal(BundleFault.BelowThreshold, FaultOf(current, File(2, [_new], _new)));
        Assert.Equal(BundleFault.BelowThreshold, FaultOf(current, File(2, [_new], _old)));
        Assert.Equal(BundleFault.Unsigned, FaultOf(current, File(2, [_new])));
    }

    [Fact]
    public void Follow_VersionThatIsNotTheNext_IsRefused()
    {
        var current = TrustRoot.Follow(null, File(2, [_old], _old), BundleSamples.Now, out _)!;

        Assert.Equal(BundleFault.Older, FaultOf(current, File(1, [_old], _old)));
        Assert.Equal(BundleFault.Older, FaultOf(current, File(2, [_old], _old)));
        Assert.Equal(BundleFault.Older, FaultOf(current, File(4, [_old], _old)));
    }

    [Fact]
    public void Follow_RootOfStrangers_IsRefused()
    {
        var current = TrustRoot.Follow(null, File(1, [_old], _old), BundleSamples.Now, out _)!;
        using var stranger = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        Assert.Equal(BundleFault.BelowThreshold, FaultOf(current, File(2, [stranger], stranger)));
        Assert.Equal(BundleFault.UntrustedKey, FaultOf(current, File(2, [_old], _old, stranger)));
    }

    [Theory]
    [InlineData("\"threshold\": 1", "\"threshold\": 0")]
    [InlineData("\"threshold\": 1", "\"threshold\": 9")]
    [InlineData("ecdsa-p256", "none")]
    [InlineData("ecdsa-p256", "ssh-ed25519")]
    [InlineData("\"name\": \"signer\"", "\"name\": \"root0\"")]
    [InlineData("policy-root/v1", "policy-root/v2")]
    [InlineData("\"keys\"", "\"kees\"")]
    public void Read_RootThatIsWrong_IsRefused(string from, string to)
    {
        var payload = Encoding.UTF8.GetString(Payload(1, [_old]));
        Assert.Contains(from, payload, StringComparison.Ordinal);
        var file = BundleSamples.Sign(Envelope.Of(Envelope.RootType, Encoding.UTF8.GetBytes(payload.Replace(from, to, StringComparison.Ordinal))), _old).Write();

        Assert.Null(TrustRoot.Read(file, out var refusal));
        Assert.Equal(BundleFault.Malformed, refusal!.Fault);
    }

    [Fact]
    public void TryCreate_KeyOnAnotherCurveOrSpeltOtherwise_IsNone()
    {
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        var good = _old.ExportSubjectPublicKeyInfo();

        Assert.NotNull(TrustedKey.TryCreate("k", KeyAlgorithm.EcdsaP256, good));
        Assert.Null(TrustedKey.TryCreate("k", KeyAlgorithm.EcdsaP256, other.ExportSubjectPublicKeyInfo()));
        Assert.Null(TrustedKey.TryCreate("k", KeyAlgorithm.EcdsaP256, [.. good, 0]));
        Assert.Null(TrustedKey.TryCreate("k", KeyAlgorithm.EcdsaP256, []));
    }

    private static BundleFault? FaultOf(TrustRoot current, byte[] file)
    {
        TrustRoot.Follow(current, file, BundleSamples.Now, out var refusal);
        return refusal?.Fault;
    }

    private byte[] File(int version, ECDsa[] rootKeys, params ECDsa[] signers) => BundleSamples.Sign(Envelope.Of(Envelope.RootType, Payload(version, rootKeys)), signers).Write();

    private byte[] Payload(int version, ECDsa[] rootKeys) => TrustRoot.Write(
        version,
        BundleSamples.Now,
        new TrustRole("root", 1, [.. rootKeys.Select((key, i) => BundleSamples.Public(key, $"root{i}"))]),
        new TrustRole("policy", 1, [BundleSamples.Public(_signer, "signer")]));
}
