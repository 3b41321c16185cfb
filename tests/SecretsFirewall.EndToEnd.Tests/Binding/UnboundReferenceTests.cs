using System.Text;
using System.Text.Json;
using SecretsFirewall.EndToEnd.Tests.Drivers;
using SecretsFirewall.EndToEnd.Tests.Harness;
using SecretsFirewall.Model;

namespace SecretsFirewall.EndToEnd.Tests.Binding;

/// <summary>A reference anywhere but in its bound place: refused, nothing forwarded, the value nowhere.</summary>
public sealed class UnboundReferenceTests(FirewallFixture firewall) : FirewallTests(firewall), IClassFixture<FirewallFixture>
{
    [Fact]
    public Task OtherHost_IsRefused() => RefusedAsync(Hosts.Http1Tool, "GET", "/repos/a", null, "Authorization: Bearer {}");

    [Fact]
    public Task OtherHeader_IsRefused() => RefusedAsync(Hosts.Tool, "GET", "/repos/a", null, "X-Other: Bearer {}");

    [Fact]
    public Task OtherFormat_IsRefused() => RefusedAsync(Hosts.Tool, "GET", "/repos/a", null, "Authorization: token {}");

    [Fact]
    public Task MoreThanTheFormat_IsRefused() => RefusedAsync(Hosts.Tool, "GET", "/repos/a", null, "Authorization: Bearer {}, and more");

    [Fact]
    public Task OtherMethod_IsRefused() => RefusedAsync(Hosts.Tool, "DELETE", "/repos/a", null, "Authorization: Bearer {}");

    [Theory]
    [InlineData("/user")]
    [InlineData("/repos-old/a")]
    [InlineData("/")]
    public Task OtherPath_IsRefused(string path) => RefusedAsync(Hosts.Tool, "GET", path, null, "Authorization: Bearer {}");

    [Theory]
    [InlineData("/repos/../user")]
    [InlineData("/repos/%2e%2e/user")]
    [InlineData("/repos/..%2fuser")]
    [InlineData("/repos/%252e%252e/user")]
    [InlineData("/repos/..%5cuser")]
    public Task PathThatCanBeReadAsAnother_IsRefused(string path) => RefusedAsync(Hosts.Tool, "GET", path, null, ["Authorization: Bearer {}"], "bypass_attempt");

    [Fact]
    public Task MethodOverride_IsRefused() =>
        RefusedAsync(Hosts.Tool, "GET", "/repos/a", null, ["Authorization: Bearer {}", "X-HTTP-Method-Override: DELETE"], "bypass_attempt");

    [Fact]
    public Task InBody_IsRefused() => RefusedAsync(Hosts.Tool, "POST", "/repos/a", """{"token":"{}"}""", "Content-Type: application/json");

    [Fact]
    public Task InQuery_IsRefused() => RefusedAsync(Hosts.Tool, "GET", "/repos/a?key={}", null);

    [Fact]
    public Task InPath_IsRefused() => RefusedAsync(Hosts.Tool, "GET", "/repos/{}", null);

    [Fact]
    public Task InsideBasicCredentials_IsRefused() => RefusedAsync(Hosts.Tool, "GET", "/repos/a", null, "Authorization: Basic {base64}");

    [Fact]
    public Task SecondOccurrence_IsRefused() => RefusedAsync(Hosts.Tool, "GET", "/repos/a", null, "Authorization: Bearer {}", "X-Other: {}");

    [Fact]
    public async Task UnknownName_GetsTheSameAnswerAsAnUnboundOne()
    {
        var (registered, invented) = (Firewall.Register(), Canary.Make());
        var known = await SendAsync(registered, Hosts.Tool, "GET", "/repos/a", null, ["Authorization: Bearer {}"]);
        var unknown = await SendAsync(invented, Hosts.Tool, "GET", "/repos/a", null, ["Authorization: Bearer {}"]);

        Assert.Equal((403, 403), (known.Status, unknown.Status));
        Assert.Equal(Sentence(known, registered), Sentence(unknown, invented));
        Assert.Empty(Upstream.Requests);
    }

