using System.Security.Cryptography;
using System.Text;
using SecretsFirewall.Policy;
using SecretsFirewall.Policy.Bundles;

namespace SecretsFirewall.Tests.Policy.Bundles;

public sealed class BundleVerifierTests : IDisposable
{
    private readonly BundleSamples _samples = new();

    public void Dispose() => _samples.Dispose();

    [Fact]
    public void Verify_SignedAsItShouldBe_IsTakenWithItsFiles()
    {
        var bundle = BundleVerifier.Verify(_samples.Signed(), _samples.Context(), out var refusal);

        Assert.Null(refusal);
        Assert.Equal(("team", 7), (bundle!.Identity.Name, bundle.Identity.Revision));
        Assert.Equal("sha256:" + bundle.Sha256, bundle.Identity.Hash);
        Assert.True(bundle.Files[0].Content.Span.SequenceEqual(BundleSamples.Files[0].Content.Span));
    }

    [Fact]
    public void Verify_NoTrustedKey_IsRefused() =>
        Assert.Equal(BundleFault.NoTrustedKeys, _samples.FaultOf(_samples.Signed(), _samples.Context() with { Root = null }));

    [Fact]
    public void Verify_Unsigned_IsRefused() => Assert.Equal(BundleFault.Unsigned, _samples.FaultOf(BundleSamples.Build().Write()));

    [Fact]
    public void Verify_UntrustedKey_IsRefusedAlsoBesideATrustedOne()
    {
        Assert.Equal(BundleFault.UntrustedKey, _samples.FaultOf(BundleSamples.Sign(BundleSamples.Build(), _samples.Stranger).Write()));
        Assert.Equal(BundleFault.UntrustedKey, _samples.FaultOf(BundleSamples.Sign(BundleSamples.Build(), _samples.First, _samples.Stranger).Write()));
    }

    [Fact]
    public void Verify_WrongKeyUnderATrustedId_IsRefused()
    {
        var forged = BundleSamples.Sign(BundleSamples.Build(), _samples.Stranger).Signatures[0];
        var envelope = BundleSamples.Build().With(forged with { KeyId = BundleSamples.Public(_samples.First, "first").Id });

        Assert.Equal(BundleFault.BadSignature, _samples.FaultOf(envelope.Write()));
    }

    [Fact]
    public void Verify_SignatureOfAnotherBundle_IsRefused()
    {
        var other = BundleSamples.Sign(BundleSamples.Build(BundleSamples.Manifest with { Version = 8 }), _samples.First).Signatures[0];

        Assert.Equal(BundleFault.BadSignature, _samples.FaultOf(BundleSamples.Build().With(other).Write()));
    }

    [Fact]
    public void Verify_SignatureOverTheSamePayloadAsARoot_IsRefused()
    {
        var payload = BundleSamples.Build().Payload;
        var asRoot = BundleSamples.Sign(Envelope.Of(Envelope.RootType, payload), _samples.First);

        Assert.Equal(BundleFault.Malformed, _samples.FaultOf(asRoot.Write()));
        Assert.Equal(BundleFault.BadSignature, _samples.FaultOf(Envelope.Of(Envelope.BundleType, payload).With(asRoot.Signatures[0]).Write()));
    }

    [Fact]
    public void Verify_KeyThatHasExpired_IsRefused()
    {
        var root = _samples.Root(1, [BundleSamples.Public(_samples.First, "first", BundleSamples.Now)]);

        Assert.Equal(BundleFault.KeyExpired, _samples.FaultOf(_samples.Signed(), _samples.Context(root: root)));
    }

    [Fact]
    public void Verify_RootKeyAlone_SignsNoPolicy()
    {
        using var root = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var payload = TrustRoot.Write(
            1, BundleSamples.Now, new TrustRole("root", 1, [BundleSamples.Public(root, "root")]), new TrustRole("policy", 1, [BundleSamples.Public(_samples.First, "first")]));
        var trusted = TrustRoot.Read(BundleSamples.Sign(Envelope.Of(Envelope.RootType, payload), root).Write(), out _);

        Assert.Equal(BundleFault.UntrustedKey, _samples.FaultOf(BundleSamples.Sign(BundleSamples.Build(), root).Write(), _samples.Context(root: trusted)));
    }

    [Fact]
    public void Verify_Threshold_CountsUniqueKeys()
    {
        var context = _samples.Context(root: _samples.Root(threshold: 2));
        var one = BundleSamples.Sign(BundleSamples.Build(), _samples.First);

        Assert.Equal(BundleFault.BelowThreshold, _samples.FaultOf(one.Write(), context));
        Assert.Null(_samples.FaultOf(BundleSamples.Sign(one, _samples.Second).Write(), context));
    }

