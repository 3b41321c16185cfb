using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using SecretsFirewall.Model;
using SecretsFirewall.Vault;

namespace SecretsFirewall.Tests.Vault;

public sealed class RotationTests : IDisposable
{
    private static readonly SecretName Github = SecretName.Create("github");
    private static readonly TimeSpan Month = TimeSpan.FromDays(30);

    private readonly VaultInMemory _store = new();
    private readonly FakeTime _time = new();
    private readonly MasterKey _masterKey = MasterKey.Create(RandomNumberGenerator.GetBytes(MasterKey.Length));
    private readonly SecretVault _vault;
    private readonly byte[] _first = RandomValue();

    public RotationTests()
    {
        _vault = Open()!;
        Assert.Equal(VaultError.None, _vault.Add(Github, _first, weak: false));
    }

    public void Dispose()
    {
        _vault.Dispose();
        _masterKey.Dispose();
    }

    [Fact]
    public void Rotate_NewValue_IsInUseAtOnceAndTheOldOneStillFound()
    {
        var changes = 0;
        _vault.Changed += () => changes++;
        var second = RandomValue();

        Assert.Equal(VaultError.None, _vault.Rotate(Github, second, weak: false, Month));

        Assert.Equal(second, Reveal());
        Assert.True(_vault.IsCurrent(Github, second));
        Assert.False(_vault.IsCurrent(Github, _first));
        Assert.Equal([second, _first], Values(_vault));
        Assert.Equal(1, changes);
        var summary = Assert.Single(_vault.List());
        Assert.Equal(2, summary.Version);
        Assert.Equal(new OldValueSummary(1, _time.GetUtcNow(), _time.GetUtcNow(), _time.GetUtcNow() + Month), Assert.Single(summary.OldValues));
    }

    [Fact]
    public void OldValue_AfterItsTime_IsInNoAnswerBeforeAnybodyForgotIt()
    {
        var second = RandomValue();
        _vault.Rotate(Github, second, weak: false, Month);

        _time.Advance(Month - TimeSpan.FromSeconds(1));
        Assert.Equal([second, _first], Values(_vault));
        Assert.Equal(_time.GetUtcNow().AddSeconds(1), _vault.NextExpiry);

        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal([second], Values(_vault));
        Assert.Empty(_vault.List().Single().OldValues);
        Assert.Null(_vault.NextExpiry);
        Assert.Single(_store.OldValues);

        _vault.ForgetExpired();
        Assert.Empty(_store.OldValues);
    }

    [Fact]
    public void Open_Again_HasOldValuesAndForgetsThoseThatExpiredMeanwhile()
    {
        var second = RandomValue();
        _vault.Rotate(Github, second, weak: false, Month);
        _time.Advance(TimeSpan.FromDays(1));
        var third = RandomValue();
        _vault.Rotate(Github, third, weak: false, Month);
        using (var again = Open()!)
        {
            Assert.Equal([third, second, _first], Values(again));
        }

        _time.Advance(Month - TimeSpan.FromHours(12));
        using var later = Open()!;
        Assert.Equal([third, second], Values(later));
        Assert.Equal(2, Assert.Single(_store.OldValues).Version);
    }

    [Fact]
    public void Rotate_KeptForNoTime_ForgetsTheOldValueAtOnce()
    {
        var second = RandomValue();

        Assert.Equal(VaultError.None, _vault.Rotate(Github, second, weak: false, TimeSpan.Zero));

        Assert.Equal([second], Values(_vault));
        Assert.Empty(_store.OldValues);
    }

    [Fact]
    public void Rotate_BackToAnOldValue_IsInUseAndNoLongerOld()
    {
        var second = RandomValue();
        _vault.Rotate(Github, second, weak: false, Month);

        Assert.Equal(VaultError.None, _vault.Rotate(Github, _first, weak: false, Month));

        Assert.Equal([_first, second], Values(_vault));
        Assert.Equal(3, _vault.VersionOf(Github));
    }

    [Fact]
    public void Rotate_SameValue_IsRefused() => Assert.Equal(VaultError.SameValue, _vault.Rotate(Github, _first, weak: false, Month));

    [Fact]
    public void Rotate_UnknownName_IsRefused() =>
        Assert.Equal(VaultError.NotFound, _vault.Rotate(SecretName.Create("other"), RandomValue(), weak: false, Month));

    [Fact]
    public void Rotate_ValueThatCanBeGuessed_IsRefusedUnlessWeak()
    {
        Assert.Equal(VaultError.TooWeak, _vault.Rotate(Github, "password1"u8, weak: false, Month));
        Assert.Equal(VaultError.None, _vault.Rotate(Github, "password1"u8, weak: true, Month));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(3651)]
    public void Rotate_KeptForNoSensibleTime_IsRefused(int days) =>
        Assert.Equal(VaultError.KeepForInvalid, _vault.Rotate(Github, RandomValue(), weak: false, TimeSpan.FromDays(days)));

