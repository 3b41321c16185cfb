using SecretsFirewall.Cli;
using SecretsFirewall.EndToEnd.Tests.Drivers;
using SecretsFirewall.EndToEnd.Tests.Harness;
using SecretsFirewall.EndToEnd.Tests.Upstreams;

namespace SecretsFirewall.EndToEnd.Tests.Refusals;

/// <summary>Each limit, set low: who goes beyond it is answered so, and everybody else goes on.</summary>
public sealed class LimitTests(LimitTests.Fixture firewall) : FirewallTests(firewall), IClassFixture<LimitTests.Fixture>
{
    private readonly string _agent = firewall.NewAgent();

    [Fact]
    public async Task Tunnels_MoreThanTheAgentMayHave_Are503UntilOneCloses()
    {
        var tunnels = new List<RawClient>();
        for (var i = 0; i < Fixture.Tunnels; i++)
        {
            tunnels.Add(await TunnelAsync(Hosts.Tool));
        }

        await using (var refused = await RawClient.DialAsync(Firewall.Proxy))
        {
            var answer = await refused.ConnectAsync($"{Hosts.Tool}:443", _agent);
            Assert.Equal((503, "5"), (answer.Status, answer.Header("Retry-After")));
            Assert.Contains("overloaded", answer.Text, StringComparison.Ordinal);
        }

        await using (var other = await RawClient.TunnelAsync(Firewall.Proxy, Firewall.CaPem, Hosts.Tool, ((Fixture)Firewall).NewAgent()))
        {
            Assert.Equal(200, (await other.RequestAsync("GET", "/thing", Hosts.Tool)).Status);
        }

        foreach (var tunnel in tunnels)
        {
            await tunnel.DisposeAsync();
        }

        for (var status = 0; status != 200;)
        {
            await using var again = await RawClient.DialAsync(Firewall.Proxy);
            status = (await again.ConnectAsync($"{Hosts.Tool}:443", _agent)).Status;
        }
    }

    [Fact]
    public async Task Requests_MoreThanTheAgentMayHaveUnderWay_Are429()
    {
        using var gate = new Gate();
        Upstream.Reset(Answer.Gated("text/plain", gate, "a"u8.ToArray(), "b"u8.ToArray()));
        await using var one = await Http2Async();
        await using var other = await Http2Async();
        for (var i = 0; i < Fixture.Requests; i++)
        {
            await (i % 2 == 0 ? one : other).HeadersAsync(1 + (2 * i), end: true, Get("/thing"));
            await Upstream.NextAsync();
        }

        await one.HeadersAsync(101, end: true, Get("/thing"));
        await one.NextAsync();

        Assert.Equal(429, one.Answer(101).Status);
        Assert.Contains("rate_limited", one.Answer(101).Body, StringComparison.Ordinal);
        gate.Open(Fixture.Requests);
        Assert.Equal(Fixture.Requests, Upstream.Requests.Count);
    }

    [Fact]
    public async Task Streams_MoreThanAConnectionMayHave_AreRefusedAndTheOthersGoOn()
    {
        using var gate = new Gate();
        Upstream.Reset(Answer.Gated("text/plain", gate, "a"u8.ToArray(), "b"u8.ToArray()));
        await using var client = await Http2Async();
        for (var i = 0; i < Fixture.Streams; i++)
        {
            await client.HeadersAsync(1 + (2 * i), end: true, Get("/thing"));
            await Upstream.NextAsync();
        }

        await client.HeadersAsync(101, end: true, Get("/thing"));
        var refused = await client.NextAsync();
        gate.Open(Fixture.Streams);
        var served = await client.NextAsync();

        Assert.Equal((Http2FrameType.RstStream, 101, "REFUSED_STREAM"), (refused.Type, refused.Stream, refused.Error));
        Assert.Equal((200, "ab"), client.Answer(served.Stream));
    }

    [Fact]
    public async Task BufferedBytes_MoreThanTheAgentMayHold_Are503AndNothingIsSent()
    {
        await using var client = await TunnelAsync(Hosts.Tool);

        await client.SendAsync($"POST /thing HTTP/1.1\r\nHost: {Hosts.Tool}\r\nContent-Type: application/json\r\nContent-Length: {Fixture.BufferedBytes + 1}\r\n\r\n[");
        var response = await client.ReadResponseAsync("POST");

        Assert.Equal(503, response.Status);
        Assert.Contains("overloaded", response.Text, StringComparison.Ordinal);
        Assert.Empty(Upstream.Requests);
    }