    [Fact]
    public void Verify_OneKeyTwice_IsRefused()
    {
        var context = _samples.Context(root: _samples.Root(threshold: 2));
        var text = Encoding.UTF8.GetString(_samples.Signed());
        var start = text.IndexOf("{\"keyid\"", StringComparison.Ordinal);
        var signature = text[start..(text.IndexOf('}', start) + 1)];
        var again = BundleSamples.Sign(BundleSamples.Build(), _samples.First).Signatures[0]; // another signature of the same key
        var second = $"{{\"keyid\":\"{again.KeyId}\",\"sig\":\"{Convert.ToBase64String(again.Bytes)}\"}}";

        Assert.Equal(BundleFault.DuplicateSignature, _samples.FaultOf(Encoding.UTF8.GetBytes(text.Replace(signature, signature + "," + signature, StringComparison.Ordinal)), context));
        Assert.Equal(BundleFault.DuplicateSignature, _samples.FaultOf(Encoding.UTF8.GetBytes(text.Replace(signature, signature + "," + second, StringComparison.Ordinal)), context));
    }

    [Theory]
    [InlineData(-6, 30, null, BundleFault.NotYetValid)] // issued in the future
    [InlineData(60, 30, 10, BundleFault.NotYetValid)]
    [InlineData(60, 0, null, BundleFault.Expired)]
    [InlineData(-4, 30, null, null)] // clocks differ a little
    [InlineData(60, 1, 0, null)]
    public void Verify_Time_IsHeldAgainstTheClock(int issuedMinutesAgo, int daysLeft, int? beginsInMinutes, object? expected)
    {
        var manifest = BundleSamples.Manifest with
        {
            IssuedAt = BundleSamples.Now.AddMinutes(-issuedMinutesAgo),
            ExpiresAt = BundleSamples.Now.AddDays(daysLeft),
            NotBefore = beginsInMinutes is { } minutes ? BundleSamples.Now.AddMinutes(minutes) : null,
        };

        Assert.Equal((BundleFault?)expected, _samples.FaultOf(_samples.Signed(manifest)));
    }

    [Fact]
    public void Verify_AgainstWhatWasAccepted_NeverGoesBack()
    {
        var file = _samples.Signed();
        var sha256 = Envelope.Read(file, Envelope.BundleType, out _)!.Sha256;
        var accepted = new AcceptedVersion("team", 7, sha256, BundleSamples.Now, BundleSamples.Now, true);

        Assert.True(BundleVerifier.Verify(file, _samples.Context(accepted), out _)!.IsAccepted);
        Assert.Equal(BundleFault.Older, _samples.FaultOf(file, _samples.Context(accepted with { Version = 8, Sha256 = new string('a', 64) })));
        Assert.Equal(BundleFault.Tampered, _samples.FaultOf(file, _samples.Context(accepted with { Sha256 = new string('a', 64) })));
        Assert.Null(_samples.FaultOf(file, _samples.Context(accepted with { Name = "other", Version = 9 })));
    }

    [Fact]
    public void Verify_SameContentWithAnotherSignature_IsTheSameBundle()
    {
        var build = BundleSamples.Build();
        var accepted = new AcceptedVersion("team", 7, build.Sha256, BundleSamples.Now, BundleSamples.Now, true);

        var bundle = BundleVerifier.Verify(BundleSamples.Sign(build, _samples.Second).Write(), _samples.Context(accepted), out _);

        Assert.True(bundle!.IsAccepted);
    }

    [Fact]
    public void Verify_FollowsAnotherContentThanWasAccepted_IsRefused()
    {
        var accepted = new AcceptedVersion("team", 6, new string('a', 64), BundleSamples.Now, BundleSamples.Now, true);

        Assert.Equal(BundleFault.Tampered, _samples.FaultOf(_samples.Signed(BundleSamples.Manifest with { PreviousSha256 = new string('b', 64) }), _samples.Context(accepted)));
        Assert.Null(_samples.FaultOf(_samples.Signed(BundleSamples.Manifest with { PreviousSha256 = new string('a', 64) }), _samples.Context(accepted)));
    }

    [Fact]
    public void Verify_ClockBeforeTheLastAcceptedBundle_IsRefused()
    {
        var accepted = new AcceptedVersion("team", 6, new string('a', 64), BundleSamples.Now.AddHours(1), BundleSamples.Now.AddHours(1), true);

        Assert.Equal(BundleFault.ClockWentBack, _samples.FaultOf(_samples.Signed(), _samples.Context(accepted)));
    }

    [Fact]
    public void Verify_OtherAudienceOrNewerEngine_IsRefused()
    {
        Assert.Equal(BundleFault.WrongAudience, _samples.FaultOf(_samples.Signed(BundleSamples.Manifest with { Audience = ["fleet-a", "fleet-b"] })));
        Assert.Null(_samples.FaultOf(_samples.Signed(BundleSamples.Manifest with { Audience = ["fleet-a", "default"] })));
        Assert.Equal(BundleFault.EngineTooOld, _samples.FaultOf(_samples.Signed(BundleSamples.Manifest with { MinEngine = "0.2.0" })));
    }

