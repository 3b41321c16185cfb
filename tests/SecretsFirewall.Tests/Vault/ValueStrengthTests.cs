using System.Security.Cryptography;
using System.Text;
using SecretsFirewall.Vault;

namespace SecretsFirewall.Tests.Vault;

public sealed class ValueStrengthTests
{
    [Theory]
    [InlineData("password")]
    [InlineData("P@ssw0rd1!")]
    [InlineData("Password2024!")]
    [InlineData("changeme123")]
    [InlineData("your-api-key")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaa")]
    [InlineData("abcabcabcabcabcabc")]
    [InlineData("1234567890123456")]
    [InlineData("abcdefghijklmnop")]
    [InlineData("98765432")]
    [InlineData("qwertyuiop")]
    [InlineData("1qaz2wsx3edc")]
    [InlineData("qwerty123456")]
    [InlineData("20240229")]
    [InlineData("2024-02-29")]
    [InlineData("29.02.2024")]
    [InlineData("123412341234")]
    [InlineData("483920174839")]
    [InlineData("international")]
    [InlineData("Authentication")]
    [InlineData("summer1999")]
    [InlineData("Elephant7!")]
    [InlineData("telephone")]
    [InlineData("infrastructure")]
    [InlineData("RESPONSIBILITY")]
    [InlineData("deadbeef")]
    [InlineData("xkqzvwjp")]
    [InlineData("admin@localhost")]
    [InlineData("postgres:postgres")]
    public void Bits_WhatPeopleChoose_IsTooFew(string value) => Assert.InRange(ValueStrength.Bits(Encoding.UTF8.GetBytes(value)), 0, ValueStrength.RequiredBits);

    [Theory]
    [InlineData("correct horse battery staple")]
    [InlineData("my dog eats 14 blue shoes daily")]
    public void Bits_LongPassphrases_AreEnough(string value) => Assert.True(ValueStrength.Bits(Encoding.UTF8.GetBytes(value)) >= ValueStrength.RequiredBits);

    [Theory]
    [InlineData("0123456789abcdef", 16)]
    [InlineData("abcdefghijklmnopqrstuvwxyz234567", 16)]
    [InlineData("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", 12)]
    [InlineData("abcdefghijklmnopqrstuvwxyz", 20)]
    [InlineData("0123456789", 24)]
    public void Bits_RandomTokens_AreEnough(string alphabet, int length)
    {
        // Seeded: of random tokens near the limit, a few in some ten thousand read like words.
        var random = new Random(20260601);
        for (var i = 0; i < 1000; i++)
        {
            var token = new string(random.GetItems(alphabet.AsSpan(), length));
            Assert.True(ValueStrength.Bits(Encoding.ASCII.GetBytes(token)) >= ValueStrength.RequiredBits, token);
        }
    }

    [Fact]
    public void Bits_AnyValue_IsAtMostItsClassesToTheLength()
    {
        for (var length = 1; length < 12; length++)
        {
            var token = RandomNumberGenerator.GetString("abcdefghijklmnopqrstuvwxyz", length);
            Assert.True(ValueStrength.Bits(Encoding.ASCII.GetBytes(token)) <= (length * Math.Log2(26)) + 0.001);
        }
    }

    [Fact]
    public void Bits_PrivateKeyInItsFrame_IsEnough() =>
        Assert.True(ValueStrength.Bits(Encoding.ASCII.GetBytes(ECDsa.Create(ECCurve.NamedCurves.nistP256).ExportPkcs8PrivateKeyPem())) >= ValueStrength.RequiredBits);

    [Fact]
    public void Bits_LongButRepeated_IsTooFew() =>
        Assert.True(ValueStrength.Bits(Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("ab1", 4000)))) < ValueStrength.RequiredBits);

    [Fact]
    public void Bits_Nothing_IsZero() => Assert.Equal(0, ValueStrength.Bits([]));
}
