using System.Diagnostics;
using SecretsFirewall.Policy.Bundles;

namespace SecretsFirewall.Tests.Policy.Bundles;

/// <summary>Signatures that real tools make over what <c>sfw policy sign --to-sign</c> writes.</summary>
public sealed class OtherToolsTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly Envelope _bundle = BundleSamples.Build();

    public OtherToolsTests() => File.WriteAllBytes(_folder["tosign"], _bundle.SignedBytes());

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Attach_SignatureOfOpenssl_Verifies()
    {
        Run("openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", _folder["key.pem"]);
        Run("openssl", "ec", "-in", _folder["key.pem"], "-pubout", "-out", _folder["key.pub"]);
        Run("openssl", "dgst", "-sha256", "-sign", _folder["key.pem"], "-out", _folder["sig"], _folder["tosign"]);
        var key = PublicKeyText.TryRead("openssl", File.ReadAllText(_folder["key.pub"]), out var problem);
        Assert.Equal("", problem);

        AssertGood(key!, File.ReadAllBytes(_folder["sig"]));
    }

    [Theory]
    [InlineData("ecdsa", "sha512")]
    [InlineData("ecdsa", "sha256")]
    [InlineData("ed25519", "sha512")]
    [InlineData("ed25519", "sha256")]
    public void Attach_SignatureOfSshKeygen_Verifies(string kind, string hash)
    {
        var key = SshKey(kind);
        Run("ssh-keygen", "-q", "-Y", "sign", "-n", SshSignature.Namespace, "-O", $"hashalg={hash}", "-f", _folder["id"], _folder["tosign"]);

        AssertGood(key, File.ReadAllBytes(_folder["tosign.sig"]));
    }

    [Fact]
    public void Attach_SshSignatureForAnotherPurpose_IsRefused()
    {
        var key = SshKey();
        Run("ssh-keygen", "-q", "-Y", "sign", "-n", "git", "-f", _folder["id"], _folder["tosign"]);

        Assert.Null(BundleSigner.Attach(_bundle, key, File.ReadAllBytes(_folder["tosign.sig"])));
    }

    [Theory]
    [InlineData("ecdsa")]
    [InlineData("ed25519")]
    public void Verify_SshSignatureWithAnyByteChanged_IsRefused(string kind)
    {
        var key = SshKey(kind);
        Run("ssh-keygen", "-q", "-Y", "sign", "-n", SshSignature.Namespace, "-f", _folder["id"], _folder["tosign"]);
        var signature = SshSignature.FromArmour(File.ReadAllText(_folder["tosign.sig"]))!;
        Assert.True(key.Verify(_bundle.SignedBytes(), signature));

        for (var i = 0; i < signature.Length; i++)
        {
            signature[i] ^= 1;
            Assert.False(key.Verify(_bundle.SignedBytes(), signature), $"byte {i}");
            signature[i] ^= 1;
        }

        Assert.False(key.Verify(_bundle.SignedBytes(), [.. signature, 0]));
    }

    [Fact]
    public void TryRead_SshKeyOfAnotherKind_SaysWhichIsTaken()
    {
        Run("ssh-keygen", "-q", "-t", "rsa", "-b", "2048", "-N", "", "-f", _folder["rsa"]);

        Assert.Null(PublicKeyText.TryRead("rsa", File.ReadAllText(_folder["rsa.pub"]), out var problem));
        Assert.Contains("ecdsa-sha2-nistp256", problem, StringComparison.Ordinal);
        Assert.Null(PublicKeyText.TryRead("rsa", File.ReadAllText(_folder["rsa"]), out problem));
        Assert.Contains("private", problem, StringComparison.Ordinal);
    }

    private TrustedKey SshKey(string kind = "ecdsa")
    {
        Run("ssh-keygen", "-q", "-t", kind, "-b", "256", "-N", "", "-f", _folder["id"]);
        var key = PublicKeyText.TryRead("ssh", File.ReadAllText(_folder["id.pub"]), out var problem);
        Assert.Equal("", problem);
        return key!;
    }

    /// <summary>The signature counts as one of two, and none of another key's does.</summary>
    private void AssertGood(TrustedKey key, byte[] signature)
    {
        using var samples = new BundleSamples();
        var root = samples.Root(2, [key, BundleSamples.Public(samples.First, "first")]);
        var signed = BundleSigner.Attach(_bundle, key, signature);
        Assert.NotNull(signed);
        Assert.Equal(BundleFault.BelowThreshold, samples.FaultOf(signed.Write(), samples.Context(root: root)));
        Assert.Null(samples.FaultOf(BundleSigner.Sign(signed, samples.First).Write(), samples.Context(root: root)));

        if (key.Algorithm is KeyAlgorithm.SshEd25519)
        {
            Assert.Null(TrustedKey.TryCreate("other", KeyAlgorithm.EcdsaP256, key.PublicKey));
            return;
        }

        // The kind of a signature stands in the key's record: the same bytes are none of a key of the other kind.
        var other = TrustedKey.TryCreate("other", key.Algorithm is KeyAlgorithm.EcdsaP256 ? KeyAlgorithm.SshEcdsaP256 : KeyAlgorithm.EcdsaP256, key.PublicKey)!;
        var confused = samples.Root(1, [other]);
        Assert.Equal(BundleFault.BadSignature, samples.FaultOf(signed.Write(), samples.Context(root: confused)));
    }

    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program}: {error}");
    }
}