    [Fact]
    public void Rotate_ValueThatABindingCannotCarry_IsRefused()
    {
        _vault.Bind(new SecretBinding("", Github, null, "api.example", 443, [], null, BindingPlace.Header, "Authorization", "Bearer {}", 1));

        Assert.Equal(VaultError.ValueNotRepresentable, _vault.Rotate(Github, [.. RandomValue(), (byte)'\n', .. RandomValue()], weak: false, Month));
        Assert.Single(_vault.BindingsFor("api.example", 443));
    }

    [Fact]
    public void Rotate_TooOften_IsRefusedUntilOldValuesAreForgotten()
    {
        for (var i = 0; i < SecretVault.MostOldValues; i++)
        {
            Assert.Equal(VaultError.None, _vault.Rotate(Github, RandomValue(), weak: false, Month));
        }

        Assert.Equal(VaultError.TooManyOldValues, _vault.Rotate(Github, RandomValue(), weak: false, Month));
        Assert.Equal(VaultError.None, _vault.ForgetOld(Github));
        Assert.Equal(VaultError.None, _vault.Rotate(Github, RandomValue(), weak: false, Month));
        Assert.Equal(2, Values(_vault).Count);
    }

    [Fact]
    public void Rotate_StoreFails_IsRefusedAndTheOldValueStaysInUse()
    {
        _store.Fails = true;

        Assert.Equal(VaultError.StoreUnavailable, _vault.Rotate(Github, RandomValue(), weak: false, Month));
        Assert.Equal([_first], Values(_vault));
    }

    [Fact]
    public void ForgetOld_UnknownNameOrFailingStore_IsRefused()
    {
        Assert.Equal(VaultError.NotFound, _vault.ForgetOld(SecretName.Create("other")));
        _store.Fails = true;
        Assert.Equal(VaultError.StoreUnavailable, _vault.ForgetOld(Github));
    }

    [Fact]
    public void Remove_Rotated_TakesItsOldValuesAlong()
    {
        _vault.Rotate(Github, RandomValue(), weak: false, Month);

        Assert.Equal(VaultError.None, _vault.Remove(Github));

        Assert.Empty(Values(_vault));
        Assert.Null(_vault.NextExpiry);
    }

    [Fact]
    public void Open_OldValuePutBackIntoUse_IsNoticed()
    {
        _vault.Rotate(Github, RandomValue(), weak: false, Month);
        var old = Assert.Single(_store.OldValues);
        _store.Secrets[Github] = _store.Secrets[Github] with { Version = old.Version, Sealed = old.Sealed };

        AssertDamaged();
    }

    [Fact]
    public void Open_OldValueWithAnotherEnd_IsNoticed()
    {
        _vault.Rotate(Github, RandomValue(), weak: false, Month);
        _store.OldValues[0] = _store.OldValues[0] with { ExpiresAt = _store.OldValues[0].ExpiresAt.AddDays(-1) };

        AssertDamaged();
    }

    [Fact]
    public void Canary_Added_IsNeitherBoundNorRotatedNorReplaced()
    {
        var name = SecretName.Create("honey");
        Assert.Equal(VaultError.None, _vault.AddCanary(name, RandomValue(), kills: true));

        Assert.Equal(SecretUse.KillingCanary, _vault.UseOf(name));
        Assert.Equal(VaultError.IsCanary, _vault.Bind(new SecretBinding("", name, null, "api.example", 443, [], null, BindingPlace.Header, "Authorization", "{}", 1)));
        Assert.Equal(VaultError.IsCanary, _vault.Rotate(name, RandomValue(), weak: false, Month));
        Assert.Equal(VaultError.IsCanary, _vault.Replace(name, RandomValue(), weak: false));
        Assert.Equal(VaultError.NameTaken, _vault.AddCanary(Github, RandomValue(), kills: false));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Open_CanaryMadeASecretFromOutside_IsNoticed(bool kills)
    {
        var name = SecretName.Create("honey");
        _vault.AddCanary(name, RandomValue(), kills);
        _store.Secrets[name] = _store.Secrets[name] with { Use = SecretUse.Secret };

        AssertDamaged();
    }

    private static byte[] RandomValue() => Encoding.ASCII.GetBytes(RandomNumberGenerator.GetString("ABCDEFGHIJKLMNOPabcdefghijklmnop0123456789", 40));

    private static List<byte[]> Values(SecretVault vault)
    {
        var values = new List<byte[]>();
        vault.ForEach((name, _, value) =>
        {
            Assert.Equal(Github, name);
            values.Add(value.ToArray());
        });
        return values;
    }

    private byte[] Reveal()
    {
        var into = new ArrayBufferWriter<byte>();
        Assert.True(_vault.TryReveal(Github, into));
        return into.WrittenSpan.ToArray();
    }

    private SecretVault? Open() => SecretVault.Open(_store, _masterKey, _time, NullLogger.Instance, out _);

    private void AssertDamaged()
    {
        Assert.Null(SecretVault.Open(_store, _masterKey, _time, NullLogger.Instance, out var error));
        Assert.Equal(VaultError.Damaged, error);
    }
}
