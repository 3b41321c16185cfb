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
    [InlineData("X-Amz-Checksum-Crc32", "x")]
    [InlineData("Authorization", "AWS AKIDEXAMPLE:x")]
    [InlineData("Authorization", "SharedKey account:x")]
    [InlineData("Authorization", "OAuth oauth_consumer_key=\"x\", oauth_signature=\"y\"")]
    public void IsSigned_FieldThatCoversTheBody_IsSigned(string name, string value) =>
        Assert.True(SignedRequests.IsSigned(new HeaderDictionary { [name] = value }, "/"));

    [Theory]
    [InlineData("/bucket/key?X-Amz-Signature=abc")]
    [InlineData("/bucket/key?a=b&X-Goog-Signature=abc")]
    public void IsSigned_PresignedQuery_IsSigned(string target) => Assert.True(SignedRequests.IsSigned(new HeaderDictionary(), target));

    [Fact]
    public void IsSigned_OrdinaryRequest_IsNot() =>
        Assert.False(SignedRequests.IsSigned(new HeaderDictionary { ["Authorization"] = "Bearer x" }, "/"));

    [Fact]
    public void IsSigned_OAuth2Token_IsNot() =>
        Assert.False(SignedRequests.IsSigned(new HeaderDictionary { ["Authorization"] = "OAuth ya29.x" }, "/"));
}
