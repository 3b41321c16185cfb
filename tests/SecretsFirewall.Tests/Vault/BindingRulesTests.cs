using SecretsFirewall.Model;
using SecretsFirewall.Vault;

namespace SecretsFirewall.Tests.Vault;

public sealed class BindingRulesTests
{
    private static readonly SecretBinding Valid =
        new("", SecretName.Create("github"), null, "api.example", 443, [], null, BindingPlace.Header, "Authorization", "Bearer {}", 1);

    [Fact]
    public void Normalise_Header_IsAccepted() => Assert.Equal(VaultError.None, Check(Valid));

    [Fact]
    public void Normalise_NoFormat_IsTheReferenceAlone()
    {
        Assert.Equal(VaultError.None, BindingRules.Normalise(Valid with { Format = "" }, out var normal));
        Assert.Equal("{}", normal.Format);
    }

    [Theory]
    [InlineData("")]
    [InlineData("*.example")]
    [InlineData("https://api.example")]
    [InlineData("api.example:443")]
    [InlineData("a b")]
    public void Normalise_NoExactHost_IsRefused(string host) => Assert.Equal(VaultError.HostInvalid, Check(Valid with { Host = host }));

    [Theory]
    [InlineData(0)]
    [InlineData(65536)]
    public void Normalise_NoPort_IsRefused(int port) => Assert.Equal(VaultError.PortInvalid, Check(Valid with { Port = port }));

    [Theory]
    [InlineData("")]
    [InlineData("Ada")]
    [InlineData("*")]
    public void Normalise_NoAgentName_IsRefused(string agent) => Assert.Equal(VaultError.AgentInvalid, Check(Valid with { Agent = agent }));

    [Theory]
    [InlineData("get")]
    [InlineData("")]
    [InlineData("GET POST")]
    public void Normalise_NoMethod_IsRefused(string method) => Assert.Equal(VaultError.MethodInvalid, Check(Valid with { Methods = [method] }));

    [Theory]
    [InlineData("")]
    [InlineData("repos/")]
    [InlineData("/a/../b")]
    [InlineData("/a?b")]
    [InlineData("/a#b")]
    [InlineData("/a\\b")]
    [InlineData("/a\r\nb")]
    [InlineData("/ä")]
    public void Normalise_NoPathPrefix_IsRefused(string path) => Assert.Equal(VaultError.PathInvalid, Check(Valid with { PathPrefix = path }));

    [Fact]
    public void Normalise_PathPrefix_IsAccepted() => Assert.Equal(VaultError.None, Check(Valid with { PathPrefix = "/repos/a.b/" }));

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void Normalise_NoOccurrence_IsRefused(int max) => Assert.Equal(VaultError.MaxInvalid, Check(Valid with { MaxOccurrences = max }));

    [Theory]
    [InlineData("")]
    [InlineData("X Y")]
    [InlineData("X:Y")]
    [InlineData("X\r\nY")]
    [InlineData("Ä")]
    public void Normalise_NoHeaderToken_IsRefused(string header) => Assert.Equal(VaultError.HeaderInvalid, Check(Valid with { Key = header }));

    [Theory]
    [InlineData("Host")]
    [InlineData("content-length")]
    [InlineData("TRANSFER-ENCODING")]
    [InlineData("Connection")]
    [InlineData("Proxy-Authorization")]
    [InlineData("proxy-anything")]
    [InlineData("Upgrade")]
    [InlineData("TE")]
    [InlineData("X-SFW-Session")]
    public void Normalise_SteeringHeader_IsRefused(string header) => Assert.Equal(VaultError.HeaderForbidden, Check(Valid with { Key = header }));

    [Theory]
    [InlineData("Bearer")]
    [InlineData("{} {}")]
    [InlineData("Bearer {}\r\nX: y")]
    [InlineData("Bearer {} ")]
    [InlineData("Bearér {}")]
    public void Normalise_FormatWithoutOnePlace_IsRefused(string format) => Assert.Equal(VaultError.FormatInvalid, Check(Valid with { Format = format }));

