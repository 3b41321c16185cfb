using System.Text;
using SecretsFirewall.Model;

namespace SecretsFirewall.Tests.Model;

public sealed class SecretReferenceTests
{
    [Fact]
    public void TryRead_WhatFormatWrote_GivesTheNameBack()
    {
        var name = SecretName.Create("github.token_1-a");
        var text = SecretReference.FormatUtf8(name).Concat("tail"u8.ToArray()).ToArray();
        Assert.True(SecretReference.TryRead(text, out var read, out var length));
        Assert.Equal(name, read);
        Assert.Equal("SECRET_REF(github.token_1-a)".Length, length);
    }

    [Theory]
    [InlineData("SECRET_REF()")]
    [InlineData("SECRET_REF(a b)")]
    [InlineData("SECRET_REF(a")]
    [InlineData("secret_ref(a)")]
    [InlineData("SECRET_REF(é)")]
    public void TryRead_Malformed_IsNoReference(string text) =>
        Assert.False(SecretReference.TryRead(Encoding.UTF8.GetBytes(text), out _, out _));

    [Fact]
    public void TryRead_NameLongerThanAllowed_IsNoReference() =>
        Assert.False(SecretReference.TryRead(Encoding.ASCII.GetBytes($"SECRET_REF({new string('a', 65)})"), out _, out _));
}
