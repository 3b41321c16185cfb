using System.Buffers.Text;
using System.Text;
using SecretsFirewall.Admin.Api;

namespace SecretsFirewall.Tests.Admin;

public sealed class DecisionTokensTests
{
    private static readonly DateTimeOffset Now = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly DecisionClaims Claims = new("d1", "agent", "f1", Now.AddMinutes(10));

    [Fact]
    public void Read_WhatWasSigned_GivesTheClaims()
    {
        using var tokens = new DecisionTokens();

        Assert.Equal(Claims, tokens.Read(tokens.Sign(Claims, Now)));
    }

    [Fact]
    public void Read_AnyLetterChanged_IsNothing()
    {
        using var tokens = new DecisionTokens();
        var token = tokens.Sign(Claims, Now);

        // The last letter of a part may carry bits that say nothing; each is read strictly or not at all, and never as other claims.
        for (var i = 0; i < token.Length; i++)
        {
            foreach (var letter in "AZaz09-_.")
            {
                if (token[i] != letter && tokens.Read(token[..i] + letter + token[(i + 1)..]) is { } read)
                {
                    Assert.Equal(Claims, read);
                    Assert.Equal(token.Length - 1, i);
                }
            }
        }
    }

    [Fact]
    public void Read_OfAnotherKey_IsNothing()
    {
        using var tokens = new DecisionTokens();
        using var others = new DecisionTokens();

        Assert.Null(tokens.Read(others.Sign(Claims, Now)));
    }

    [Theory]
    [InlineData("""{"alg":"none","typ":"JWT"}""")]
    [InlineData("""{"alg":"HS256","typ":"JWT"}""")]
    [InlineData("""{"typ":"JWT","alg":"ES256"}""")]
    public void Read_OtherHeader_IsNothing(string header)
    {
        using var tokens = new DecisionTokens();
        var parts = tokens.Sign(Claims, Now).Split('.');

        Assert.Null(tokens.Read($"{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(header))}.{parts[1]}.{parts[2]}"));
        Assert.Null(tokens.Read($"{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(header))}.{parts[1]}."));
    }

    [Theory]
    [InlineData("")]
    [InlineData("..")]
    [InlineData("a.b.c")]
    [InlineData("a.b.c.d")]
    public void Read_NoToken_IsNothing(string text)
    {
        using var tokens = new DecisionTokens();

        Assert.Null(tokens.Read(text));
    }
}
