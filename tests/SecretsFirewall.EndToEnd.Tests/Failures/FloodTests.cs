using SecretsFirewall.EndToEnd.Tests.Drivers;
using SecretsFirewall.EndToEnd.Tests.Harness;

namespace SecretsFirewall.EndToEnd.Tests.Failures;

/// <summary>HTTP/2 as an attack: it ends with the connection that it came on, and every other one is served.</summary>
public sealed class FloodTests(FirewallFixture firewall) : FirewallTests(firewall), IClassFixture<FirewallFixture>
{
    private static readonly (string, string)[] Get = [(":method", "GET"), (":scheme", "https"), (":authority", Hosts.Tool), (":path", "/thing")];

    /// <summary>CVE-2023-44487: streams that are opened and reset at once cost the server their start and the client nothing.</summary>
    [Fact]
    public async Task RapidReset_ManyStreams_EndsTheConnection()
    {
        Firewall.MarkAudit();
        await using var client = await ConnectAsync();
        var burst = new MemoryStream();
        for (var i = 0; i < 5_000; i++)
        {
            burst.Write(new Http2Frame(Http2FrameType.Headers, Http2Frame.EndHeaders | Http2Frame.EndStream, 1 + (2 * i), PlainHpack.Encode(Get)).ToBytes());
            burst.Write(new Http2Frame(Http2FrameType.RstStream, 0, 1 + (2 * i), [0, 0, 0, 8]).ToBytes());
        }

        await FloodAsync(client, burst.ToArray());

        await EndsAsync(client);
        await AssertOthersAreServedAsync();
    }

    /// <summary>CVE-2024-24549 and its kin: a head that never ends.</summary>
    [Fact]
    public async Task Continuations_WithoutEnd_EndTheConnection()
    {
        Firewall.MarkAudit();
        await using var client = await ConnectAsync();
        var more = new Http2Frame(Http2FrameType.Continuation, 0, 1, PlainHpack.Encode([("x-a", new string('x', 15_000))])).ToBytes();
        var burst = new MemoryStream();
        burst.Write(new Http2Frame(Http2FrameType.Headers, Http2Frame.EndStream, 1, PlainHpack.Encode(Get)).ToBytes());
        for (var i = 0; i < 1_000; i++)
        {
            burst.Write(more);
        }

        await FloodAsync(client, burst.ToArray());

        await EndsAsync(client);
        Assert.Empty(Upstream.Requests);
        await AssertOthersAreServedAsync();
    }

    [Theory]
    [InlineData(Http2FrameType.Ping, 8)]
    [InlineData(Http2FrameType.Settings, 0)]
    public async Task FramesThatWantAnAnswer_ByTheThousand_LeaveOthersServed(object type, int length)
    {
        await using var client = await ConnectAsync();
        var burst = new MemoryStream();
        for (var i = 0; i < 20_000; i++)
        {
            burst.Write(new Http2Frame((Http2FrameType)type, 0, 0, new byte[length]).ToBytes());
        }

        await FloodAsync(client, burst.ToArray());

        await AssertOthersAreServedAsync();
    }

    [Fact]
    public async Task Frames_EmptyByTheThousand_LeaveOthersServed()
    {
        await using var client = await ConnectAsync();
        var burst = new MemoryStream();
        burst.Write(new Http2Frame(Http2FrameType.Headers, 0, 1, PlainHpack.Encode(Get)).ToBytes());
        for (var i = 0; i < 20_000; i++)
        {
            burst.Write(new Http2Frame(Http2FrameType.Continuation, 0, 1, []).ToBytes());
        }

        await FloodAsync(client, burst.ToArray());

        Assert.Empty(Upstream.Requests);
        await AssertOthersAreServedAsync();
    }

    /// <summary>A client that never opens its window holds the upstream back; nothing piles up here.</summary>
    [Fact]
    public async Task Window_ThatStaysShut_HoldsTheUpstreamBack()
    {
        const long Offered = 64L * 1024 * 1024;
        const long Held = 24L * 1024 * 1024; // windows and pipes of both legs
        var sent = 0L;
        Upstream.Reset(async exchange =>
        {
            if (exchange.Request.Target != "/thing")
            {
                return;
            }

            exchange.Header("Content-Type", "application/octet-stream");
            var block = new byte[64 * 1024];
            while (sent < Offered)
            {
                await exchange.SendAsync(block);
                Interlocked.Add(ref sent, block.Length);
            }
        });
        await using var client = await RawHttp2Client.ConnectAsync(Firewall.Proxy, Firewall.CaPem, Hosts.Tool, Firewall.Credentials, (4, 0));
        await client.HeadersAsync(1, end: true, Get);
        await Upstream.NextAsync();

        for (var i = 0; i < 20; i++)
        {
            await AssertOthersAreServedAsync();
        }

        Assert.InRange(Interlocked.Read(ref sent), 0, Held);
    }

    private Task<RawHttp2Client> ConnectAsync() => RawHttp2Client.ConnectAsync(Firewall.Proxy, Firewall.CaPem, Hosts.Tool, Firewall.Credentials);

    private static async Task FloodAsync(RawHttp2Client client, byte[] burst)
    {
        try
        {
            await client.SendAsync(burst).WaitAsync(Patience.Long);
        }
        catch (IOException)
        {
            // Ended before all of it was sent.
        }
    }

    /// <summary>The connection ends, and the audit says so. Why it ended is often lost to the client: it had more to send.</summary>
    private async Task EndsAsync(RawHttp2Client client)
    {
        while (!ReferenceEquals(await client.NextAsync(), RawHttp2Client.Closed))
        {
        }

        await Firewall.AuditAsync(record => record is { Type: "bypass_attempt", Agent: FirewallFixture.AgentName });
    }

    private async Task AssertOthersAreServedAsync()
    {
        await using var other = await Firewall.TunnelAsync(Hosts.Tool);
        Assert.Equal(200, (await other.RequestAsync("GET", "/other", Hosts.Tool)).Status);
    }
}
