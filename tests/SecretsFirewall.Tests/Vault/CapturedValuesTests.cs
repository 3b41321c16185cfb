using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using SecretsFirewall.Model;
using SecretsFirewall.Vault;

namespace SecretsFirewall.Tests.Vault;

public sealed class CapturedValuesTests : IDisposable
{
    private static readonly SecretName Name = SecretName.Create("auto.some-rule.0a1b2c3d");

    private readonly FakeTime _time = new();
    private readonly CapturedValues _captured;
    private readonly byte[] _value = RandomValue();

    public CapturedValuesTests() => _captured = new CapturedValues(_time);

    public void Dispose() => _captured.Dispose();

    [Fact]
    public void Keep_Value_IsTheAgentsAlone()
    {
        _captured.Keep("ada", "some-rule", Name, _value);

        Assert.Equal(_value, Reveal("ada"));
        Assert.True(_captured.HasAny("ada"));
        Assert.Null(Reveal("bob"));
        Assert.False(_captured.HasAny("bob"));
    }

    [Fact]
    public void TryReveal_WhereItMayNotBeUsed_WritesNothingAndCountsNoUse()
    {
        _captured.Keep("ada", "some-rule", Name, _value);
        var into = new ArrayBufferWriter<byte>();

        Assert.False(_captured.TryReveal("ada", Name, (rule, value) => rule != "some-rule" || !value.SequenceEqual(_value), into));

        Assert.Equal(0, into.WrittenCount);
        Assert.Equal(0, Assert.Single(_captured.List()).Uses);
    }

    [Fact]
    public void List_Kept_TellsEverythingButTheValue()
    {
        var kept = _time.GetUtcNow();
        _captured.Keep("ada", "some-rule", Name, _value);
        _time.Advance(TimeSpan.FromMinutes(5));
        Reveal("ada");

        Assert.Equal(new CapturedSummary(Name, "some-rule", "ada", kept, _time.GetUtcNow(), 1, IsAmbiguous: false), Assert.Single(_captured.List()));
    }

    [Fact]
    public void Value_AnHourAfterItsLastUse_IsGone()
    {
        _captured.Keep("ada", "some-rule", Name, _value);
        _time.Advance(TimeSpan.FromMinutes(59));
        Assert.NotNull(Reveal("ada"));
        _time.Advance(TimeSpan.FromMinutes(59));
        _captured.Keep("ada", "some-rule", Name, _value);
        _time.Advance(TimeSpan.FromMinutes(59));
        Assert.NotNull(Reveal("ada"));

        _time.Advance(TimeSpan.FromHours(1));

        Assert.Null(Reveal("ada"));
        Assert.False(_captured.HasAny("ada"));
        Assert.Empty(_captured.List());
    }

    [Fact]
    public void TwoValuesOfOneName_NeitherIsRevealed()
    {
        _captured.Keep("ada", "some-rule", Name, _value);
        _captured.Keep("ada", "some-rule", Name, RandomValue());

        Assert.Null(Reveal("ada"));
        Assert.True(Assert.Single(_captured.List()).IsAmbiguous);

        _captured.Keep("ada", "some-rule", Name, _value);
        Assert.Null(Reveal("ada"));
    }

