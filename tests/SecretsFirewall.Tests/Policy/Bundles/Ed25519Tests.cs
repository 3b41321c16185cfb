using SecretsFirewall.Policy.Bundles;

namespace SecretsFirewall.Tests.Policy.Bundles;

public sealed class Ed25519Tests
{
    private const string Key = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";

    private const string OfNothing =
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b";

    // RFC 8032 section 7.1.
    [Theory]
    [InlineData(Key, "", OfNothing)]
    [InlineData(
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00")]
    [InlineData(
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a")]
    public void Verify_VectorsOfTheRfc_AreGood(string key, string message, string signature)
    {
        Assert.True(Ed25519.Verify(Hex(key), Hex(message), Hex(signature)));
        Assert.False(Ed25519.Verify(Hex(key), [.. Hex(message), 0], Hex(signature)));
    }

    [Fact]
    public void Verify_AnyByteChanged_IsNot()
    {
        var signature = Hex(OfNothing);
        for (var i = 0; i < signature.Length; i++)
        {
            signature[i] ^= 1;
            Assert.False(Ed25519.Verify(Hex(Key), [], signature), $"byte {i}");
            signature[i] ^= 1;
        }

        Assert.False(Ed25519.Verify(Hex(Key), [], signature.AsSpan(1)));
    }

    [Fact]
    public void Verify_ScalarPlusTheOrder_IsNotASecondSpellingOfTheSame()
    {
        var signature = Hex(OfNothing);
        var order = Hex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
        var carry = 0;
        for (var i = 0; i < 32; i++)
        {
            carry += signature[32 + i] + order[i];
            signature[32 + i] = (byte)carry;
            carry >>= 8;
        }

        Assert.False(Ed25519.Verify(Hex(Key), [], signature));
    }

    [Theory]
    [InlineData("0100000000000000000000000000000000000000000000000000000000000000")] // the neutral point: it signs everything
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000")] // of order 4
    [InlineData("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")] // of order 2
    [InlineData("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05")] // of order 8
    [InlineData("eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")] // 1, spelled another way
    [InlineData("0200000000000000000000000000000000000000000000000000000000000000")] // no point at all
    [InlineData("00")]
    public void IsKey_WhatNobodyCanHaveSignedWith_IsNone(string key) => Assert.False(Ed25519.IsKey(Hex(key)));

    [Fact]
    public void TryRead_SshLine_HasOneSpelling()
    {
        var blob = SshSignature.Ed25519Key(Hex(Key));
        Assert.NotNull(Read(blob));
        Assert.Null(Read([.. blob, 0]));
        Assert.Null(Read(blob[..^1]));
        Assert.Null(Read(SshSignature.Ed25519Key([1, .. new byte[31]])));
    }

    private static TrustedKey? Read(byte[] blob) => PublicKeyText.TryRead("key", $"ssh-ed25519 {Convert.ToBase64String(blob)} someone@example.com", out _);

    private static byte[] Hex(string text) => Convert.FromHexString(text);
}