    [Theory]
    [InlineData("""{"key":"{}","key":"{}"}""")]
    [InlineData("""{"key":"other","key":"{}"}""")]
    [InlineData("""{"k\u0065y":"{}","key":1}""")]
    [InlineData("""{"key":"{}"} {"key":"{}"}""")]
    [InlineData("""{"key":"{}" """)]
    [InlineData("""{"key":"{} and more"}""")]
    [InlineData("""{"key":{"key":"{}"}}""")]
    [InlineData("""{"{}":"key"}""")]
    public async Task JsonOtherThanTheBoundString_IsRefused(string body)
    {
        var canary = Firewall.Register();
        Firewall.Bind(canary, Hosts.Tool, BindingPlace.Json, "/key");

        var response = await SendAsync(canary, Hosts.Tool, "POST", "/login", body, ["Content-Type: application/json"]);

        AssertRefused(response, "unbound_ref", canary);
    }

    [Fact]
    public async Task PlainHttp_IsRefused()
    {
        var canary = Firewall.Register();
        Firewall.BindHeader(canary, Hosts.Unlisted, "Authorization", "Bearer {}");
        await using var client = await RawClient.DialAsync(Firewall.Proxy);

        var response = await client.RequestAsync(
            "GET", $"http://{Hosts.Unlisted}/repos/a", Hosts.Unlisted, default, Firewall.ProxyAuthorization, $"Authorization: Bearer {canary.Reference}");

        AssertRefused(response, "unbound_ref", canary);
    }

    [Fact]
    public async Task AnotherAgentsBinding_IsRefused()
    {
        var canary = Firewall.Register();
        Firewall.Bind(canary, Hosts.Tool, BindingPlace.Header, "Authorization", "Bearer {}", agent: "somebody-else");

        var response = await SendAsync(canary, Hosts.Tool, "GET", "/repos/a", null, ["Authorization: Bearer {}"]);

        AssertRefused(response, "unbound_ref", canary);
    }

    [Fact]
    public async Task ModelBody_WithABindingForThatHost_StaysText()
    {
        var canary = Firewall.Register();
        Firewall.Bind(canary, Hosts.OpenAi, BindingPlace.Json, "/messages/0/content");
        var body = Prompts.Chat(canary.Reference);

        var response = await SendAsync(canary, Hosts.OpenAi, "POST", Prompts.ChatPath, body, ["Content-Type: application/json"]);

        Assert.Equal(200, response.Status);
        Assert.Equal(body, Upstream.Single.BodyText);
        AssertNowhere([canary], response.Body);
    }

    private Task RefusedAsync(string host, string method, string target, string? body, params string[] headers) =>
        RefusedAsync(host, method, target, body, headers, "unbound_ref");

    private async Task RefusedAsync(string host, string method, string target, string? body, string[] headers, string code)
    {
        var canary = Bound();
        AssertRefused(await SendAsync(canary, host, method, target, body, headers), code, canary);
    }

    private Canary Bound()
    {
        var canary = Firewall.Register();
        Firewall.Bind(canary, Hosts.Tool, BindingPlace.Header, "Authorization", "Bearer {}", methods: ["GET", "POST"], pathPrefix: "/repos/");
        return canary;
    }

    private async Task<RawResponse> SendAsync(Canary canary, string host, string method, string target, string? body, string[] headers)
    {
        string Fill(string text) => text.Replace("{}", canary.Reference, StringComparison.Ordinal)
            .Replace("{base64}", Convert.ToBase64String(Encoding.ASCII.GetBytes("u:" + canary.Reference)), StringComparison.Ordinal);
        await using var client = await Firewall.TunnelAsync(host);
        return await client.RequestAsync(method, Fill(target), host, body is null ? default : Encoding.ASCII.GetBytes(Fill(body)), headers.Select(Fill));
    }

    private void AssertRefused(RawResponse response, string code, Canary canary)
    {
        Assert.Equal((403, "application/problem+json"), (response.Status, response.Header("Content-Type")));
        using var problem = JsonDocument.Parse(response.Body);
        Assert.Equal(code, problem.RootElement.GetProperty("code").GetString());
        Assert.Empty(Upstream.Requests);
        Assert.Empty(Http1Upstream.Requests);
        AssertNowhere([canary], response.Body);
    }

    private static string Sentence(RawResponse response, Canary canary)
    {
        using var problem = JsonDocument.Parse(response.Body);
        var detail = problem.RootElement.GetProperty("detail").GetString()!;
        return detail.Replace(response.Header("X-SFW-Decision")!, "ID", StringComparison.Ordinal).Replace(canary.Name, "NAME", StringComparison.Ordinal);
    }
}
