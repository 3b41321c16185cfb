using System.Text;
using SecretsFirewall.EndToEnd.Tests.Drivers;
using SecretsFirewall.EndToEnd.Tests.Harness;
using SecretsFirewall.EndToEnd.Tests.Upstreams;

namespace SecretsFirewall.EndToEnd.Tests.RealClients;

public sealed class CurlTests(FirewallFixture firewall) : FirewallTests(firewall), IClassFixture<FirewallFixture>
{
    [ClientTheory(Client.Curl)]
    [InlineData("--http1.1")]
    [InlineData("--http2")]
    public async Task Curl_SecretInPrompt_ModelReceivesTheReference(string version)
    {
        var canary = Firewall.Register();
        Upstream.Reset(Answer.Json(Prompts.ChatAnswer));

        var result = await CurlAsync(
            Prompts.Chat($"Deploy with {canary.Value} now."),
            version, "-H", "Content-Type: application/json", "--data-binary", "@-", $"https://{Hosts.OpenAi}{Prompts.ChatPath}");

        Assert.Equal(Prompts.ChatAnswer, result.Succeeded().Text);
        Assert.Equal(Prompts.Chat($"Deploy with {canary.Reference} now."), Upstream.Single.BodyText);
        AssertNowhere([canary], result.Output, result.Errors);
    }

    [ClientTheory(Client.Curl)]
    [InlineData("--http1.1")]
    [InlineData("--http2")]
    public async Task Curl_BoundReference_ToolReceivesTheValueAndItsEchoIsMasked(string version)
    {
        var canary = Firewall.Register();
        Firewall.BindHeader(canary, Hosts.Tool, "Authorization", "Bearer {}");
        Upstream.Reset(Answer.EchoHeader("Authorization"));

        var result = await CurlAsync("", version, "-i", "-H", $"Authorization: Bearer {canary.Reference}", $"https://{Hosts.Tool}/user");

        Assert.Equal($"Bearer {canary.Value}", Upstream.Single.Header("Authorization"));
        Assert.EndsWith($"\r\n\r\nBearer {canary.Reference}", result.Succeeded().Text, StringComparison.Ordinal);
        Assert.Contains($"x-echo: Bearer {canary.Reference}\r\n", result.Text, StringComparison.OrdinalIgnoreCase);
        AssertOnlyUpstreamHas(canary, result.Output, result.Errors);
    }

    [ClientTheory(Client.Curl)]
    [InlineData("--http1.1")]
    [InlineData("--http2")]
    public async Task Curl_EventStream_EachEventArrivesBeforeTheNextIsSent(string version)
    {
        using var gate = new Gate();
        Upstream.Reset(Answer.Gated("text/event-stream", gate, "data: one\n\n"u8.ToArray(), "data: two\n\n"u8.ToArray()));
        await using var curl = ClientProcess.Start(
            ClientPrograms.Executable(Client.Curl), ["-sS", "-N", version, $"https://{Hosts.Tool}/events"], Firewall.ClientEnvironment);

        Assert.Equal("data: one", await curl.ReadLineAsync());
        gate.Open();
        Assert.Equal("", await curl.ReadLineAsync());
        Assert.Equal("data: two", await curl.ReadLineAsync());
    }

    [ClientFact(Client.Curl)]
    public async Task Curl_PlainHttp_IsForwardedWithTheHostOfTheUrl()
    {
        var result = await CurlAsync("", $"http://{Hosts.Unlisted}/a?b=c");

        Assert.Equal("ok", result.Succeeded().Text);
        Assert.Equal("/a?b=c", Upstream.Single.Target);
        Assert.Equal(Hosts.Unlisted, Upstream.Single.Header("Host"));
        Assert.Null(Upstream.Single.Header("Proxy-Authorization"));
        Assert.Null(Upstream.Single.Header("Proxy-Connection"));
    }

    [ClientFact(Client.Curl)]
    public async Task Curl_LargeUploadWithExpectContinue_ArrivesWhole()
    {
        var body = new string('x', 2 * 1024 * 1024);
        var result = await CurlAsync(body, "--http1.1", "-H", "Expect: 100-continue", "-H", "Content-Type: text/plain", "--data-binary", "@-", $"https://{Hosts.Tool}/upload");

        Assert.Equal("ok", result.Succeeded().Text);
        Assert.Equal(body, Upstream.Single.BodyText);
    }

    private Task<ClientResult> CurlAsync(string input, params string[] arguments) => ClientProcess.RunAsync(
        ClientPrograms.Executable(Client.Curl), ["-sS", "--max-time", "30", .. arguments], Firewall.ClientEnvironment, Encoding.UTF8.GetBytes(input));
}
