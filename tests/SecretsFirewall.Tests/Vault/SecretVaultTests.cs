using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using SecretsFirewall.Model;
using SecretsFirewall.Vault;

namespace SecretsFirewall.Tests.Vault;

public sealed class SecretVaultTests : IDisposable
{
    private static readonly SecretName Github = SecretName.Create("github");
    private static readonly SecretName Slack = SecretName.Create("slack");

    private readonly VaultInMemory _store = new();
    private readonly FakeTime _time = new();
    private readonly MasterKey _masterKey = MasterKey.Create(RandomNumberGenerator.GetBytes(MasterKey.Length));
    private readonly SecretVault _vault;
    private int _changes;

    public SecretVaultTests()
    {
        _vault = Open()!;
        _vault.Changed += () => _changes++;
    }

    public void Dispose()
    {
        _vault.Dispose();
        _masterKey.Dispose();
    }

    [Fact]
    public void Add_Value_CanBeRevealedAndIsSealedInTheStore()
    {
        var value = RandomValue();

        Assert.Equal(VaultError.None, _vault.Add(Github, value, weak: false));

        Assert.True(_vault.Exists(Github));
        Assert.Equal(value, Reveal(_vault, Github));
        Assert.Equal(-1, _store.Secrets[Github].Sealed.AsSpan().IndexOf(value));
        Assert.Equal(1, _changes);
    }

    [Fact]
    public void Open_Again_HasSecretsAndBindings()
    {
        var value = RandomValue();
        _vault.Add(Github, value, weak: false);
        _vault.Bind(Binding());

        using var again = Open()!;

        Assert.Equal(value, Reveal(again, Github));
        Assert.Equal(_vault.BindingsFor("api.example", 443), again.BindingsFor("api.example", 443));
    }

    [Fact]
    public void Open_WrongMasterKey_IsRefused()
    {
        _vault.Add(Github, RandomValue(), weak: false);
        using var other = MasterKey.Create(RandomNumberGenerator.GetBytes(MasterKey.Length));

        Assert.Null(SecretVault.Open(_store, other, _time, NullLogger.Instance, out var error));
        Assert.Equal(VaultError.MasterKeyWrong, error);
    }

    [Fact]
    public void Open_StoreFails_IsRefused()
    {
        _store.Fails = true;

        Assert.Null(SecretVault.Open(_store, _masterKey, _time, NullLogger.Instance, out var error));
        Assert.Equal(VaultError.StoreUnavailable, error);
    }

    [Fact]
    public void Open_RowsSwapped_IsNoticed()
    {
        _vault.Add(Github, RandomValue(), weak: false);
        _vault.Add(Slack, RandomValue(), weak: false);
        (_store.Secrets[Github], _store.Secrets[Slack]) =
            (_store.Secrets[Github] with { Sealed = _store.Secrets[Slack].Sealed }, _store.Secrets[Slack] with { Sealed = _store.Secrets[Github].Sealed });

        AssertDamaged();
    }

    [Fact]
    public void Open_OlderValueUnderTheNewerVersion_IsNoticed()
    {
        _vault.Add(Github, RandomValue(), weak: false);
        var old = _store.Secrets[Github].Sealed;
        _vault.Replace(Github, RandomValue(), weak: false);
        _store.Secrets[Github] = _store.Secrets[Github] with { Sealed = old };

        AssertDamaged();
    }

    [Fact]
    public void Open_AnyByteOfARowChanged_IsNoticed()
    {
        _vault.Add(Github, RandomValue(), weak: false);
        var whole = _store.Secrets[Github];
        for (var i = 0; i < whole.Sealed.Length; i++)
        {
            var changed = (byte[])whole.Sealed.Clone();
            changed[i] ^= 1;
            _store.Secrets[Github] = whole with { Sealed = changed };
            AssertDamaged();
        }

        _store.Secrets[Github] = whole with { Sealed = whole.Sealed[..5] };
        AssertDamaged();
    }

    [Fact]
    public void Open_BindingWrittenPastTheVault_IsNoticed()
    {
        _vault.Add(Github, RandomValue(), weak: false);
        _vault.Bind(Binding());
        _store.Bindings[0] = _store.Bindings[0] with { Binding = _store.Bindings[0].Binding with { Host = "evil.example" } };

        AssertDamaged();
    }

    [Fact]
    public void Open_RowsWithoutTheirKey_IsRefused()
    {
        _vault.Add(Github, RandomValue(), weak: false);
        _store.DataKey = null;

        AssertDamaged();
        Assert.Null(_store.DataKey);
    }

    [Fact]
    public void Add_TakenName_IsRefused()
    {
        var value = RandomValue();
        _vault.Add(Github, value, weak: false);

        Assert.Equal(VaultError.NameTaken, _vault.Add(Github, RandomValue(), weak: false));
        Assert.Equal(value, Reveal(_vault, Github));
    }

    [Fact]
    public void Add_NameOfMasking_IsRefused() =>
        Assert.Equal(VaultError.NameReserved, _vault.Add(SecretName.Create("auto.rule.00"), RandomValue(), weak: false));

