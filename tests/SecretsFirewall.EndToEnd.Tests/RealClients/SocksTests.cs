using System.Text;
using SecretsFirewall.Audit;
using SecretsFirewall.EndToEnd.Tests.Drivers;
using SecretsFirewall.EndToEnd.Tests.Harness;
using SecretsFirewall.EndToEnd.Tests.Upstreams;

namespace SecretsFirewall.EndToEnd.Tests.RealClients;

/// <summary>curl through SOCKS5 on the same port: the same exchanges by another way in.</summary>
public sealed class SocksTests(FirewallFixture firewall) : FirewallTests(firewall), IClassFixture<FirewallFixture>
{
    [ClientTheory(Client.Curl)]
    [InlineData("--http1.1")]
    [InlineData("--http2")]
    public async Task Curl_SocksWithTheNameForTheProxy_ModelReceivesTheReference(string version)
    {
        var canary = Firewall.Register();
        Upstream.Reset(Answer.Json(Prompts.ChatAnswer));

        var result = await CurlAsync(
            Prompts.Chat($"Deploy with {canary.Value} now."),
            "--socks5-hostname", Proxy, "--proxy-user", Firewall.Credentials,
            version, "-H", "Content-Type: application/json", "--data-binary", "@-", $"https://{Hosts.OpenAi}{Prompts.ChatPath}");

        Assert.Equal(Prompts.ChatAnswer, result.Succeeded().Text);
        Assert.Equal(Prompts.Chat($"Deploy with {canary.Reference} now."), Upstream.Single.BodyText);
        AssertNowhere([canary], result.Output, result.Errors);
    }

    [ClientFact(Client.Curl)]
    public async Task Curl_AllProxyAlone_BoundReferenceReachesTheToolAsItsValue()
    {
        var canary = Firewall.Register();
        Firewall.BindHeader(canary, Hosts.Tool, "Authorization", "Bearer {}");
        var environment = new Dictionary<string, string>
        {
            ["ALL_PROXY"] = $"socks5h://{Firewall.Credentials}@{Proxy}",
            ["CURL_CA_BUNDLE"] = Firewall.ClientEnvironment["CURL_CA_BUNDLE"],
        };

        var result = await ClientProcess.RunAsync(
            ClientPrograms.Executable(Client.Curl), ["-sS", "-H", $"Authorization: Bearer {canary.Reference}", $"https://{Hosts.Tool}/user"], environment);

        Assert.Equal("ok", result.Succeeded().Text);
        Assert.Equal($"Bearer {canary.Value}", Upstream.Single.Header("Authorization"));
        AssertOnlyUpstreamHas(canary, result.Output, result.Errors);
    }

    [ClientFact(Client.Curl)]
    public async Task Curl_SocksWithPlainHttp_IsAnExchangeLikeAllOthers()
    {
        var canary = Firewall.Register();
        Firewall.MarkAudit();

        var result = await CurlAsync(
            "", "--socks5-hostname", Proxy, "--proxy-user", Firewall.Credentials, "-H", $"X-Note: {canary.Value}", $"http://{Hosts.Unlisted}/a?b=c");

        Assert.Equal("ok", result.Succeeded().Text);
        Assert.Equal(("/a?b=c", Hosts.Unlisted), (Upstream.Single.Target, Upstream.Single.Header("Host")));
        Assert.Equal(canary.Reference, Upstream.Single.Header("X-Note"));
        Assert.Equal("http", (await Firewall.AuditAsync(record => record.Type == AuditTypes.Outcome)).Destination?.Scheme);
        AssertNowhere([canary]);
    }

    [ClientFact(Client.Curl)]
    public async Task Curl_SocksWithTheNameResolvedByTheClient_IsAnotherNameInsideAndRefused()
    {
        var result = await CurlAsync(
            "", "--socks5", Proxy, "--proxy-user", Firewall.Credentials, "--resolve", $"{Hosts.Tool}:443:192.0.2.7", "-k", $"https://{Hosts.Tool}/user");

        Assert.Contains("host_mismatch", result.Succeeded().Text, StringComparison.Ordinal);
        Assert.Empty(Upstream.Connections);
    }

    [ClientTheory(Client.Curl)]
    [InlineData("https://127.0.0.1/")]
    [InlineData("http://127.0.0.1/")]
    [InlineData("https://[::1]/")]
    [InlineData("http://169.254.169.254/latest/meta-data/")]
    public async Task Curl_SocksToAnAddressOfThisNetwork_IsRefusedInside(string url)
    {
        var result = await CurlAsync("", "--socks5", Proxy, "--proxy-user", Firewall.Credentials, "-k", "-i", url);

        Assert.Contains(" 403", result.Succeeded().Text.Split('\n')[0], StringComparison.Ordinal);
        Assert.Contains("host_denied", result.Text, StringComparison.Ordinal);
        Assert.Empty(Upstream.Connections);
    }

    [ClientTheory(Client.Curl)]
    [InlineData("agent:wrong")]
    [InlineData("")]
    public async Task Curl_SocksWithoutRightCredentials_IsRefusedAndRecorded(string credentials)
    {
        Firewall.MarkAudit();
        string[] user = credentials.Length == 0 ? [] : ["--proxy-user", credentials];

        var result = await CurlAsync("", ["--socks5-hostname", Proxy, .. user, $"https://{Hosts.Tool}/user"]);

        Assert.Equal(97, result.ExitCode); // CURLE_PROXY
        Assert.Equal(407, (await Firewall.AuditAsync(record => record.Code == "proxy_authentication_required")).Status);
        Assert.Empty(Upstream.Connections);
    }

    private string Proxy => Firewall.Proxy.ToString();

    /// <summary>Without the variables that would lead to the proxy by themselves.</summary>
    private Task<ClientResult> CurlAsync(string input, params string[] arguments) => ClientProcess.RunAsync(
        ClientPrograms.Executable(Client.Curl),
        ["-sS", "--max-time", "30", .. arguments],
        new Dictionary<string, string> { ["CURL_CA_BUNDLE"] = Firewall.ClientEnvironment["CURL_CA_BUNDLE"] },
        Encoding.UTF8.GetBytes(input));
}
