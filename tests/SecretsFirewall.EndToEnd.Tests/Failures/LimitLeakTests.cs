using System.Globalization;
using System.Text;
using SecretsFirewall.Cli;
using SecretsFirewall.EndToEnd.Tests.Drivers;
using SecretsFirewall.EndToEnd.Tests.Harness;
using SecretsFirewall.EndToEnd.Tests.Upstreams;
using SecretsFirewall.Model;

namespace SecretsFirewall.EndToEnd.Tests.Failures;

/// <summary>Bodies that outgrow what an agent may hold, however they grow, and upstreams that fall silent: what was taken is given back.</summary>
[Collection(Alone.Name)]
public sealed class LimitLeakTests(LimitLeakTests.Fixture firewall) : FirewallTests(firewall), IClassFixture<LimitLeakTests.Fixture>
{
    private const int TooMuch = 4 * Fixture.Held;

    /// <summary>What the pools of connections may differ by.</summary>
    private const int PooledHandles = 12;

    private static readonly byte[] Json = Encoding.ASCII.GetBytes($"[\"{string.Concat(Enumerable.Range(0, TooMuch / 5).Select(i => i.ToString("D5", CultureInfo.InvariantCulture)))}\"]");

    private static readonly byte[] Coded = Answer.Encode("gzip", Json);

    [Fact]
    public async Task Bodies_ThatOutgrowWhatMayBeHeld_Are503AndNothingIsSentOrKept()
    {
        var buffers = TrafficBuffers.Outstanding;
        for (var i = 0; i < 10; i++)
        {
            AssertOverloaded(await PostAsync($"Content-Length: {Json.Length}", Json));
            AssertOverloaded(await PostAsync("Transfer-Encoding: chunked", Chunked(Json)));
            AssertOverloaded(await PostAsync($"Content-Encoding: gzip\r\nContent-Length: {Coded.Length}", Coded));
            AssertOverloaded(await PostAsync("Content-Encoding: gzip\r\nTransfer-Encoding: chunked", Chunked(Coded)));
        }

        Assert.Empty(Upstream.Requests);
        await UntilAsync(() => TrafficBuffers.Outstanding <= buffers, () => $"{TrafficBuffers.Outstanding - buffers} buffers did not come back.");
        var most = Json.AsSpan(0, Fixture.Held - 1).ToArray();
        Assert.Equal(200, (await PostAsync($"Content-Length: {most.Length}", [.. most[..^2], .. "\"]"u8])).Status); // the whole of it is free again
    }

    [Fact]
    public async Task Upstreams_ThatFallSilent_LeaveNoBufferAndNoHandle()
    {
        Upstream.Script = Http1Upstream.Script = static async exchange =>
        {
            await exchange.ReadBodyAsync();
            if (exchange.Request.Target == "/body")
            {
                exchange.Header("Content-Type", "text/event-stream");
                await exchange.SendAsync("data: one\n\ndata: tw"u8.ToArray());
            }

            await Task.Delay(Timeout.Infinite, exchange.PeerGone);
        };
        var buffers = TrafficBuffers.Outstanding;
        await FallSilentAsync();
        await UntilAsync(() => TrafficBuffers.Outstanding <= buffers, () => $"{TrafficBuffers.Outstanding - buffers} buffers did not come back.");
        var handles = Handles();

        await FallSilentAsync();

        await UntilAsync(() => TrafficBuffers.Outstanding <= buffers, () => $"{TrafficBuffers.Outstanding - buffers} buffers did not come back.");
        await UntilAsync(() => Handles() <= handles + PooledHandles, () => $"{Handles() - handles} handles were not closed.");
    }

    private Task FallSilentAsync() => Task.WhenAll(Enumerable.Range(0, 60).Select(async i =>
    {
        var host = i % 2 == 0 ? Hosts.Tool : Hosts.Http1Tool;
        await using var client = await Firewall.TunnelAsync(host);
        var response = await client.RequestAsync("GET", i % 4 < 2 ? "/head" : "/body", host);
        Assert.True(response.Status == 504 || !response.IsComplete, $"{response.Status} and whole.");
    }));

    private async Task<RawResponse> PostAsync(string fields, byte[] body)
    {
        await using var client = await Firewall.TunnelAsync(Hosts.Tool);
        await client.SendAsync($"POST /thing HTTP/1.1\r\nHost: {Hosts.Tool}\r\nContent-Type: application/json\r\n{fields}\r\n\r\n");
        var sending = SendAsync(client, body);
        var response = await client.ReadResponseAsync("POST");
        await sending;
        return response;
    }

    private static async Task SendAsync(RawClient client, byte[] body)
    {
        try
        {
            await client.SendAsync(body);
        }
        catch (IOException)
        {
            // Refused before all of it was sent.
        }
    }

    private static byte[] Chunked(byte[] body) => [.. Encoding.ASCII.GetBytes($"{body.Length:x}\r\n"), .. body, .. "\r\n0\r\n\r\n"u8];

    private static void AssertOverloaded(RawResponse response)
    {
        Assert.Equal((503, "2"), (response.Status, response.Header("Retry-After")));
        Assert.Contains("overloaded", response.Text, StringComparison.Ordinal);
    }

    private static int Handles() => Directory.GetFileSystemEntries("/proc/self/fd").Length;

    private static async Task UntilAsync(Func<bool> isSo, Func<string> otherwise)
    {
        using var patience = new CancellationTokenSource(Patience.Long);
        while (!isSo())
        {
            Assert.False(patience.IsCancellationRequested, otherwise());
            await Task.Yield();
        }
    }

    /// <summary>Little to hold, and a second of patience.</summary>
    public sealed class Fixture : FirewallFixture
    {
        internal const int Held = 512 * 1024;

        private protected override FirewallOptions Configure(FirewallOptions options) => options with
        {
            Enforcement = options.Enforcement with { BufferedBytesPerAgent = Held },
            Upstream = options.Upstream with { ActivityTimeout = TimeSpan.FromSeconds(1) },
        };
    }
}