    [Fact]
    public void Add_NoName_IsRefused() => Assert.Equal(VaultError.NameInvalid, _vault.Add(default, RandomValue(), weak: false));

    [Fact]
    public void Add_SevenBytes_IsTooShort() => Assert.Equal(VaultError.TooShort, _vault.Add(Github, RandomNumberGenerator.GetBytes(7), weak: true));

    [Fact]
    public void Add_SixteenKibibytes_IsTakenAndOneMoreIsNot()
    {
        Assert.Equal(VaultError.None, _vault.Add(Github, RandomNumberGenerator.GetBytes(16 * 1024), weak: false));
        Assert.Equal(VaultError.TooLong, _vault.Add(Slack, RandomNumberGenerator.GetBytes((16 * 1024) + 1), weak: false));
    }

    [Fact]
    public void Add_WeakValue_IsRefusedUnlessAskedFor()
    {
        Assert.Equal(VaultError.TooWeak, _vault.Add(Github, "password1"u8, weak: false));
        Assert.Equal(VaultError.None, _vault.Add(Github, "password1"u8, weak: true));
        Assert.True(_vault.List()[0].Weak);
    }

    [Theory]
    [InlineData("SECRET_REF(github)")]
    [InlineData("Bearer SECRET_REF(other) and more text")]
    [InlineData("CRET_REF(g")]
    [InlineData("SECRET_R")]
    public void Add_ReferenceOrAPartOfItsOwn_IsRefusedEvenAsWeak(string value) =>
        Assert.Equal(VaultError.IsReference, _vault.Add(Github, Encoding.UTF8.GetBytes(value), weak: true));

    [Fact]
    public void Add_StoreFails_ChangesNothing()
    {
        _store.Fails = true;

        Assert.Equal(VaultError.StoreUnavailable, _vault.Add(Github, RandomValue(), weak: false));
        Assert.False(_vault.Exists(Github));
        Assert.Equal(0, _changes);
    }

    [Fact]
    public void AddAll_SomeRefused_TakesTheRestWithOneChange()
    {
        _vault.Add(Slack, RandomValue(), weak: false);
        var value = RandomValue();

        var answers = _vault.AddAll(
        [
            new NewSecret(Github, value, Weak: false),
            new NewSecret(Slack, RandomValue(), Weak: false),
            new NewSecret(Github, RandomValue(), Weak: false),
            new NewSecret(SecretName.Create("short"), new byte[3], Weak: false),
        ]);

        Assert.Equal([VaultError.None, VaultError.NameTaken, VaultError.NameTaken, VaultError.TooShort], answers);
        Assert.Equal(value, Reveal(_vault, Github));
        Assert.Equal((2, 2), (_vault.Count, _changes));
    }

    [Fact]
    public void AddAll_StoreFails_TakesNone()
    {
        _store.Fails = true;

        Assert.Equal([VaultError.StoreUnavailable], _vault.AddAll([new NewSecret(Github, RandomValue(), Weak: false)]));
        Assert.Equal(0, _vault.Count);
    }

    [Fact]
    public void Replace_Value_CountsTheVersionAndKeepsBindings()
    {
        _vault.Add(Github, RandomValue(), weak: false);
        _vault.Bind(Binding());
        _time.Advance(TimeSpan.FromHours(1));
        var value = RandomValue();

        Assert.Equal(VaultError.None, _vault.Replace(Github, value, weak: false));

        var summary = Assert.Single(_vault.List());
        Assert.Equal((2L, TimeSpan.FromHours(1), 1), (summary.Version, summary.ChangedAt - summary.CreatedAt, summary.Bindings.Count));
        Assert.Equal(value, Reveal(_vault, Github));
    }

    [Fact]
    public void Replace_ValueThatABindingCannotCarry_IsRefused()
    {
        _vault.Add(Github, RandomValue(), weak: false);
        _vault.Bind(Binding());

        Assert.Equal(VaultError.ValueNotRepresentable, _vault.Replace(Github, [.. RandomValue(), (byte)'\n', .. RandomValue()], weak: false));
    }

    [Fact]
    public void Replace_Unknown_IsRefused() => Assert.Equal(VaultError.NotFound, _vault.Replace(Github, RandomValue(), weak: false));

    [Fact]
    public void Remove_Secret_TakesItsBindingsAlong()
    {
        _vault.Add(Github, RandomValue(), weak: false);
        _vault.Bind(Binding());

        Assert.Equal(VaultError.None, _vault.Remove(Github));

        Assert.False(_vault.Exists(Github));
        Assert.Empty(_vault.BindingsFor("api.example", 443));
        Assert.Empty(_store.Bindings);
        Assert.Equal(VaultError.NotFound, _vault.Remove(Github));
    }

