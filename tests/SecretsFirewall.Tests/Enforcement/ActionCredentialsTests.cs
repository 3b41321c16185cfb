using Microsoft.AspNetCore.Http;
using SecretsFirewall.Enforcement;

namespace SecretsFirewall.Tests.Enforcement;

public sealed class ActionCredentialsTests
{
    private readonly ActionCredentials _credentials = new(new byte[32]);

    [Theory]
    [InlineData("Authorization", "Bearer one", "Bearer two")]
    [InlineData("Authorization", "Basic b25l", "Basic dHdv")]
    [InlineData("Authorization", "one", "two")]
    [InlineData("X-Api-Key", "one", "two")]
    [InlineData("PRIVATE-TOKEN", "one", "two")]
    [InlineData("Authorization", "AWS4-HMAC-SHA256 Credential=AKIDONE/20260601/x, Signature=1", "AWS4-HMAC-SHA256 Credential=AKIDTWO/20260601/x, Signature=1")]
    public void OtherCredential_IsAnotherAction(string field, string one, string other)
    {
        Assert.Equal([field.ToLowerInvariant()], ActionCredentials.FieldsOf(new HeaderDictionary { [field] = one }));
        Assert.NotEqual(_credentials.Shown(field, one), _credentials.Shown(field, other));
        Assert.Equal(_credentials.Shown(field, one), _credentials.Shown(field, one));
    }

    [Theory]
    [InlineData("AWS4-HMAC-SHA256 Credential=AKID/20260601/x, Signature=1", "AWS4-HMAC-SHA256 Credential=AKID/20260602/x, Signature=2")]
    [InlineData("DPoP one", "DPoP two")]
    public void SignatureOfAnotherMoment_IsTheSameAction(string one, string other) =>
        Assert.Equal(_credentials.Shown("authorization", one), _credentials.Shown("authorization", other));

    [Theory]
    [InlineData("Idempotency-Key")]
    [InlineData("X-CSRF-Token")]
    [InlineData("Cookie")]
    [InlineData("User-Agent")]
    [InlineData("X-SFW-Token")]
    public void FieldThatIsMadeAnewForEachRequest_IsNoPart(string field) => Assert.Empty(ActionCredentials.FieldsOf(new HeaderDictionary { [field] = "x" }));

    [Fact]
    public void Shown_HoldsNoCredentialAndDependsOnTheKey()
    {
        var shown = _credentials.Shown("authorization", "Bearer correct-horse");

        Assert.DoesNotContain("correct-horse", shown, StringComparison.Ordinal);
        Assert.NotEqual(shown, new ActionCredentials("another key"u8.ToArray()).Shown("authorization", "Bearer correct-horse"));
        Assert.Equal("plain", _credentials.Shown("x-amz-target", "plain"));
    }
}
