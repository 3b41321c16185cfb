using SecretsFirewall.Inspection.Detection;
using SecretsFirewall.Inspection.Detection.Rules;
using SecretsFirewall.Model;
using static SecretsFirewall.Tests.Inspection.Samples;

namespace SecretsFirewall.Tests.Inspection;

public class AgentTokenTests
{
    [Fact]
    public void Find_AgentTokenWithoutAnySecret_IsARuleFinding()
    {
        var token = AgentToken(new Random(1));
        var found = Assert.Single(DetectionSnapshot.Empty.Find(Bytes($"HTTPS_PROXY=http://bot:{token}@127.0.0.1:8888")));
        Assert.Equal((FindingKind.Rule, "sfw-agent-token", token.Length), (found.Kind, found.Rule, found.Length));
        Assert.Matches("^auto\\.sfw-agent-token\\.[0-9a-f]{8}$", found.Name.Value);
    }

    [Fact]
    public void Find_SameToken_HasTheSameTagUnderOneKeyOnly()
    {
        var token = Bytes(AgentToken(new Random(2)));
        var other = DetectionSnapshot.Build([], new byte[32]);
        Assert.Equal(Snapshot().Find(token)[0].Name, Snapshot().Find(token)[0].Name);
        Assert.NotEqual(Snapshot().Find(token)[0].Name, other.Find(token)[0].Name);
        Assert.NotEqual(Snapshot().Find(token)[0].Name, Snapshot().Find(Bytes(AgentToken(new Random(3))))[0].Name);
    }

    [Fact]
    public void Find_TokenWithAWrongChecksum_IsStillAFinding()
    {
        var token = AgentToken(new Random(4));
        var wrong = token[..^1] + (token[^1] == '0' ? '1' : '0');
        Assert.Single(Snapshot().Find(Bytes(wrong)));
    }

    [Theory]
    [InlineData("sfwa_")]
    [InlineData("sfwa_tooshort")]
    [InlineData("sfwa_with-a-dash-in-its-thirty-six-char")]
    public void Find_WhatOnlyBeginsLikeAToken_IsNotAFinding(string text)
    {
        Assert.Empty(Snapshot().Find(Bytes(text)));
    }

    [Fact]
    public void Find_PrefixOverAndOver_FindsTheTokenAtTheEnd()
    {
        var token = AgentToken(new Random(5));
        var text = string.Concat(Enumerable.Repeat("sfwa_", 10_000)) + token;
        Assert.Equal(text.Length - token.Length, Assert.Single(Snapshot().Find(Bytes(text))).Start);
    }

    [Fact]
    public void Crc32_OfTheCheckValue_IsTheStandardOne()
    {
        // CRC-32/ISO-HDLC: "123456789" gives 0xCBF43926 = 3421780262.
        var checksum = new byte[6];
        Base62Crc32.Write("123456789"u8, checksum);
        var value = checksum.Aggregate(0L, (sum, c) => (sum * 62) + "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".IndexOf((char)c, StringComparison.Ordinal));
        Assert.Equal(0xCBF43926L, value);
    }

    [Fact]
    public void Find_TokenThatIsRegistered_IsNamedByTheRegistry()
    {
        var token = AgentToken(new Random(6));
        Assert.Equal("SECRET_REF(mine)", Snapshot(("mine", token)).MaskWhole(token));
    }
}
