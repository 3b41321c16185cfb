using System.Net;
using System.Net.Sockets;
using SecretsFirewall.Cli;
using SecretsFirewall.EndToEnd.Tests.Drivers;
using SecretsFirewall.EndToEnd.Tests.Harness;
using SecretsFirewall.EndToEnd.Tests.Upstreams;

namespace SecretsFirewall.EndToEnd.Tests.Failures;

/// <summary>Upstreams that fall silent for longer than they may: the client learns of it, and the connection is given up.</summary>
public sealed class PauseTests(PauseTests.Fixture firewall) : FirewallTests(firewall), IClassFixture<PauseTests.Fixture>
{
    [Fact]
    public async Task Handshake_ThatIsNotAnswered_Is504()
    {
        await using var client = await Firewall.TunnelAsync(Fixture.Silent);

        var response = await client.RequestAsync("GET", "/thing", Fixture.Silent);

        Assert.True(response.Status == 504, response.Text);
        Assert.Contains("upstream_timeout", response.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Hosts.Tool)]
    [InlineData(Hosts.Http1Tool)]
    public async Task Head_ThatDoesNotCome_Is504AndTheUpstreamIsLeft(string host)
    {
        var left = Fall(static _ => Task.CompletedTask);
        await using var client = await Firewall.TunnelAsync(host);

        var response = await client.RequestAsync("GET", "/thing", host);

        Assert.True(response.Status == 504, response.Text);
        Assert.Contains("upstream_timeout", response.Text, StringComparison.Ordinal);
        await left.WaitAsync(Patience.Long);
        await AssertServedAsync(client, host);
    }

    [Theory]
    [InlineData(Hosts.Tool)]
    [InlineData(Hosts.Http1Tool)]
    public async Task Body_ThatStops_ClientSeesThatItIsIncompleteAndTheUpstreamIsLeft(string host)
    {
        var left = Fall(static exchange =>
        {
            exchange.Header("Content-Type", "text/event-stream");
            return exchange.SendAsync("data: one\n\n"u8.ToArray());
        });
        await using var client = await Firewall.TunnelAsync(host);

        await client.SendAsync($"GET /events HTTP/1.1\r\nHost: {host}\r\n\r\n");
        var response = await client.ReadResponseAsync();

        Assert.Equal((200, "data: one\n\n", false), (response.Status, response.Text, response.IsComplete));
        await left.WaitAsync(Patience.Long);
        await using var again = await Firewall.TunnelAsync(host);
        await AssertServedAsync(again, host);
    }

    /// <summary>Does <paramref name="first"/> and then nothing more; completes when the firewall has left.</summary>
    private Task Fall(Func<UpstreamExchange, Task> first)
    {
        var left = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Upstream.Script = Http1Upstream.Script = async exchange =>
        {
            await exchange.ReadBodyAsync();
            await first(exchange);
            await using var registration = exchange.PeerGone.Register(() => left.TrySetResult());
            await left.Task;
        };
        return left.Task;
    }

    private async Task AssertServedAsync(RawClient client, string host)
    {
        Upstream.Script = Http1Upstream.Script = Answer.Ok;
        Assert.Equal("ok", (await client.RequestAsync("GET", "/thing", host)).Text);
    }

    /// <summary>Patience of a second, and a listener that never says a word.</summary>
    public sealed class Fixture : FirewallFixture
    {
        internal const string Silent = "silent.example.net";

        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

        public override async Task DisposeAsync()
        {
            await base.DisposeAsync();
            _listener.Stop();
        }

        private protected override FirewallOptions Configure(FirewallOptions options) => options with
        {
            Upstream = options.Upstream with { ConnectTimeout = TimeSpan.FromSeconds(1), ActivityTimeout = TimeSpan.FromSeconds(1) },
        };

        private protected override IReadOnlyDictionary<string, string> UpstreamHosts()
        {
            _listener.Start();
            return new Dictionary<string, string>(base.UpstreamHosts()) { [$"{Silent}:443"] = $"{_listener.LocalEndpoint}" };
        }
    }
}