    [Fact]
    public void Keep_MoreThanAnAgentMayHave_TheOldestGoes()
    {
        for (var i = 0; i <= CapturedValues.MostPerAgent; i++)
        {
            _captured.Keep("ada", "some-rule", Auto(i), RandomValue());
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(CapturedValues.MostPerAgent, _captured.List().Count);
        Assert.DoesNotContain(_captured.List(), one => one.Name == Auto(0));
        Assert.Contains(_captured.List(), one => one.Name == Auto(1));
    }

    [Fact]
    public void Keep_MoreBytesThanAllMayHave_TheOldestGoes()
    {
        const int AgentsUntilFull = 2;
        for (var agent = 0; agent < AgentsUntilFull; agent++)
        {
            for (var i = 0; i < CapturedValues.MostPerAgent; i++)
            {
                _captured.Keep($"agent{agent}", "some-rule", Auto(i), RandomNumberGenerator.GetBytes(SecretVault.MaxValueBytes));
                _time.Advance(TimeSpan.FromSeconds(1));
            }
        }

        Assert.InRange(_captured.List().Count, 1, CapturedValues.MostBytes / SecretVault.MaxValueBytes);
        Assert.Contains(_captured.List(), one => one is { Agent: "agent1" } && one.Name == Auto(CapturedValues.MostPerAgent - 1));
    }

    [Theory]
    [InlineData(SecretVault.MinValueBytes - 1)]
    [InlineData(SecretVault.MaxValueBytes + 1)]
    public void Keep_ValueThatNoVaultTakes_IsNotKept(int length)
    {
        _captured.Keep("ada", "some-rule", Name, new byte[length]);

        Assert.Empty(_captured.List());
    }

    [Fact]
    public void Adopt_Captured_IsInTheVaultAndNoLongerCaptured()
    {
        using var vault = Vault();
        var github = SecretName.Create("github");
        _captured.Keep("ada", "some-rule", Name, _value);
        _captured.Keep("bob", "some-rule", Name, _value);

        Assert.Equal(VaultError.None, _captured.Adopt(Name, github, vault, weak: false));

        Assert.True(vault.IsCurrent(github, _value));
        Assert.Empty(_captured.List());
    }

    [Fact]
    public void Adopt_UnknownOrExpired_IsRefused()
    {
        using var vault = Vault();
        Assert.Equal(VaultError.NotCaptured, _captured.Adopt(Name, SecretName.Create("github"), vault, weak: false));

        _captured.Keep("ada", "some-rule", Name, _value);
        _time.Advance(CapturedValues.IdleTime);
        Assert.Equal(VaultError.NotCaptured, _captured.Adopt(Name, SecretName.Create("github"), vault, weak: false));
    }

    [Theory]
    [InlineData("ada")]
    [InlineData("bob")]
    public void Adopt_TwoValuesOfOneName_IsRefused(string second)
    {
        using var vault = Vault();
        _captured.Keep("ada", "some-rule", Name, _value);
        _captured.Keep(second, "some-rule", Name, RandomValue());

        Assert.Equal(VaultError.CaptureAmbiguous, _captured.Adopt(Name, SecretName.Create("github"), vault, weak: false));
        Assert.Equal(0, vault.Count);
    }

    [Fact]
    public void Adopt_WhatTheVaultRefuses_StaysCaptured()
    {
        using var vault = Vault();
        _captured.Keep("ada", "some-rule", Name, "password1"u8);

        Assert.Equal(VaultError.TooWeak, _captured.Adopt(Name, SecretName.Create("github"), vault, weak: false));
        Assert.Equal(VaultError.NameReserved, _captured.Adopt(Name, Name, vault, weak: true));
        Assert.Single(_captured.List());
        Assert.Equal(VaultError.None, _captured.Adopt(Name, SecretName.Create("github"), vault, weak: true));
    }

    [Fact]
    public void Disposed_Store_KnowsNothing()
    {
        _captured.Keep("ada", "some-rule", Name, _value);

        _captured.Dispose();

        Assert.Empty(_captured.List());
        Assert.Null(Reveal("ada"));
    }

    private static SecretName Auto(int i) => SecretName.Create($"auto.some-rule.{i:x8}");

    private static byte[] RandomValue() => Encoding.ASCII.GetBytes(RandomNumberGenerator.GetString("ABCDEFGHIJKLMNOPabcdefghijklmnop0123456789", 40));

    private SecretVault Vault()
    {
        using var key = MasterKey.Create(RandomNumberGenerator.GetBytes(MasterKey.Length));
        return SecretVault.Open(new VaultInMemory(), key, _time, NullLogger.Instance, out _)!;
    }

    private byte[]? Reveal(string agent)
    {
        var into = new ArrayBufferWriter<byte>();
        return _captured.TryReveal(agent, Name, static (_, _) => true, into) ? into.WrittenSpan.ToArray() : null;
    }
}