    /// <summary>Payloads that no builder makes, signed by a trusted key all the same.</summary>
    [Theory]
    [InlineData("\"policy.json\": ", "\"../policy.json\": ", BundleFault.BadPath)]
    [InlineData("\"policy.json\": ", "\"/etc/policy.json\": ", BundleFault.BadPath)]
    [InlineData("\"policy.json\": ", "\"C:policy.json\": ", BundleFault.BadPath)]
    [InlineData("\"policy.json\": ", "\"rules\\\\policy.json\": ", BundleFault.BadPath)]
    [InlineData("\"policy.json\": ", "\"rules/../policy.json\": ", BundleFault.BadPath)]
    [InlineData("\"policy.json\": ", "\"rules/rules/policy.json\": ", BundleFault.BadPath)]
    [InlineData("\"policy.json\": ", "\"policy.json\\u0000\": ", BundleFault.BadPath)]
    [InlineData("\"policy.json\": ", "\".json\": ", BundleFault.BadPath)]
    [InlineData("\"policy.json\": ", "\"Policy.json\": \"\", \"policy.json\": ", BundleFault.BadPath)]
    [InlineData("\"policy.json\": ", "\"policy.json\": \"\", \"policy.json\": ", BundleFault.Malformed)]
    [InlineData("\"policy.json\": ", "\"more.json\": \"\", \"policy.json\": ", BundleFault.FileListMismatch)]
    [InlineData("\"policy.json\": ", "\"other.json\": ", BundleFault.FileListMismatch)]
    [InlineData("No rule.", "No ruel.", BundleFault.FileListMismatch)]
    [InlineData("\"size\": ", "\"size\": 1", BundleFault.FileListMismatch)]
    [InlineData("\"min_engine\"", "\"min_engin\"", BundleFault.Malformed)]
    [InlineData("\"version\": 7", "\"version\": 7, \"version\": 8", BundleFault.Malformed)]
    [InlineData("\"version\": 7", "\"version\": 0", BundleFault.Malformed)]
    [InlineData("\"version\": 7", "\"version\": \"7\"", BundleFault.Malformed)]
    [InlineData("\"policy-bundle/v1\"", "\"policy-bundle/v2\"", BundleFault.Malformed)]
    [InlineData("\"name\": \"team\"", "\"name\": \"../team\"", BundleFault.Malformed)]
    [InlineData("\"expires_at\": \"2026", "\"expires_at\": \"9999", BundleFault.Malformed)]
    [InlineData("\"issued_at\": \"2026", "\"issued_at\": \"0001", BundleFault.Malformed)]
    public void Verify_PayloadThatIsWrong_IsRefused(string from, string to, object expected)
    {
        var text = Encoding.UTF8.GetString(BundleSamples.Build().Payload);
        Assert.Contains(from, text, StringComparison.Ordinal);
        var at = text.IndexOf(from, StringComparison.Ordinal);
        var changed = text[..at] + to + text[(at + from.Length)..];

        var file = BundleSamples.Sign(Envelope.Of(Envelope.BundleType, Encoding.UTF8.GetBytes(changed)), _samples.First).Write();

        Assert.Equal((BundleFault)expected, _samples.FaultOf(file));
    }

    [Fact]
    public void Verify_UnknownMember_IsToldWithItsLine()
    {
        var text = Encoding.UTF8.GetString(BundleSamples.Build().Payload).Replace("\"audience\"", "\"audiense\"", StringComparison.Ordinal);
        var file = BundleSamples.Sign(Envelope.Of(Envelope.BundleType, Encoding.UTF8.GetBytes(text)), _samples.First).Write();

        BundleVerifier.Verify(file, _samples.Context(), out var refusal);

        Assert.Contains(refusal!.Errors, error => error.Line == 5 && error.Message.Contains("audiense", StringComparison.Ordinal));
    }

    [Fact]
    public void Verify_Limits_AreKept()
    {
        Assert.Equal(BundleFault.TooLarge, _samples.FaultOf(new byte[Envelope.MaxBytes + 1]));
        var many = Enumerable.Range(0, 201).Select(i => new PolicyFile($"f{i}.json", "{}"u8.ToArray())).ToArray();
        Assert.Null(BundleBuilder.Build(BundleSamples.Manifest, many, out var refusal));
        Assert.Equal(BundleFault.TooLarge, refusal!.Fault);
    }

    [Fact]
    public void Build_SameFilesAndManifest_GiveTheSameBytes() => Assert.Equal(BundleSamples.Build().Payload, BundleSamples.Build().Payload);

    [Fact]
    public void Reopen_AnotherBundleThanWasAccepted_IsRefused()
    {
        var accepted = new AcceptedVersion("team", 7, BundleSamples.Build().Sha256, BundleSamples.Now, BundleSamples.Now, true);

        Assert.NotNull(BundleVerifier.Reopen(_samples.Signed(), accepted, out _));
        Assert.Null(BundleVerifier.Reopen(_samples.Signed(BundleSamples.Manifest with { Version = 8 }), accepted, out var refusal));
        Assert.Equal(BundleFault.Tampered, refusal!.Fault);
    }
}
