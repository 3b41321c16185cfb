using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using SecretsFirewall.Bundles;
using SecretsFirewall.Enforcement;
using SecretsFirewall.Model;
using SecretsFirewall.Tests.Inspection;
using SecretsFirewall.Tests.Policy;
using SecretsFirewall.Tests.Vault;
using SecretsFirewall.Vault;

namespace SecretsFirewall.Tests.Enforcement;

public sealed class DetectionRegistryTests : IDisposable
{
    private static readonly SecretName Github = SecretName.Create("github");

    private readonly FakeTime _time = new();
    private readonly TempFolder _folder = new();
    private readonly SecretVault _vault;
    private readonly DetectionRegistry _detection;
    private readonly byte[] _old = RandomValue();
    private readonly byte[] _new = RandomValue();

    public DetectionRegistryTests()
    {
        using var key = MasterKey.Create(RandomNumberGenerator.GetBytes(MasterKey.Length));
        _vault = SecretVault.Open(new VaultInMemory(), key, _time, NullLogger.Instance, out _)!;
        Directory.CreateDirectory(_folder["test"]);
        File.WriteAllText(_folder["test/policy.json"], PolicyText.Frame("\"detection\": { \"off\": [\"*\"] }"));
        _detection = new DetectionRegistry(_vault, new byte[32], ActivePolicy.Open(_folder.Path, "test", NullLogger<ActivePolicy>.Instance), _time);
        Assert.Equal(VaultError.None, _vault.Add(Github, _old, weak: false));
    }

    public void Dispose()
    {
        _detection.Dispose();
        _vault.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Rotated_OldAndNewValue_AreFoundUnderOneName()
    {
        _vault.Rotate(Github, _new, weak: false, TimeSpan.FromDays(30));

        Assert.Equal((FindingKind.Registered, Github), Only(_old));
        Assert.Equal((FindingKind.Registered, Github), Only(_new));
    }

    [Fact]
    public void OldValue_WhenItsTimeIsOver_IsNoLongerLookedFor()
    {
        _vault.Rotate(Github, _new, weak: false, TimeSpan.FromDays(30));
        var exchangeUnderWay = _detection.Current;

        Advance(TimeSpan.FromDays(30) - TimeSpan.FromHours(1));
        Assert.NotEmpty(_detection.Current.Find(_old));

        Advance(TimeSpan.FromHours(1));
        Assert.Empty(_detection.Current.Find(_old));
        Assert.NotEmpty(_detection.Current.Find(_new));
        Assert.NotEmpty(exchangeUnderWay.Find(_old));
    }

    [Fact]
    public void SecondOldValue_AfterTheFirstHasExpired_ExpiresToo()
    {
        _vault.Rotate(Github, _new, weak: false, TimeSpan.FromHours(2));
        _vault.Rotate(Github, RandomValue(), weak: false, TimeSpan.FromHours(5));

        Advance(TimeSpan.FromHours(2));
        Assert.Empty(_detection.Current.Find(_old));
        Assert.NotEmpty(_detection.Current.Find(_new));

        Advance(TimeSpan.FromHours(3));
        Assert.Empty(_detection.Current.Find(_new));
    }

    [Fact]
    public void Canary_WhereverItStands_IsFoundAsOneAndBeatsWhatOverlaps()
    {
        var honey = SecretName.Create("honey");
        var canary = RandomValue();
        _vault.AddCanary(honey, canary, kills: false);
        _vault.Add(SecretName.Create("longer"), [.. "around:"u8, .. canary, .. ":around"u8], weak: false);

        Assert.Equal((FindingKind.Canary, honey), Only(canary));
        Assert.Equal((FindingKind.Canary, honey), Only(Encoding.ASCII.GetBytes(Convert.ToHexString(canary))));
        Assert.Equal((FindingKind.Canary, honey), Only([.. "around:"u8, .. canary, .. ":around"u8]));
    }

    [Fact]
    public void CanaryUnderAPlanThatMasksEverything_Blocks() => Assert.Equal(FindingAction.Block, Bodies.Masking.For(FindingKind.Canary, "canary", Github));

    private static byte[] RandomValue() => Encoding.ASCII.GetBytes(RandomNumberGenerator.GetString("ABCDEFGHIJKLMNOPabcdefghijklmnop0123456789", 40));

    // A timer looks again at least every hour; this clock fires each timer once for every step.
    private void Advance(TimeSpan by)
    {
        for (var hour = TimeSpan.Zero; hour < by; hour += TimeSpan.FromHours(1))
        {
            _time.Advance(TimeSpan.FromHours(1));
        }
    }

    private (FindingKind Kind, SecretName Name) Only(byte[] text)
    {
        var found = Assert.Single(_detection.Current.Find(text));
        return (found.Kind, found.Name);
    }
}