    [Fact]
    public async Task Names_MoreThanTheAgentMayUseInAnHour_GetNoCertificate()
    {
        for (var i = 0; i < Fixture.Names; i++)
        {
            await (await TunnelAsync($"name-{i}.{_agent.Split(':')[0]}.example")).DisposeAsync();
        }

        Firewall.MarkAudit();
        await using var refused = await RawClient.DialAsync(Firewall.Proxy);
        Assert.Equal(200, (await refused.ConnectAsync("one-more.example:443", _agent)).Status);
        await Assert.ThrowsAnyAsync<Exception>(() => refused.StartTlsAsync("one-more.example", Firewall.CaPem));

        var record = await Firewall.AuditAsync(record => record.Agent == _agent.Split(':')[0]);
        Assert.Equal("tunnel", record.Type);
        Assert.Contains("names_per_agent_and_hour", record.Detail, StringComparison.Ordinal);
        await (await TunnelAsync($"name-0.{_agent.Split(':')[0]}.example")).DisposeAsync(); // one that it has
    }

    [Fact]
    public async Task Head_ThatDoesNotEnd_Is408AndRecorded()
    {
        Firewall.MarkAudit();
        await using var client = await TunnelAsync(Hosts.Tool);

        await client.SendAsync($"GET /thing HTTP/1.1\r\nHost: {Hosts.Tool}\r\nX-Slow: ");

        Assert.Equal(408, (await client.ReadResponseAsync()).Status);
        Assert.True(await client.IsClosedAsync());
        var record = await Firewall.AuditAsync(record => record.Code == "timeout");
        Assert.Equal((_agent.Split(':')[0], "limits.head_timeout"), (record.Agent, record.Rule));
        Assert.Empty(Upstream.Requests);
    }

    [Fact]
    public async Task Body_ThatFallsSilent_Is408AndNothingIsSent()
    {
        await using var client = await TunnelAsync(Hosts.Tool);

        await client.SendAsync($"POST /thing HTTP/1.1\r\nHost: {Hosts.Tool}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n[");
        var response = await client.ReadResponseAsync("POST");

        Assert.Equal(408, response.Status);
        Assert.Contains("timeout", response.Text, StringComparison.Ordinal);
        Assert.Empty(Upstream.Requests);
    }

    [Fact]
    public async Task Connection_ThatIsIdle_IsClosed()
    {
        await using var client = await TunnelAsync(Hosts.Tool);
        Assert.Equal(200, (await client.RequestAsync("GET", "/thing", Hosts.Tool)).Status);

        Assert.True(await client.IsClosedAsync());
    }

    private static (string, string)[] Get(string path) => [(":method", "GET"), (":scheme", "https"), (":authority", Hosts.Tool), (":path", path)];

    private Task<RawClient> TunnelAsync(string host) => RawClient.TunnelAsync(Firewall.Proxy, Firewall.CaPem, host, _agent);

    private Task<RawHttp2Client> Http2Async() => RawHttp2Client.ConnectAsync(Firewall.Proxy, Firewall.CaPem, Hosts.Tool, _agent);

    public sealed class Fixture : FirewallFixture
    {
        internal const int Tunnels = 4;
        internal const int Requests = 12;
        internal const int Streams = 8; // fewer than requests
        internal const int Names = 3;
        internal const int BufferedBytes = 100_000;

        private static readonly TimeSpan Soon = TimeSpan.FromSeconds(1);

        private int _agents;

        /// <summary>Limits are counted by agent.</summary>
        internal string NewAgent() => AddAgent($"limited-{Interlocked.Increment(ref _agents)}");

        private protected override FirewallOptions Configure(FirewallOptions options) => options with
        {
            Listen = options.Listen with { TunnelsPerAgent = Tunnels, RequestsPerAgent = Requests, StreamsPerConnection = Streams, HeadTimeout = Soon, IdleTimeout = Soon },
            Interception = options.Interception with { NamesPerAgentAndHour = Names },
            Enforcement = options.Enforcement with { BufferedBytesPerAgent = BufferedBytes, BodyTimeout = Soon },
        };
    }
}
