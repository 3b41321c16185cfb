using Microsoft.AspNetCore.Http;
using SecretsFirewall.Enforcement;

namespace SecretsFirewall.Tests.Enforcement;

public sealed class SignedRequestsTests
{
    [Theory]
    [InlineData("Authorization", "AWS4-HMAC-SHA256 Credential=x, SignedHeaders=host, Signature=y")]
    [InlineData("Content-Digest", "sha-256=:x:")]
    [InlineData("Signature-Input", "sig1=()")]
    [InlineData("Content-MD5", "x")]
    public void IsSigned_FieldThatCoversTheBody_IsSigned(string name, string value) =>
        Assert.True(SignedRequests.IsSigned(new HeaderDictionary { [name] = value }, "/"));

    [Fact]
    public void IsSigned_PresignedQuery_IsSigned() =>
        Assert.True(SignedRequests.IsSigned(new HeaderDictionary(), "/bucket/key?X-Amz-Signature=abc"));

    [Fact]
    public void IsSigned_OrdinaryRequest_IsNot() =>
        Assert.False(SignedRequests.IsSigned(new HeaderDictionary { ["Authorization"] = "Bearer x" }, "/"));
}
