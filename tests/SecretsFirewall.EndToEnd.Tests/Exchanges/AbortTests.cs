using System.Net;
using SecretsFirewall.EndToEnd.Tests.Harness;
using SecretsFirewall.EndToEnd.Tests.Upstreams;
using SecretsFirewall.Model;

namespace SecretsFirewall.EndToEnd.Tests.Exchanges;

/// <summary>A side that goes away takes the other with it: a model that nobody listens to must stop spending tokens.</summary>
public sealed class AbortTests(FirewallFixture firewall) : FirewallTests(firewall), IClassFixture<FirewallFixture>
{
    /// <summary>The abort meets the upstream leg at another moment each time; one in thirty once passed as a complete, empty upload.</summary>
    private const int Races = 100;

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task ClientAbort_WhileTheResponseStreams_ReachesTheUpstream(string version)
    {
        var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Upstream.Reset(async exchange =>
        {
            await using var registration = exchange.PeerGone.Register(() => gone.TrySetResult());
            await exchange.ReadBodyAsync();
            exchange.Header("Content-Type", "text/event-stream");
            await exchange.SendAsync("data: one\n\n"u8.ToArray());
            await gone.Task;
        });
        using var client = Firewall.CreateHttpClient(Version.Parse(version));

        using (var response = await client.GetAsync($"https://{Hosts.OpenAi}/v1/stream", HttpCompletionOption.ResponseHeadersRead))
        {
            var stream = await response.Content.ReadAsStreamAsync();
            Assert.True(await stream.ReadAsync(new byte[100]).AsTask().WaitAsync(Patience.Long) > 0);
        }

        await gone.Task.WaitAsync(Patience.Long);
        await Firewall.AuditAsync(record => record.Type == "outcome" && record.Verdict == Verdict.Aborted);
    }

    [Theory]
    [InlineData(Hosts.Tool)]
    [InlineData(Hosts.Http1Tool)]
    public async Task ClientAbort_WhileTheRequestStreams_UpstreamNeverSeesACompleteRequest(string host)
    {
        var upstream = host == Hosts.Tool ? Upstream : Http1Upstream;
        for (var i = 0; i < Races; i++)
        {
            await using var client = await Firewall.TunnelAsync(host);
            await client.SendAsync($"PUT /blob HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/octet-stream\r\nTransfer-Encoding: chunked\r\n\r\n");
            await client.SendAsync("4000\r\n"u8.ToArray());
            await client.SendAsync(new byte[0x4000]);
            var request = await upstream.NextAsync();

            client.Reset();

            Assert.Equal((i, BodyEnd.Aborted), (i, await request.Ended.WaitAsync(Patience.Long)));
        }
    }

    [Theory]
    [InlineData(Hosts.Tool)]
    [InlineData(Hosts.Http1Tool)]
    public async Task UpstreamAbort_InMidBody_ClientSeesATruncatedBodyAndNotAWholeOne(string host)
    {
        using var gate = new Gate();
        (host == Hosts.Tool ? Upstream : Http1Upstream).Reset(async exchange =>
        {
            await exchange.ReadBodyAsync();
            exchange.Header("Content-Type", "text/plain");
            await exchange.SendAsync("first part, "u8.ToArray());
            await gate.PassAsync();
            exchange.Break();
        });
        await using var client = await Firewall.TunnelAsync(host);
        await client.SendAsync($"GET /thing HTTP/1.1\r\nHost: {host}\r\n\r\n");
        var (status, _, headers) = await client.Reader.ReadHeadAsync();
        var truncated = false;
        await foreach (var _ in client.Reader.ReadBodyAsync("GET", status, headers, [], () => truncated = true))
        {
            gate.Open();
        }

        Assert.True(truncated);
        await Firewall.AuditAsync(record => record.Type == "outcome" && record.Verdict is Verdict.Aborted or Verdict.UpstreamFailed);
    }

    [Fact]
    public async Task UpstreamAbort_InMidBodyOverHttp2_ClientsStreamIsReset()
    {
        using var gate = new Gate();
        Upstream.Reset(async exchange =>
        {
            await exchange.ReadBodyAsync();
            exchange.Header("Content-Type", "text/plain");
            await exchange.SendAsync("first part, "u8.ToArray());
            await gate.PassAsync();
            exchange.Break();
        });
        using var client = Firewall.CreateHttpClient(HttpVersion.Version20);

        using var response = await client.GetAsync($"https://{Hosts.Tool}/thing", HttpCompletionOption.ResponseHeadersRead);
        var stream = await response.Content.ReadAsStreamAsync();
        Assert.True(await stream.ReadAsync(new byte[100]).AsTask().WaitAsync(Patience.Long) > 0);
        gate.Open();

        await Assert.ThrowsAnyAsync<IOException>(async () =>
        {
            while (await stream.ReadAsync(new byte[100]).AsTask().WaitAsync(Patience.Long) > 0)
            {
            }
        });
    }

    [Fact]
    public async Task UpstreamAbort_BeforeTheHead_Is502()
    {
        Upstream.Reset(async exchange =>
        {
            await exchange.ReadBodyAsync();
            exchange.Break();
        });
        await using var client = await Firewall.TunnelAsync(Hosts.Tool);

        Assert.Equal(502, (await client.RequestAsync("GET", "/thing", Hosts.Tool)).Status);
    }

    [Fact]
    public async Task SecretInAStreamedUpload_ThatMayNotChangeLength_AbortsTheUpstream()
    {
        var canary = Firewall.Register();
        const int Filler = 9 * 1024 * 1024; // over limits.buffer_bytes: it streams, with its declared length
        await using var client = await Firewall.TunnelAsync(Hosts.Http1Tool);
        var total = Filler + canary.Bytes.Length + 10;
        await client.SendAsync($"PUT /blob HTTP/1.1\r\nHost: {Hosts.Http1Tool}\r\nContent-Type: text/plain\r\nContent-Length: {total}\r\n\r\n");
        try
        {
            await client.SendAsync(new byte[Filler]);
            await client.SendAsync(canary.Bytes);
            await client.SendAsync(new byte[10]);
        }
        catch (IOException)
        {
            // Cut while we sent.
        }

        var request = await Http1Upstream.NextAsync();
        Assert.Equal(BodyEnd.Aborted, await request.Ended.WaitAsync(Patience.Long));
        Assert.True(request.BodyLength <= Filler);
        AssertNowhere([canary]);
    }
}
