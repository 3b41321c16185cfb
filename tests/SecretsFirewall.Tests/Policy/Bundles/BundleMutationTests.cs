using SecretsFirewall.Policy.Bundles;
using SecretsFirewall.Tests.Listener;

namespace SecretsFirewall.Tests.Policy.Bundles;

/// <summary>What was changed after it was signed is never taken, wherever it was changed.</summary>
public sealed class BundleMutationTests : IDisposable
{
    private readonly BundleSamples _samples = new();

    public void Dispose() => _samples.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(0x20)] // capitals
    [InlineData(0x80)]
    [InlineData(0xff)]
    public void Verify_AnyByteChanged_IsNeverTaken(int change)
    {
        // The second signature is more than the threshold asks for: it may not be changed either.
        var file = BundleSamples.Sign(BundleSamples.Build(), _samples.First, _samples.Second).Write();
        var context = _samples.Context();
        Assert.Null(_samples.FaultOf(file, context));

        var taken = new List<int>();
        for (var i = 0; i < file.Length; i++)
        {
            var changed = (byte[])file.Clone();
            changed[i] ^= (byte)change;
            if (BundleVerifier.Verify(changed, context, out _) is not null)
            {
                taken.Add(i);
            }
        }

        Assert.Empty(taken);
    }

    [Fact]
    public void Verify_CutOrLengthened_IsNeverTaken()
    {
        var file = _samples.Signed();
        var context = _samples.Context();
        Assert.All(Enumerable.Range(0, file.Length), length => Assert.NotNull(_samples.FaultOf(file.AsSpan(0, length), context)));
        Assert.NotNull(_samples.FaultOf([.. file, (byte)'\n'], context));
        Assert.NotNull(_samples.FaultOf([(byte)' ', .. file], context));
    }

    [Fact]
    public void Follow_RootWithAnyByteChanged_IsNeverTaken()
    {
        var file = _samples.RootFile();
        for (var i = 0; i < file.Length; i++)
        {
            var changed = (byte[])file.Clone();
            changed[i] ^= 1;
            Assert.Null(TrustRoot.Read(changed, out _));
        }
    }

    /// <summary>Nothing that is read throws, and whatever is taken is the bundle that was signed.</summary>
    [Fact]
    public void Verify_Fuzzed_IsTheSignedBundleOrRefused()
    {
        var random = new Random(5);
        var file = BundleSamples.Sign(BundleSamples.Build(), _samples.First, _samples.Second).Write();
        var payload = BundleSamples.Build().Payload;
        var root = _samples.RootFile();
        var context = _samples.Context();
        for (var i = 0; i < Mutations.Rounds / 10; i++)
        {
            var changed = Mutations.Of(file, random);
            Assert.True(BundleVerifier.Verify(changed, context, out _) is null || changed.AsSpan().SequenceEqual(file));
            BundlePayload.Read(Mutations.Of(payload, random), out _); // as if a trusted key had signed it
            TrustRoot.Read(Mutations.Of(root, random), out _);
        }
    }

    [Fact]
    public void TrustedKey_FuzzedSshSignature_IsNeverGood()
    {
        var random = new Random(6);
        var point = new byte[65];
        var ssh = new byte[300];
        for (var i = 0; i < Mutations.Rounds; i++)
        {
            "SSHSIG"u8.CopyTo(ssh);
            ssh[9] = 1;
            random.NextBytes(ssh.AsSpan(random.Next(10, 300)));
            Assert.False(SshSignature.TryRead(ssh, SshSignature.EcdsaType, point, "text"u8, out _, out _));
        }
    }
}
