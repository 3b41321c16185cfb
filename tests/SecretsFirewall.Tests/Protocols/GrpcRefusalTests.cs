using SecretsFirewall.Model;
using SecretsFirewall.Protocols;

namespace SecretsFirewall.Tests.Protocols;

public sealed class GrpcRefusalTests
{
    [Theory]
    [InlineData(RefusalCode.SecretBlocked, 7)]
    [InlineData(RefusalCode.MalformedRequest, 3)]
    [InlineData(RefusalCode.Uninspectable, 3)]
    [InlineData(RefusalCode.ProxyAuthenticationRequired, 16)]
    [InlineData(RefusalCode.TooLarge, 8)]
    [InlineData(RefusalCode.Overloaded, 14)]
    [InlineData(RefusalCode.UpstreamUnreachable, 14)]
    [InlineData(RefusalCode.UpstreamUninspectable, 13)]
    [InlineData(RefusalCode.UpstreamTimeout, 4)]
    [InlineData(RefusalCode.HostMismatch, 7)]
    public void StatusOf_Code(RefusalCode code, int status) => Assert.Equal(status, GrpcRefusal.StatusOf(new Refusal(code, "x")));

    [Fact]
    public void MessageOf_WhatAFieldMayNotHold_IsPercentEncoded() =>
        Assert.Equal("secret_blocked: 100%25, %C3%A9%0A", GrpcRefusal.MessageOf(new Refusal(RefusalCode.SecretBlocked, "100%, é\n")));
}