    [Fact]
    public void Bind_HostInAnySpelling_IsFoundUnderTheOneSpelling()
    {
        _vault.Add(Github, RandomValue(), weak: false);

        Assert.Equal(VaultError.None, _vault.Bind(Binding() with { Host = "API.Example." }, out var bound));

        Assert.Equal("api.example", bound.Host);
        Assert.NotEmpty(bound.Id);
        Assert.Equal([bound], _vault.BindingsFor("api.example", 443));
        Assert.Empty(_vault.BindingsFor("api.example", 8443));
        Assert.Empty(_vault.BindingsFor("sub.api.example", 443));
    }

    [Fact]
    public void Bind_UnknownSecret_IsRefused() => Assert.Equal(VaultError.NotFound, _vault.Bind(Binding()));

    [Fact]
    public void Bind_SamePermission_IsRefused()
    {
        _vault.Add(Github, RandomValue(), weak: false);
        _vault.Bind(Binding() with { Methods = ["GET", "POST"] });

        Assert.Equal(VaultError.BindingTaken, _vault.Bind(Binding() with { Methods = ["POST", "GET"], MaxOccurrences = 5 }));
        Assert.Equal(VaultError.None, _vault.Bind(Binding() with { Methods = ["GET"] }));
    }

    [Fact]
    public void Bind_ValueWithALineFeedInAHeader_IsRefused()
    {
        _vault.Add(Github, [.. RandomValue(), (byte)'\r', (byte)'\n', .. RandomValue()], weak: false);

        Assert.Equal(VaultError.ValueNotRepresentable, _vault.Bind(Binding()));
        Assert.Equal(VaultError.None, _vault.Bind(Binding() with { Place = BindingPlace.Form, Key = "key", Format = "" }));
    }

    [Fact]
    public void Bind_BytesThatAreNotUtf8InJson_IsRefused()
    {
        _vault.Add(Github, [0xff, .. RandomNumberGenerator.GetBytes(20)], weak: false);

        Assert.Equal(VaultError.ValueNotRepresentable, _vault.Bind(Binding() with { Place = BindingPlace.Json, Key = "/a", Format = "" }));
    }

    [Fact]
    public void Unbind_Binding_RemovesItAlone()
    {
        _vault.Add(Github, RandomValue(), weak: false);
        _vault.Bind(Binding(), out var first);
        _vault.Bind(Binding() with { Agent = "ada" }, out var second);

        Assert.Equal(VaultError.None, _vault.Unbind(first.Id));

        Assert.Equal([second], _vault.BindingsFor("api.example", 443));
        Assert.Equal(VaultError.NotFound, _vault.Unbind(first.Id));
    }

    [Fact]
    public void ForEach_Values_AreVisitedByNameAndClearedAfterwards()
    {
        var values = new Dictionary<SecretName, byte[]> { [Slack] = RandomValue(), [Github] = RandomValue() };
        foreach (var (name, value) in values)
        {
            _vault.Add(name, value, weak: false);
        }

        var seen = new List<SecretName>();
        _vault.ForEach((name, _, value) =>
        {
            Assert.Equal(values[name], value.ToArray());
            seen.Add(name);
        });

        Assert.Equal([Github, Slack], seen);
    }

    [Fact]
    public void TryReveal_Unknown_WritesNothing()
    {
        var into = new ArrayBufferWriter<byte>();

        Assert.False(_vault.TryReveal(Github, into));
        Assert.Equal(0, into.WrittenCount);
    }

    [Fact]
    public void Reads_WhileTheStoreFails_StillAnswer()
    {
        var value = RandomValue();
        _vault.Add(Github, value, weak: false);
        _store.Fails = true;

        Assert.Equal(value, Reveal(_vault, Github));
    }

    [Fact]
    public void ManyReadersAndAWriter_SeeWholeSnapshots()
    {
        var value = RandomValue();
        _vault.Add(Github, value, weak: false);
        Parallel.For(0, 200, i =>
        {
            if (i % 10 == 0)
            {
                Assert.Equal(VaultError.None, _vault.Add(SecretName.Create($"s{i}"), RandomValue(), weak: false));
            }

            Assert.Equal(value, Reveal(_vault, Github));
        });

        Assert.Equal(21, _vault.Count);
    }

    [Fact]
    public void Errors_All_HaveASentence() =>
        Assert.All(Enum.GetValues<VaultError>(), static error => Assert.NotEmpty(error.Sentence()));

    private static byte[] RandomValue() => Encoding.ASCII.GetBytes(RandomNumberGenerator.GetString("ABCDEFGHIJKLMNOPabcdefghijklmnop0123456789", 40));

    private static SecretBinding Binding() =>
        new("", Github, null, "api.example", 443, [], null, BindingPlace.Header, "Authorization", "Bearer {}", 1);

    private static byte[] Reveal(SecretVault vault, SecretName name)
    {
        var into = new ArrayBufferWriter<byte>();
        Assert.True(vault.TryReveal(name, into));
        return into.WrittenSpan.ToArray();
    }

    private SecretVault? Open() => SecretVault.Open(_store, _masterKey, _time, NullLogger.Instance, out _);

    private void AssertDamaged()
    {
        Assert.Null(SecretVault.Open(_store, _masterKey, _time, NullLogger.Instance, out var error));
        Assert.Equal(VaultError.Damaged, error);
    }
}
