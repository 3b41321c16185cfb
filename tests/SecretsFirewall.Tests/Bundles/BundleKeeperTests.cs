using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using SecretsFirewall.Bundles;
using SecretsFirewall.Policy;
using SecretsFirewall.Policy.Bundles;
using SecretsFirewall.Storage;
using SecretsFirewall.Tests.Policy;
using SecretsFirewall.Tests.Policy.Bundles;

namespace SecretsFirewall.Tests.Bundles;

/// <summary>What a home remembers of bundles, on a real store, over restarts; and what is in force of it.</summary>
public sealed class BundleKeeperTests : IDisposable
{
    private readonly BundleSamples _samples = new();
    private readonly TempFolder _folder = new();
    private readonly FakeTime _time = new(BundleSamples.Now);
    private SqliteStore _store;
    private BundleKeeper _keeper;

    public BundleKeeperTests()
    {
        (_store, _keeper) = Open();
        ActivePolicy.WriteShipped(_folder["policies"], "default");
    }

    public void Dispose()
    {
        _store.Dispose();
        _samples.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Take_Bundle_IsInForceAlsoAfterARestart()
    {
        Trust();
        var policy = Active();
        Assert.Equal(PolicyTrust.Shipped, policy.Loaded.Trust);

        Assert.Null(policy.Take(_keeper, Bundle(7)));

        Assert.Equal(("team", 7, PolicyTrust.Signed), (policy.Current.Name, policy.Current.Revision, policy.Loaded.Trust));
        Assert.Equal("sha256:" + _keeper.InForce!.Sha256, policy.Current.Hash);
        Restart();
        Assert.Equal(("team", 7), (Active().Current.Name, Active().Current.Revision));
    }

    [Fact]
    public void Take_OlderVersion_IsRefusedAlsoAfterARestartAndTheOneBeforeStays()
    {
        Trust();
        Assert.Null(Active().Take(_keeper, Bundle(8)));
        Restart();
        var policy = Active();
        var refused = new List<BundleFault>();
        policy.Refused += refusal => refused.Add(refusal.Fault);

        Assert.Equal(BundleFault.Older, policy.Take(_keeper, Bundle(7))!.Fault);
        Assert.Equal(BundleFault.Tampered, policy.Take(_keeper, Bundle(8, "\"sets\": { \"a\": [\"b\"] }"))!.Fault);

        Assert.Equal([BundleFault.Older, BundleFault.Tampered], refused);
        Assert.Equal(8, policy.Current.Revision);
        Assert.Equal("degraded: tampered", policy.Health.ToString());
        Assert.Null(policy.Take(_keeper, Bundle(8)));
        Assert.Equal("ok", policy.Health.ToString());
    }

    [Fact]
    public void Take_TheOneInForce_ChangesNothing()
    {
        Trust();
        var policy = Active();
        policy.Take(_keeper, Bundle(7));
        var before = policy.Loaded;
        policy.Changed += () => Assert.Fail("Nothing changed.");

        Assert.Null(policy.Take(_keeper, Bundle(7)));
        Assert.Empty(policy.Reload());

        Assert.Same(before, policy.Loaded);
    }

    [Theory]
    [InlineData("\"rules\": [ { \"id\": \"r\", \"on\": \"request\", \"outcome\": \"allow\", \"match\": { \"hots\": { \"eq\": \"a\" } } } ]", "Unknown member 'hots'")]
    [InlineData("\"rules\": [ { \"id\": \"r\", \"on\": \"request\", \"outcome\": \"allow\", \"match\": { \"host\": { \"equals\": \"a\" } } } ]", "Unknown member 'equals'")]
    [InlineData("\"rules\": [ { \"id\": \"r\", \"on\": \"request\", \"outcome\": \"allow\", \"match\": { \"method\": { \"in_set\": \"none\" } } } ]", "none")]
    [InlineData("\"cases\": [ { \"name\": \"wrong\", \"facts\": { \"host\": \"a.example.com\" }, \"expect\": { \"outcome\": \"allow\" } } ]", "Case 'wrong'")]
    public void Take_PolicyThatDoesNotLoad_IsRefusedWithFileAndLine(string members, string message)
    {
        Trust();
        var policy = Active();
        policy.Take(_keeper, Bundle(7));

        var refusal = policy.Take(_keeper, Bundle(8, members));

        Assert.Equal(BundleFault.BadPolicy, refusal!.Fault);
        Assert.Contains(refusal.Errors, error => error.Path == "policy.json" && error.Line > 0 && error.Message.Contains(message, StringComparison.Ordinal));
        Assert.Equal((7, 7), (policy.Current.Revision, _keeper.InForce!.Version));
    }

    [Fact]
    public void Check_Bundle_ChangesNothing()
    {
        Trust();

        Assert.NotNull(_keeper.Check(Bundle(7), out _));

        Assert.Null(_keeper.InForce);
    }

    [Fact]
    public void Reload_EditedFolder_IsTakenUntilAKeyIsTrusted()
    {
        var folder = Path.Combine(_folder["policies"], "default");
        File.WriteAllText(Path.Combine(folder, "local.json"), """{ "schema": "policy/v1" }""");
        var policy = Active();
        Assert.Equal(PolicyTrust.Unsigned, policy.Loaded.Trust);

        Trust();

        Assert.NotEmpty(policy.Reload());
        Assert.Equal(PolicyTrust.Unsigned, policy.Loaded.Trust); // the last good one stays while it runs
        Assert.Equal("degraded: policy_refused", policy.Health.ToString());
        var restarted = Active();
        Assert.Same(PolicySnapshot.DenyAll, restarted.Current);
        Assert.Equal("refusing: policy_refused", restarted.Health.ToString());
        File.Delete(Path.Combine(folder, "local.json"));
        Assert.Empty(restarted.Reload());
        Assert.Equal(PolicyTrust.Shipped, restarted.Loaded.Trust);
    }

    [Fact]
    public void Take_LowerVersionWithAReset_IsInForceAndTheResetWorthNothingAfterwards()
    {
        Trust();
        var policy = Active();
        var (high, low) = (Bundle(2_000_000_000), Bundle(8));
        Assert.Null(policy.Take(_keeper, high));
        var payload = new VersionReset("team", _keeper.InForce!.Sha256, 8).Write(BundleSamples.Now.AddDays(1));
        var reset = BundleSamples.Sign(Envelope.Of(Envelope.ResetType, payload), _samples.RootKey).Write();

        Assert.Equal(BundleFault.Older, policy.Take(_keeper, low)!.Fault);
        Assert.Null(policy.Take(_keeper, low with { Reset = reset }));
        Restart();
        Assert.Equal(8, _keeper.InForce!.Version);
        Assert.Equal(BundleFault.OtherReset, Active().Take(_keeper, Bundle(9) with { Reset = reset })!.Fault);
        Assert.Equal(BundleFault.UntrustedKey, Active().Take(_keeper, low with { Reset = BundleSamples.Sign(Envelope.Of(Envelope.ResetType, payload), _samples.First).Write() })!.Fault);
    }

    [Fact]
    public void Take_BundleWithoutATrustedKey_IsRefused() => Assert.Equal(BundleFault.NoTrustedKeys, Active().Take(_keeper, Bundle(7))!.Fault);

    [Fact]
    public void EndExpired_BundleBeyondItsGrace_RefusesEverything()
    {
        Trust();
        var policy = Active();
        policy.Take(_keeper, Bundle(7));

        _time.Advance(TimeSpan.FromDays(30) + TimeSpan.FromMinutes(1));
        policy.EndExpired();
        Assert.Equal(7, policy.Current.Revision);
        Assert.Equal("degraded: expired", policy.Health.ToString());
        Restart();
        Assert.Equal(7, Active().Current.Revision);

        _time.Advance(TimeSpan.FromHours(24));
        policy.EndExpired();
        Assert.Same(PolicySnapshot.DenyAll, policy.Current);
        Assert.False(policy.Health.Serves);
        Restart();
        Assert.Same(PolicySnapshot.DenyAll, Active().Current);
    }

    [Fact]
    public void TakeRoot_KeyTakenAway_SignsNothingNewAndWhatIsInForceStays()
    {
        Trust();
        Active().Take(_keeper, Bundle(7));
        Assert.Null(_keeper.TakeRoot(_samples.RootFile(1, 2, [BundleSamples.Public(_samples.Second, "second")])));
        Restart();

        Assert.Equal(7, Active().Current.Revision);
        Assert.Equal(BundleFault.UntrustedKey, Active().Take(_keeper, Bundle(8))!.Fault);
        Assert.Equal(BundleFault.Older, _keeper.TakeRoot(_samples.RootFile())!.Fault);
    }

    [Fact]
    public void Accept_StoreThatCannotWrite_TakesNothing()
    {
        Trust();
        var policy = Active();
        var keeper = BundleKeeper.Open(new StoreThatOnlyReads(_samples.RootFile()), new BundleOptions(), BundleSamples.Engine, _time)!;

        Assert.Equal(BundleFault.Unavailable, policy.Take(keeper, Bundle(7))!.Fault);

        Assert.Equal(PolicyTrust.Shipped, policy.Loaded.Trust);
        Assert.Null(keeper.InForce);
    }

    private void Trust() => Assert.Null(_keeper.TakeRoot(_samples.RootFile()));

    private BundleOffer Bundle(int version, string members = "") =>
        new(_samples.Signed(BundleSamples.Manifest with { Version = version }, new PolicyFile("policy.json", Encoding.UTF8.GetBytes(PolicyText.Frame(members)))));

    private ActivePolicy Active() => ActivePolicy.Open(_folder["policies"], "default", NullLogger.Instance, bundles: _keeper);

    private void Restart()
    {
        _store.Dispose();
        (_store, _keeper) = Open();
    }

    private (SqliteStore Store, BundleKeeper Keeper) Open()
    {
        var store = SqliteStore.Open(_folder["firewall.db"], NullLogger.Instance, out _)!;
        return (store, BundleKeeper.Open(store.Bundles, new BundleOptions(), BundleSamples.Engine, _time)!);
    }

    private sealed class StoreThatOnlyReads(byte[] root) : IBundleStore
    {
        public IReadOnlyList<StoredDocument> LoadBundles() => [];

        public StoredDocument LoadRoot(out bool done)
        {
            done = true;
            var read = TrustRoot.Read(root, out _)!;
            return new StoredDocument(new AcceptedVersion("", read.Version, read.Sha256, read.IssuedAt, read.IssuedAt, true), root);
        }

        public bool SaveBundle(StoredDocument bundle) => false;

        public bool SaveRoot(StoredDocument stored) => false;
    }
}
