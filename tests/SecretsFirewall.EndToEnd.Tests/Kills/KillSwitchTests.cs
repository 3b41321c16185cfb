using System.Net;
using System.Text;
using SecretsFirewall.Audit;
using SecretsFirewall.EndToEnd.Tests.Drivers;
using SecretsFirewall.EndToEnd.Tests.Harness;
using SecretsFirewall.EndToEnd.Tests.Upstreams;
using SecretsFirewall.Restraints.Kills;
using Xunit.Abstractions;

namespace SecretsFirewall.EndToEnd.Tests.Kills;

/// <summary>What is stopped by scope: nothing of it is forwarded, what is under way is cut, and the others go on.</summary>
public sealed class KillSwitchTests(FirewallFixture firewall, ITestOutputHelper output) : FirewallTests(firewall), IClassFixture<FirewallFixture>, IDisposable
{
    private const int Streams = 200;

    public void Dispose()
    {
        foreach (var kill in Firewall.Kills.Current.All)
        {
            Firewall.Unkill(kill.Scope, kill.Name);
        }
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task System_WithManyOpenStreams_CutsThemAllAndNothingReachesTheUpstreamAfterwards(string version)
    {
        using var gone = new Gate();
        var one = "data: one\n\n"u8.ToArray();
        Upstream.Reset(async exchange =>
        {
            exchange.Header("Content-Type", "text/event-stream");
            await exchange.SendAsync(one);
            await using var ended = exchange.PeerGone.Register(() => gone.Open());
            await Task.Delay(Timeout.InfiniteTimeSpan, exchange.PeerGone);
        });
        var clients = Enumerable.Range(0, 4).Select(_ => Firewall.CreateHttpClient(Version.Parse(version))).ToList(); // an HTTP/2 connection takes 100
        var open = await Task.WhenAll(Enumerable.Range(0, Streams).Select(async i =>
        {
            var response = await clients[i % clients.Count].GetAsync($"https://{Hosts.Tool}/stream/{i}", HttpCompletionOption.ResponseHeadersRead);
            var body = await response.Content.ReadAsStreamAsync();
            await body.ReadExactlyAsync(new byte[one.Length]);
            return (response, body);
        }));
        var received = Upstream.Requests.Count;
        var ends = open.Select(stream => EndOfAsync(stream.body)).ToList();
        Assert.DoesNotContain(ends, end => end.IsCompleted);

        var clock = TimeProvider.System.GetTimestamp();
        Firewall.Kill(KillScope.System);
        var told = TimeProvider.System.GetElapsedTime(clock);
        var broken = await Task.WhenAll(ends).WaitAsync(Patience.Long);
        var over = TimeProvider.System.GetElapsedTime(clock);
        for (var i = 0; i < Streams; i++)
        {
            await gone.PassAsync();
        }

        output.WriteLine($"HTTP/{version}: {Streams} streams told after {told.TotalMilliseconds:F0} ms, over at the client after {over.TotalMilliseconds:F0} ms, at the upstream after {TimeProvider.System.GetElapsedTime(clock).TotalMilliseconds:F0} ms.");
        Assert.All(broken, Assert.True); // none ended as if it were whole
        var bytes = Upstream.ReceivedBytes;
        using var again = Firewall.CreateHttpClient(Version.Parse(version));
        using var refused = await again.GetAsync($"https://{Hosts.Tool}/after");
        Assert.Equal((HttpStatusCode.Forbidden, true), (refused.StatusCode, (await refused.Content.ReadAsStringAsync()).Contains("\"killed\"", StringComparison.Ordinal)));
        Assert.Equal((received, bytes), (Upstream.Requests.Count, Upstream.ReceivedBytes));
        foreach (var (response, body) in open)
        {
            await body.DisposeAsync();
            response.Dispose();
        }

        clients.ForEach(client => client.Dispose());
    }

    [Fact]
    public async Task System_IsSaidBeforeAnybodyAsksWhoSends()
    {
        Firewall.Kill(KillScope.System);
        await using var client = await RawClient.DialAsync(Firewall.Proxy);

        await client.SendAsync($"GET http://{Hosts.Tool}/thing HTTP/1.1\r\nHost: {Hosts.Tool}\r\nProxy-Authorization: Basic bm9ib2R5OndpdGg=\r\n\r\n");
        var response = await client.ReadResponseAsync("GET");

        Assert.Equal(403, response.Status);
        Assert.Contains("\"killed\"", response.Text, StringComparison.Ordinal);
        Assert.Contains("sfw unkill system", response.Text, StringComparison.Ordinal);
        Assert.Empty(Upstream.Requests);
    }

    [Fact]
    public async Task Host_IsStoppedForAllAndTheOthersGoOn()
    {
        Firewall.Kill(KillScope.Host, Hosts.Tool);

        Assert.Equal(403, (await GetAsync(Hosts.Tool)).Status);
        Assert.Equal(200, (await GetAsync(Hosts.Git)).Status); // above it, and not stopped
        Firewall.Unkill(KillScope.Host, Hosts.Tool);
        Assert.Equal(200, (await GetAsync(Hosts.Tool)).Status);
        Firewall.Kill(KillScope.Host, Hosts.Git, subdomains: true);
        Assert.Equal((403, 403), ((await GetAsync(Hosts.Tool)).Status, (await GetAsync(Hosts.Git)).Status));
        Assert.Equal(2, Upstream.Requests.Count);
    }

    [Fact]
    public async Task Session_IsStoppedByTheAgentsNameForItAndItsOthersGoOn()
    {
        Firewall.MarkAudit();
        Firewall.Kill(KillScope.Session, $"{FirewallFixture.AgentName}/s1");

        Assert.Equal(403, (await GetAsync(Hosts.Tool, "X-SFW-Session: s1")).Status);
        Assert.Equal(200, (await GetAsync(Hosts.Tool, "X-SFW-Session: s2")).Status);
        Assert.Equal(200, (await GetAsync(Hosts.Tool)).Status);

        Assert.All(Upstream.Requests, request => Assert.DoesNotContain(request.Headers, header => header.Key.StartsWith("X-SFW", StringComparison.OrdinalIgnoreCase)));
        Assert.Equal("s1", (await Firewall.AuditAsync(record => record is { Type: AuditTypes.Outcome, Code: "killed" })).Session);
    }

    [Theory]
    [InlineData("X-SFW-Session: two words")]
    [InlineData("X-SFW-Session: a/b")]
    [InlineData("X-SFW-Session: s1\r\nX-SFW-Session: s2")]
    public async Task Session_NameThatIsNone_IsRefused(string field)
    {
        Assert.Equal(400, (await GetAsync(Hosts.Tool, field)).Status);
        Assert.Empty(Upstream.Requests);
    }

    [Fact]
    public async Task Killed_WhileTheUpstreamThinks_IsAnsweredAndTheUpstreamIsLeft()
    {
        using var gone = new Gate();
        Upstream.Reset(async exchange =>
        {
            await using var ended = exchange.PeerGone.Register(() => gone.Open());
            await Task.Delay(Timeout.InfiniteTimeSpan, exchange.PeerGone);
        });
        await using var client = await Firewall.TunnelAsync(Hosts.OpenAi);
        var body = Encoding.UTF8.GetBytes(Prompts.Chat("Hello"));
        await client.SendAsync($"POST {Prompts.ChatPath} HTTP/1.1\r\nHost: {Hosts.OpenAi}\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n");
        await client.SendAsync(body);
        await Upstream.NextAsync();
        Firewall.MarkAudit();

        Firewall.Kill(KillScope.Host, Hosts.OpenAi);
        var response = await client.ReadResponseAsync("POST");

        Assert.Equal(400, response.Status); // as its client understands it
        Assert.Contains("stopped", response.Text, StringComparison.Ordinal);
        await gone.PassAsync();
        Assert.Equal(("killed", "kill.host"), await OutcomeAsync());
    }

    [Fact]
    public async Task Killed_WhileTheBodyIsRead_IsAnsweredWithoutItsRest()
    {
        await using var client = await Firewall.TunnelAsync(Hosts.Http1Tool);
        await client.SendAsync($"POST /thing HTTP/1.1\r\nHost: {Hosts.Http1Tool}\r\nContent-Type: application/json\r\nContent-Length: 11\r\nExpect: 100-continue\r\n\r\n");
        Assert.Equal(100, (await client.Reader.ReadHeadAsync()).Status);

        Firewall.Kill(FirewallFixture.AgentName);
        var response = await client.ReadResponseAsync("POST");

        Assert.Equal(403, response.Status);
        Assert.Empty(Http1Upstream.Requests);
    }

    [Fact]
    public async Task Tool_InAModelsAnswer_IsReplacedThoughThePolicySaysNothingOfTools()
    {
        Upstream.Reset(Answer.Json(Call("Deploy")));
        Assert.Contains("Deploy", (await PromptAsync()).Text, StringComparison.Ordinal);
        Firewall.MarkAudit();

        Firewall.Kill(KillScope.Tool, "deploy");
        var refused = await PromptAsync();

        Assert.Equal(200, refused.Status);
        Assert.DoesNotContain("tool_calls\":[", refused.Text.Replace(" ", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Contains("This tool is stopped", refused.Text, StringComparison.Ordinal);
        var tool = Assert.Single((await Firewall.AuditAsync(record => record.Tools.Count > 0)).Tools);
        Assert.Equal(("Deploy", "deny", "kill.tool"), (tool.Name, tool.Outcome, tool.Rule));
        Upstream.Reset(Answer.Json(Call("search")));
        Assert.Contains("\"search\"", (await PromptAsync()).Text, StringComparison.Ordinal);
        Firewall.Unkill(KillScope.Tool, "DEPLOY");
    }

    [Fact]
    public async Task Tool_StoppedWhileAnAnswerStreamsThatNobodyLooksThrough_CutsIt()
    {
        using var gate = new Gate();
        Upstream.Reset(Answer.Gated("text/event-stream", gate, "data: {\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\"}}]}\n\n"u8.ToArray(), "data: [DONE]\n\n"u8.ToArray()));
        using var client = Firewall.CreateHttpClient(HttpVersion.Version20);
        using var request = new HttpRequestMessage(HttpMethod.Post, $"https://{Hosts.OpenAi}{Prompts.ChatPath}")
        {
            Version = HttpVersion.Version20,
            Content = new StringContent(Prompts.Chat("Hello"), Encoding.UTF8, "application/json"),
        };
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        await using var body = await response.Content.ReadAsStreamAsync();
        Assert.True(await body.ReadAsync(new byte[10]) > 0);

        Firewall.Kill(KillScope.Tool, "deploy");

        Assert.True(await EndOfAsync(body));
    }

    [Fact]
    public async Task WebSocket_SystemStopped_IsClosedWithItsReason()
    {
        using var heard = new Gate();
        Http1Upstream.Reset(async exchange =>
        {
            var frames = await exchange.AcceptWebSocketAsync();
            await frames.ReadAsync();
            heard.Open();
            await frames.ReadAsync();
        });
        await using var client = await Firewall.TunnelAsync(Hosts.Http1Tool);
        var (_, socket) = await FrameStream.OpenAsync(client, Hosts.Http1Tool);
        await socket.Inner.WriteAsync(FrameStream.Masked(FrameStream.Text, "hello"));
        await heard.PassAsync(); // before, there is no socket to close: the connection breaks off
        Firewall.MarkAudit();

        Firewall.Kill(KillScope.System);

        var close = (await socket.ReadAsync())!;
        Assert.Equal(1008, close.CloseCode);
        Assert.StartsWith("killed", close.CloseReason, StringComparison.Ordinal);
        Assert.Null(await socket.ReadAsync());
        Assert.Equal(("killed", "kill.system"), await OutcomeAsync());
    }

    [Fact]
    public async Task OpaqueTunnel_ItsHostStopped_IsCutAtOnce()
    {
        Assert.Empty(Firewall.ChangePolicy("local.json", $$"""
            {
              "schema": "policy/v1",
              "rules": [{
                "id": "pinned", "on": "connect", "outcome": "allow", "inspect": false, "expires": "2099-12-31", "reason": "It pins.",
                "match": { "host": { "eq": "{{Hosts.Unlisted}}" }, "port": { "eq": 443 } }
              }]
            }
            """));
        await using var client = await RawClient.DialAsync(Firewall.Proxy);
        Assert.Equal(200, (await client.ConnectAsync($"{Hosts.Unlisted}:443", Firewall.Credentials)).Status);
        await client.StartTlsAsync(Hosts.Unlisted, Firewall.Authority.Pem);

        Firewall.Kill(KillScope.Host, "example.net", subdomains: true);

        Assert.True(await client.IsClosedAsync());
        await using var again = await RawClient.DialAsync(Firewall.Proxy);
        Assert.Equal(200, (await again.ConnectAsync($"{Hosts.Unlisted}:443", Firewall.Credentials)).Status);
        await again.StartTlsAsync(Hosts.Unlisted, Firewall.CaPem); // read, to be told so
    }

    [Fact]
    public void ChangesThatPeopleMake_AreAuditedWithWhoAndWhyAndWithoutValues()
    {
        var canary = Firewall.Register();
        Assert.Equal(KillError.None, Firewall.Kills.TryKill(KillScope.Tool, "deploy", $"It printed {canary.Value} there.", "ops"));
        Firewall.Unkill(KillScope.Tool, "deploy");

        var records = Firewall.Audit().Select(entry => entry.Record).Where(record => record.Tool == "deploy").TakeLast(2).ToList();
        Assert.Equal([AuditTypes.Killed, AuditTypes.Unkilled], records.Select(record => record.Type));
        Assert.Equal(("kill.tool", $"The tool deploy: stopped by ops: It printed {canary.Reference} there."), (records[0].Rule, records[0].Detail));
        Assert.Contains("said by a test", records[1].Detail, StringComparison.Ordinal);
    }

    private static string Call(string tool) => $$$"""
        {"id":"c1","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"finish_reason":"tool_calls","message":{"role":"assistant","content":null,"tool_calls":[{"id":"t1","type":"function","function":{"name":"{{{tool}}}","arguments":"{}"}}]}}],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}
        """;

    private async Task<RawResponse> PromptAsync()
    {
        await using var client = await Firewall.TunnelAsync(Hosts.OpenAi);
        return await client.RequestAsync("POST", Prompts.ChatPath, Hosts.OpenAi, Encoding.UTF8.GetBytes(Prompts.Chat("Hello")), "Content-Type: application/json");
    }

    private async Task<RawResponse> GetAsync(string host, params string[] fields)
    {
        await using var client = await Firewall.TunnelAsync(host);
        return await client.RequestAsync("GET", "/thing", host, default, fields);
    }

    private async Task<(string? Code, string? Rule)> OutcomeAsync()
    {
        var record = await Firewall.AuditAsync(record => record.Type == AuditTypes.Outcome);
        return (record.Code, record.Rule);
    }

    /// <summary>True if it broke off.</summary>
    private static async Task<bool> EndOfAsync(Stream body)
    {
        try
        {
            while (await body.ReadAsync(new byte[1024]) > 0)
            {
            }

            return false;
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            return true;
        }
    }
}
