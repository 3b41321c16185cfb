using SecretsFirewall.EndToEnd.Tests.Drivers;
using SecretsFirewall.EndToEnd.Tests.Harness;
using SecretsFirewall.Model;
using static SecretsFirewall.EndToEnd.Tests.Drivers.FrameStream;

namespace SecretsFirewall.EndToEnd.Tests.WebSockets;

/// <summary>How an open socket ends, and what its end says to the other side and to the record.</summary>
public sealed class LifetimeTests(FirewallFixture firewall) : SocketTests(firewall), IClassFixture<FirewallFixture>
{
    [Fact]
    public async Task Close_ByEitherSide_IsRelayedAsItCameAndEndsTheExchange()
    {
        await using var socket = await OpenAsync(Hosts.Http1Tool);
        var (asked, answered) = (CloseFrame(isMasked: true, 4001), CloseFrame(isMasked: false, 4002));

        await socket.Client.SendAsync(Masked(Text, "last"), asked);
        Assert.Equal(asked, (await socket.Upstream.ReadAsync(2))[1].Raw);
        await socket.Upstream.SendAsync(Plain(Text, "still"), answered);

        Assert.Equal(answered, (await socket.Client.ReadAsync(2))[1].Raw);
        Assert.Null(await socket.Client.ReadAsync());
        await socket.UpstreamsPeerGone.WaitAsync(Patience.Long);
        var record = await OutcomeAsync(socket);
        Assert.Equal((Verdict.Forwarded, 101), (record.Verdict, record.Status));
        Assert.Equal((Masked(Text, "last").Length + asked.Length, Plain(Text, "still").Length + answered.Length), (record.RequestBytes, record.ResponseBytes));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ClientGone_UpstreamSeesItAtOnce(bool byReset)
    {
        await using var socket = await OpenAsync(Hosts.Http1Tool);
        await socket.Client.SendAsync(Masked(Text, "hello"));
        await socket.Upstream.ReadAsync(1);

        if (byReset)
        {
            socket.Raw.Reset();
        }
        else
        {
            await socket.Raw.DisposeAsync();
        }

        Assert.Null(await socket.Upstream.ReadAsync());
        Assert.Equal(Verdict.Aborted, (await OutcomeAsync(socket)).Verdict);
    }

    [Fact]
    public async Task UpstreamGone_ClientSeesItAtOnce()
    {
        await using var socket = await OpenAsync(Hosts.Http1Tool);
        await socket.Upstream.SendAsync(Plain(Text, "hello"));
        await socket.Client.ReadAsync(1);

        socket.Over.SetResult();

        Assert.Null(await socket.Client.ReadAsync());
        var record = await OutcomeAsync(socket);
        Assert.Equal((Verdict.Aborted, Blame.Upstream), (record.Verdict, record.Blame));
    }

    [Fact]
    public async Task AgentStopped_ItsOpenSocketIsCut()
    {
        await using var socket = await OpenAsync(Hosts.Http1Tool);

        Firewall.Kill(FirewallFixture.AgentName);
        var close = await socket.Client.ReadAsync();
        Firewall.Revive(FirewallFixture.AgentName);

        Assert.Equal((Close, 1008), (close!.Opcode, close.CloseCode));
        Assert.Equal(1001, (await socket.Upstream.ReadAsync())!.CloseCode);
        Assert.Equal("killed", (await OutcomeAsync(socket)).Code);
    }

    [Fact]
    public async Task AgentRemoved_ItsOpenSocketIsCut()
    {
        var bob = Firewall.AddAgent("bob");
        Http1Upstream.Reset(async exchange =>
        {
            var frames = await exchange.AcceptWebSocketAsync();
            await frames.ReadAsync();
        });
        await using var client = await RawClient.TunnelAsync(Firewall.Proxy, Firewall.CaPem, Hosts.Http1Tool, bob);
        var (_, socket) = await FrameStream.OpenAsync(client, Hosts.Http1Tool);

        Firewall.RemoveAgent("bob");

        Assert.Equal(1008, (await socket.ReadAsync())!.CloseCode);
        Assert.Equal("proxy_authentication_required", (await Firewall.AuditAsync(record => record is { Type: Audit.AuditTypes.Outcome, Agent: "bob" })).Code);
    }

    [Fact]
    public async Task KillingCanary_InAMessage_EndsTheSocketAndSaysNothingOfTheKill()
    {
        var planted = Firewall.Plant(kills: true);
        await using var socket = await OpenAsync(Hosts.Http1Tool);

        await socket.Client.SendAsync(Masked(Text, $"look: {planted.Value}"));
        var close = await socket.Client.ReadAsync();
        await Firewall.AuditAsync(record => record.Type == Audit.AuditTypes.Killed);
        Assert.Equal("request", (await Firewall.AuditAsync(record => record.Type == Audit.AuditTypes.CanarySighted)).Direction);
        Firewall.Revive(FirewallFixture.AgentName);

        Assert.Equal(1008, close!.CloseCode);
        Assert.DoesNotContain("killed", close.CloseReason, StringComparison.Ordinal);
        AssertNowhere([planted], close.Raw);
    }
}
