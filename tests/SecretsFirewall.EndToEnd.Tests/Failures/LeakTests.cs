using System.Text;
using SecretsFirewall.EndToEnd.Tests.Drivers;
using SecretsFirewall.EndToEnd.Tests.Harness;
using SecretsFirewall.EndToEnd.Tests.Upstreams;
using SecretsFirewall.Model;

namespace SecretsFirewall.EndToEnd.Tests.Failures;

/// <summary>After a load of every kind of end that an exchange can come to, what was taken is given back.</summary>
[Collection(Alone.Name)]
public sealed class LeakTests(FirewallFixture firewall) : FirewallTests(firewall), IClassFixture<FirewallFixture>
{
    /// <summary>What the pools of connections may differ by between two rounds; a handle lost per exchange would be hundreds.</summary>
    private const int PooledHandles = 40;

    [Fact]
    public async Task Tunnels_FiveHundredAtOnce_AreAllServed()
    {
        var statuses = await Task.WhenAll(Enumerable.Range(0, 500).Select(async i =>
        {
            await using var client = await Firewall.TunnelAsync(Hosts.Tool);
            return (await client.RequestAsync("GET", $"/{i}", Hosts.Tool)).Status;
        }));

        Assert.All(statuses, status => Assert.Equal(200, status));
    }

    [Fact]
    public async Task MixedLoad_OverAndOverAgain_GivesBackEveryBufferAndHandle()
    {
        var canary = Firewall.Register();
        Upstream.Script = Http1Upstream.Script = ServeAsync;
        var buffers = TrafficBuffers.Outstanding;
        await LoadAsync(canary);
        await UntilAsync(() => TrafficBuffers.Outstanding <= buffers, () => $"{TrafficBuffers.Outstanding - buffers} buffers did not come back.");
        var handles = Handles();

        await LoadAsync(canary);
        await LoadAsync(canary);

        await UntilAsync(() => TrafficBuffers.Outstanding <= buffers, () => $"{TrafficBuffers.Outstanding - buffers} buffers did not come back.");
        await UntilAsync(() => Handles() <= handles + PooledHandles, () => $"{Handles() - handles} handles were not closed.");
    }

    private static async Task ServeAsync(UpstreamExchange exchange)
    {
        if (exchange.Request.Target == "/break-before")
        {
            exchange.Break();
            return;
        }

        await exchange.ReadBodyAsync();
        exchange.Header("Content-Type", "text/plain");
        await exchange.SendAsync("first part, "u8.ToArray());
        switch (exchange.Request.Target)
        {
            case "/break-within":
                exchange.Break();
                break;
            case "/endless":
                while (!exchange.PeerGone.IsCancellationRequested)
                {
                    await exchange.SendAsync(new byte[16 * 1024]);
                }

                break;
        }
    }

    private Task LoadAsync(Canary canary) => Task.WhenAll(Enumerable.Range(0, 120).Select(async i =>
    {
        var host = i % 2 == 0 ? Hosts.Tool : Hosts.Http1Tool;
        await using var client = await Firewall.TunnelAsync(host);
        try
        {
            await ExchangeAsync(client, host, i % 10, canary);
        }
        catch (Exception e) when (e is EndOfStreamException or IOException)
        {
            // Some of these end so.
        }
    }));

    private static async Task ExchangeAsync(RawClient client, string host, int kind, Canary canary)
    {
        switch (kind)
        {
            case 0:
                await client.RequestAsync("GET", "/thing", host);
                break;
            case 1: // masked
                await client.RequestAsync("POST", "/thing", host, Encoding.ASCII.GetBytes($$"""{"a":"{{canary.Value}}"}"""), "Content-Type: application/json");
                break;
            case 2: // refused
                await client.RequestAsync("POST", "/thing", "elsewhere.example", new byte[1000], "Content-Type: text/plain");
                break;
            case 3: // malformed
                await client.SendAsync($"POST /thing HTTP/1.1\r\nHost: {host}\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\n");
                await client.ReadResponseAsync("POST");
                break;
            case 4: // the client goes in mid-upload
                await client.SendAsync($"PUT /thing HTTP/1.1\r\nHost: {host}\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n4000\r\n");
                await client.SendAsync(new byte[0x2000]);
                client.Reset();
                break;
            case 5: // and in the middle of a body that is read whole
                await client.SendAsync($"POST /thing HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n[");
                client.Reset();
                break;
            case 6: // and in mid-answer
                await client.SendAsync($"GET /endless HTTP/1.1\r\nHost: {host}\r\n\r\n");
                await client.Reader.ReadHeadAsync();
                client.Reset();
                break;
            case 7:
                await client.RequestAsync("GET", "/break-before", host);
                break;
            case 8:
                await client.RequestAsync("GET", "/break-within", host);
                break;
            default: // half-closed, which the server takes for gone
                await client.SendAsync($"GET /thing HTTP/1.1\r\nHost: {host}\r\n\r\n");
                await client.EndSendingAsync();
                await client.ReadResponseAsync();
                break;
        }
    }

    private static int Handles() => Directory.GetFiles("/proc/self/fd").Length;

    /// <summary>The last of it is given back a little after the clients are gone.</summary>
    private static async Task UntilAsync(Func<bool> isSo, Func<string> otherwise)
    {
        using var patience = new CancellationTokenSource(Patience.Long);
        while (!isSo())
        {
            Assert.False(patience.IsCancellationRequested, otherwise());
            await Task.Yield();
        }
    }
}