    [Theory]
    [InlineData(BindingPlace.Query, "key")]
    [InlineData(BindingPlace.Form, "key")]
    [InlineData(BindingPlace.Json, "/key")]
    public void Normalise_FormatOutsideAHeader_IsRefused(BindingPlace place, string key) =>
        Assert.Equal(VaultError.FormatForbidden, Check(Valid with { Place = place, Key = key }));

    [Theory]
    [InlineData("key")]
    [InlineData("/a~2b")]
    [InlineData("/a~")]
    [InlineData("/a\n")]
    public void Normalise_NoJsonPointer_IsRefused(string pointer) =>
        Assert.Equal(VaultError.JsonPointerInvalid, Check(Valid with { Place = BindingPlace.Json, Key = pointer, Format = "" }));

    [Theory]
    [InlineData("")]
    [InlineData("/auth/token")]
    [InlineData("/a~1b/~0/0/")]
    public void Normalise_JsonPointer_IsAccepted(string pointer) =>
        Assert.Equal(VaultError.None, Check(Valid with { Place = BindingPlace.Json, Key = pointer, Format = "" }));

    [Fact]
    public void Normalise_NoQueryOrFormKey_IsRefused()
    {
        Assert.Equal(VaultError.QueryKeyInvalid, Check(Valid with { Place = BindingPlace.Query, Key = "", Format = "" }));
        Assert.Equal(VaultError.FormKeyInvalid, Check(Valid with { Place = BindingPlace.Form, Key = "a\0", Format = "" }));
    }

    [Theory]
    [InlineData("visible and inner blanks", true)]
    [InlineData("tab\tinside", true)]
    [InlineData("Zażółć", true)]
    [InlineData(" leading", false)]
    [InlineData("trailing\t", false)]
    [InlineData("a\rb", false)]
    [InlineData("a\nb", false)]
    [InlineData("a\0b", false)]
    [InlineData("a\u007fb", false)]
    public void CanCarry_Header_TakesFieldValuesAlone(string value, bool carries) =>
        Assert.Equal(carries, BindingRules.CanCarry(Valid, System.Text.Encoding.UTF8.GetBytes(value)));

    [Theory]
    [InlineData("{}", null)]
    [InlineData("{} SECRET_REF(aws.token)", "aws.token")]
    public void Normalise_Signature_NamesItsKeyAndPerhapsItsSessionToken(string format, string? token)
    {
        var binding = Valid with { Place = BindingPlace.SigV4, Key = "AKIDEXAMPLE00000", Format = format };
        Assert.Equal(VaultError.None, Check(binding));
        Assert.Equal(token, binding.SessionToken?.Value);
    }

    [Theory]
    [InlineData("AKIDEXAMPLE00000", "Bearer {}", nameof(VaultError.FormatForbidden))]
    [InlineData("AKIDEXAMPLE00000", "{} SECRET_REF(a) SECRET_REF(b)", nameof(VaultError.FormatForbidden))]
    [InlineData("AKIDEXAMPLE00000", "{} SECRET_REF(a b)", nameof(VaultError.FormatForbidden))]
    [InlineData("SHORT", "{}", nameof(VaultError.AccessKeyIdInvalid))]
    [InlineData("AKIDEXAMPLE/0000", "{}", nameof(VaultError.AccessKeyIdInvalid))]
    public void Normalise_NoSignature_IsRefused(string key, string format, string error) =>
        Assert.Equal(Enum.Parse<VaultError>(error), Check(Valid with { Place = BindingPlace.SigV4, Key = key, Format = format }));

    [Theory]
    [InlineData("wJalr+/x", true)]
    [InlineData("wJa lr", false)]
    [InlineData("wJalr\n", false)]
    public void CanCarry_SigningKey_HasNoBlanks(string value, bool can) =>
        Assert.Equal(can, BindingRules.CanCarry(Valid with { Place = BindingPlace.SigV4 }, System.Text.Encoding.ASCII.GetBytes(value)));

    private static VaultError Check(SecretBinding binding) => BindingRules.Normalise(binding, out _);
}
