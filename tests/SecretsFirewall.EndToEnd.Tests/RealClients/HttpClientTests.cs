using System.Net;
using System.Text;
using SecretsFirewall.EndToEnd.Tests.Harness;
using SecretsFirewall.EndToEnd.Tests.Upstreams;

namespace SecretsFirewall.EndToEnd.Tests.RealClients;

public sealed class HttpClientTests(FirewallFixture firewall) : FirewallTests(firewall), IClassFixture<FirewallFixture>
{
    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task HttpClient_SecretInPrompt_ModelReceivesTheReference(string version)
    {
        var canary = Firewall.Register(CanaryShape.Base64);
        Upstream.Reset(Answer.Json(Prompts.ChatAnswer));
        using var client = Firewall.CreateHttpClient(Version.Parse(version));
        using var content = new StringContent(Prompts.Chat($"Deploy with {canary.Value} now."), Encoding.UTF8, "application/json");

        using var response = await client.PostAsync($"https://{Hosts.OpenAi}{Prompts.ChatPath}", content);

        Assert.Equal(Version.Parse(version), response.Version);
        Assert.Equal(Prompts.ChatAnswer, await response.Content.ReadAsStringAsync());
        Assert.Equal($"Deploy with {canary.Reference} now.", Prompts.PromptOf(Upstream.Single.Body));
        Assert.Equal(Upstream.Single.Body.Length.ToString(), Upstream.Single.Header("Content-Length"));
        AssertNowhere([canary]);
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task HttpClient_BoundReference_ToolReceivesTheValueAndItsEchoIsMasked(string version)
    {
        var canary = Firewall.Register();
        Firewall.BindHeader(canary, Hosts.Tool, "Authorization", "token {}");
        Upstream.Reset(Answer.EchoHeader("Authorization"));
        using var client = Firewall.CreateHttpClient(Version.Parse(version));
        using var request = new HttpRequestMessage(HttpMethod.Get, $"https://{Hosts.Tool}/user") { Version = Version.Parse(version) };
        request.Headers.TryAddWithoutValidation("Authorization", $"token {canary.Reference}");

        using var response = await client.SendAsync(request);

        Assert.Equal($"token {canary.Value}", Upstream.Single.Header("Authorization"));
        Assert.Equal($"token {canary.Reference}", await response.Content.ReadAsStringAsync());
        AssertOnlyUpstreamHas(canary);
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task HttpClient_EventStream_EachEventArrivesBeforeTheNextIsSent(string version)
    {
        using var gate = new Gate();
        Upstream.Reset(Answer.Gated("text/event-stream", gate, "data: one\n\n"u8.ToArray(), "data: two\n\n"u8.ToArray()));
        using var client = Firewall.CreateHttpClient(Version.Parse(version));

        using var response = await client.GetAsync($"https://{Hosts.Tool}/events", HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());

        Assert.Equal("data: one", await reader.ReadLineAsync().WaitAsync(Patience.Long));
        gate.Open();
        Assert.Equal("", await reader.ReadLineAsync().WaitAsync(Patience.Long));
        Assert.Equal("data: two", await reader.ReadLineAsync().WaitAsync(Patience.Long));
    }

    [Fact]
    public async Task HttpClient_WithoutCredentials_Gets407AndThenAuthenticates()
    {
        using var client = Firewall.CreateHttpClient(HttpVersion.Version11);

        Assert.Equal("ok", await client.GetStringAsync($"https://{Hosts.Tool}/first"));
        Assert.Equal("ok", await client.GetStringAsync($"http://{Hosts.Unlisted}/second"));

        Assert.All(Upstream.Requests, request => Assert.Null(request.Header("Proxy-Authorization")));
    }
}
