using System.Text;
using SecretsFirewall.EndToEnd.Tests.Harness;
using SecretsFirewall.Model;

namespace SecretsFirewall.EndToEnd.Tests.Binding;

/// <summary>A reference in the one place that a binding names leaves as the value, encoded for that place.</summary>
public sealed class BindingTests(FirewallFixture firewall) : FirewallTests(firewall), IClassFixture<FirewallFixture>
{
    [Theory]
    [InlineData("Authorization", "Bearer {}")]
    [InlineData("Authorization", "token {}")]
    [InlineData("X-Api-Key", "{}")]
    [InlineData("X-Odd", "key=\"{}\", v=1")]
    public async Task Header_ReferenceInItsFormat_IsBound(string header, string format)
    {
        var canary = Firewall.Register(CanaryShape.Base64);
        Firewall.BindHeader(canary, Hosts.Http1Tool, header, format);

        var response = await SendAsync("GET", "/thing", default, $"{header}: {format.Replace("{}", canary.Reference, StringComparison.Ordinal)}");

        Assert.Equal(200, response.Status);
        Assert.Equal(format.Replace("{}", canary.Value, StringComparison.Ordinal), Http1Upstream.Single.Header(header));
        Assert.DoesNotContain("SECRET_REF", Http1Upstream.Single.RawHead(), StringComparison.Ordinal);
        AssertOnlyUpstreamHas(canary, response.Body);
    }

    [Fact]
    public async Task BasicCredentials_ReferenceAsPassword_IsBoundInside()
    {
        var canary = Firewall.Register();
        Firewall.BindHeader(canary, Hosts.Http1Tool, "Authorization", "Basic robot:{}");

        var response = await SendAsync("GET", "/thing", default, $"Authorization: Basic {Base64($"robot:{canary.Reference}")}");

        Assert.Equal(200, response.Status);
        Assert.Equal($"Basic {Base64($"robot:{canary.Value}")}", Http1Upstream.Single.Header("Authorization"));
        AssertOnlyUpstreamHas(canary, response.Body);
    }

    [Theory]
    [InlineData(CanaryShape.Token)]
    [InlineData(CanaryShape.Symbols)]
    [InlineData(CanaryShape.Unicode)]
    public async Task Query_ReferenceAsParameter_IsBoundPercentEncoded(CanaryShape shape)
    {
        var canary = Firewall.Register(shape);
        Firewall.Bind(canary, Hosts.Http1Tool, BindingPlace.Query, "api_key");

        var response = await SendAsync("GET", $"/search?q=a%20b&api_key={canary.Reference}&z", default);

        Assert.Equal(200, response.Status);
        Assert.Matches(@"^/search\?q=a%20b&api_key=[^&]+&z$", Http1Upstream.Single.Target);
        Assert.Equal(canary.Value, Uri.UnescapeDataString(Http1Upstream.Single.Target.Split('&')[1]["api_key=".Length..]));
        AssertOnlyUpstreamHas(canary, response.Body);
    }

    [Theory]
    [InlineData(CanaryShape.Token)]
    [InlineData(CanaryShape.Symbols)]
    [InlineData(CanaryShape.Lines)]
    public async Task JsonPath_ReferenceAsString_IsBoundEscaped(CanaryShape shape)
    {
        var canary = Firewall.Register(shape);
        Firewall.Bind(canary, Hosts.Http1Tool, BindingPlace.Json, "/auth/0/key");

        var response = await SendAsync(
            "POST", "/login", Encoding.ASCII.GetBytes($$"""{ "auth" : [ {"key":"{{canary.Reference}}", "n":1.0} ] }"""), "Content-Type: application/json");

        Assert.Equal(200, response.Status);
        var body = Http1Upstream.Single.BodyText;
        Assert.StartsWith("""{ "auth" : [ {"key":""", body, StringComparison.Ordinal);
        Assert.EndsWith(""", "n":1.0} ] }""", body, StringComparison.Ordinal);
        using var document = System.Text.Json.JsonDocument.Parse(body);
        Assert.Equal(canary.Value, document.RootElement.GetProperty("auth")[0].GetProperty("key").GetString());
        Assert.Equal(Http1Upstream.Single.Body.Length.ToString(), Http1Upstream.Single.Header("Content-Length"));
        AssertOnlyUpstreamHas(canary, response.Body);
    }

    [Theory]
    [InlineData(CanaryShape.Token)]
    [InlineData(CanaryShape.Symbols)]
    public async Task Form_ReferenceAsField_IsBoundFormEncoded(CanaryShape shape)
    {
        var canary = Firewall.Register(shape);
        Firewall.Bind(canary, Hosts.Http1Tool, BindingPlace.Form, "client_secret");

        var response = await SendAsync(
            "POST", "/token", Encoding.ASCII.GetBytes($"grant_type=x+y&client_secret={canary.Reference}&z=%7e"), "Content-Type: application/x-www-form-urlencoded");

        Assert.Equal(200, response.Status);
        var fields = Http1Upstream.Single.BodyText.Split('&');
        Assert.Equal(["grant_type=x+y", "z=%7e"], [fields[0], fields[2]]);
        Assert.Equal(canary.Value, Uri.UnescapeDataString(fields[1]["client_secret=".Length..].Replace('+', ' ')));
        AssertOnlyUpstreamHas(canary, response.Body);
    }

    [Fact]
    public async Task Form_ReferencePercentEncodedByTheClient_IsBound()
    {
        var canary = Firewall.Register();
        Firewall.Bind(canary, Hosts.Http1Tool, BindingPlace.Form, "client_secret");

        var response = await SendAsync(
            "POST", "/token", Encoding.ASCII.GetBytes($"client_secret={Uri.EscapeDataString(canary.Reference).Replace("(", "%28", StringComparison.Ordinal).Replace(")", "%29", StringComparison.Ordinal)}"),
            "Content-Type: application/x-www-form-urlencoded");

        Assert.Equal(200, response.Status);
        Assert.Equal($"client_secret={canary.Value}", Http1Upstream.Single.BodyText);
    }

    [Fact]
    public async Task RawValue_InItsBoundPlace_PassesAndElsewhereIsMasked()
    {
        var canary = Firewall.Register();
        Firewall.BindHeader(canary, Hosts.Http1Tool, "Authorization", "Bearer {}");

        await SendAsync("GET", "/thing", default, $"Authorization: Bearer {canary.Value}", $"X-Note: {canary.Value}");

        Assert.Equal($"Bearer {canary.Value}", Http1Upstream.Single.Header("Authorization"));
        Assert.Equal(canary.Reference, Http1Upstream.Single.Header("X-Note"));
    }

    [Fact]
    public async Task ChangedVault_NextRequest_SeesTheChange()
    {
        var canary = Firewall.Register();
        var refused = await SendAsync("GET", "/thing", default, $"Authorization: Bearer {canary.Reference}");
        Firewall.BindHeader(canary, Hosts.Http1Tool, "Authorization", "Bearer {}");
        var bound = await SendAsync("GET", "/thing", default, $"Authorization: Bearer {canary.Reference}");

        Assert.Equal((403, 200), (refused.Status, bound.Status));
        Assert.Equal($"Bearer {canary.Value}", Http1Upstream.Single.Header("Authorization"));
    }

    private async Task<Drivers.RawResponse> SendAsync(string method, string target, byte[]? body, params string[] headers)
    {
        await using var client = await Firewall.TunnelAsync(Hosts.Http1Tool);
        return await client.RequestAsync(method, target, Hosts.Http1Tool, body, headers);
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.ASCII.GetBytes(text));
}
