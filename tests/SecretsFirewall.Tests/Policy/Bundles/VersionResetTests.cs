using SecretsFirewall.Policy.Bundles;

namespace SecretsFirewall.Tests.Policy.Bundles;

/// <summary>The way back below a version that should never have been accepted.</summary>
public sealed class VersionResetTests : IDisposable
{
    private static readonly string Left = new('a', 64);

    private readonly BundleSamples _samples = new();
    private readonly AcceptedVersion _accepted = new("team", 2_000_000_000, Left, BundleSamples.Now.AddHours(-2), BundleSamples.Now.AddHours(-2), InForce: true);

    public void Dispose() => _samples.Dispose();

    [Fact]
    public void Verify_LowerVersionWithItsReset_IsTaken()
    {
        Assert.Equal(BundleFault.Older, _samples.FaultOf(_samples.Signed(), _samples.Context(_accepted)));
        Assert.Null(_samples.FaultOf(_samples.Signed(), With(new VersionReset("team", Left, 7))));
    }

    [Fact]
    public void Verify_ResetFromAnotherBundleNameOrBelowItsFloor_IsRefused()
    {
        Assert.Equal(BundleFault.OtherReset, _samples.FaultOf(_samples.Signed(), With(new VersionReset("team", new string('b', 64), 7))));
        Assert.Equal(BundleFault.OtherReset, _samples.FaultOf(_samples.Signed(), With(new VersionReset("other", Left, 7))));
        Assert.Equal(BundleFault.OtherReset, _samples.FaultOf(_samples.Signed(), With(new VersionReset("team", Left, 8))));
    }

    [Fact]
    public void Verify_ResetDoesNotStandForASignature() =>
        Assert.Equal(BundleFault.Unsigned, _samples.FaultOf(BundleSamples.Build().Write(), With(new VersionReset("team", Left, 7))));

    [Fact]
    public void Read_SignedByRootKeys_IsTakenUntilItsEnd()
    {
        var file = BundleSamples.Sign(Payload(), _samples.RootKey).Write();

        Assert.Equal(new VersionReset("team", Left, 7), VersionReset.Read(file, _samples.Root(), BundleSamples.Now, out var refusal));
        Assert.Null(refusal);
        Assert.Equal(BundleFault.Expired, FaultOf(file, BundleSamples.Now.AddDays(2)));
        Assert.Equal(BundleFault.NoTrustedKeys, FaultOf(file, BundleSamples.Now, root: null));
    }

    [Fact]
    public void Read_SignedByPolicyKeysOrNobody_IsRefused()
    {
        var root = _samples.Root();

        Assert.Equal(BundleFault.UntrustedKey, FaultOf(BundleSamples.Sign(Payload(), _samples.First).Write(), BundleSamples.Now, root));
        Assert.Equal(BundleFault.Unsigned, FaultOf(Payload().Write(), BundleSamples.Now, root));
        Assert.Equal(BundleFault.Malformed, FaultOf(_samples.Signed(), BundleSamples.Now, root));
    }

    [Theory]
    [InlineData("""{"schema":"policy-reset/v1","name":"team","from_sha256":"a","floor":0,"expires_at":"2027-01-01T00:00:00Z"}""")]
    [InlineData("""{"schema":"policy-reset/v2","name":"team","from_sha256":"a","floor":1,"expires_at":"2027-01-01T00:00:00Z"}""")]
    [InlineData("""{"schema":"policy-reset/v1","name":"team","from_sha256":"a","floor":1}""")]
    [InlineData("""{"schema":"policy-reset/v1","name":"team","from_sha256":"a","floor":1,"expires_at":"2027-01-01T00:00:00Z","any":1}""")]
    [InlineData("[]")]
    public void Read_PayloadThatSaysSomethingElse_IsRefused(string payload)
    {
        var envelope = Envelope.Of(Envelope.ResetType, System.Text.Encoding.UTF8.GetBytes(payload));

        Assert.Equal(BundleFault.Malformed, FaultOf(BundleSamples.Sign(envelope, _samples.RootKey).Write(), BundleSamples.Now, _samples.Root()));
    }

    private static Envelope Payload() => Envelope.Of(Envelope.ResetType, new VersionReset("team", Left, 7).Write(BundleSamples.Now.AddDays(1)));

    private BundleContext With(VersionReset reset) => _samples.Context(_accepted) with { Reset = reset };

    private BundleFault? FaultOf(byte[] file, DateTimeOffset now) => FaultOf(file, now, _samples.Root());

    private static BundleFault? FaultOf(byte[] file, DateTimeOffset now, TrustRoot? root) => VersionReset.Read(file, root, now, out var refusal) is null ? refusal!.Fault : null;
}
