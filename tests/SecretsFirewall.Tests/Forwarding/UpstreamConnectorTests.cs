using System.Net;
using SecretsFirewall.Forwarding;
using SecretsFirewall.Model;

namespace SecretsFirewall.Tests.Forwarding;

public sealed class UpstreamConnectorTests
{
    [Theory]
    [InlineData("10.0.0.7")]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    [InlineData("::ffff:192.168.0.1")]
    public async Task ConnectAsync_NameThatResolvesToPrivateSpace_IsRefused(string answer)
    {
        var refusal = await RefusedAsync("inside.example", [IPAddress.Parse(answer)]);
        Assert.Equal(RefusalCode.UpstreamAddressDenied, refusal.Code);
    }

    [Fact]
    public async Task ConnectAsync_OnePrivateAddressAmongPublicOnes_IsRefused()
    {
        var refusal = await RefusedAsync("rebinding.example", [IPAddress.Parse("1.1.1.1"), IPAddress.Parse("127.0.0.1")]);
        Assert.Equal(RefusalCode.UpstreamAddressDenied, refusal.Code);
    }

    [Fact]
    public async Task ConnectAsync_AddressLiteralOfPrivateSpace_IsRefused() =>
        Assert.Equal(RefusalCode.UpstreamAddressDenied, (await RefusedAsync("192.168.0.1", [])).Code);

    [Theory]
    [InlineData("metadata.google.internal", "1.1.1.1")]
    [InlineData("harmless.example", "169.254.169.254")]
    public async Task ConnectAsync_MetadataService_IsRefusedEvenWherePrivateIsAllowed(string host, string answer) =>
        Assert.Equal(RefusalCode.UpstreamAddressDenied, (await RefusedAsync(host, [IPAddress.Parse(answer)], allowPrivate: true)).Code);

    [Fact]
    public async Task ConnectAsync_OurOwnListener_IsRefusedEvenWherePrivateIsAllowed()
    {
        var own = new OwnListeners();
        own.Add(new IPEndPoint(IPAddress.Loopback, 8889));
        Assert.Equal(
            RefusalCode.UpstreamAddressDenied, (await RefusedAsync("admin.example", [IPAddress.Loopback], allowPrivate: true, port: 8889, own: own)).Code);
    }

    [Fact]
    public async Task ConnectAsync_OurOwnListenerByMapping_IsRefused()
    {
        var own = new OwnListeners();
        own.Add(new IPEndPoint(IPAddress.Loopback, 8889));
        var options = new ForwardingOptions { Hosts = new Dictionary<string, string> { ["admin.example:443"] = "127.0.0.1:8889" } };
        var connector = new UpstreamConnector(options, own, (_, _) => Task.FromResult(Array.Empty<IPAddress>()), new UpstreamRoom(1));
        var e = await Assert.ThrowsAsync<RefusedException>(async () =>
            await connector.ConnectAsync(new DnsEndPoint("admin.example", 443), allowPrivate: true, CancellationToken.None));
        Assert.Equal(RefusalCode.UpstreamAddressDenied, e.Refusal.Code);
    }

    [Fact]
    public async Task ConnectAsync_NameWithoutAddress_IsNotFound() =>
        Assert.Equal(RefusalCode.UpstreamNameNotFound, (await RefusedAsync("nowhere.example", [])).Code);

    [Fact]
    public async Task Connect_MoreThanThereIsRoomFor_IsOverloadedUntilOneCloses()
    {
        using var listener = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var room = new UpstreamRoom(1);
        var options = new ForwardingOptions { Hosts = new Dictionary<string, string> { ["up.example:443"] = $"{listener.LocalEndpoint}" } };
        var connector = new UpstreamConnector(options, new OwnListeners(), (_, _) => Task.FromResult(Array.Empty<IPAddress>()), room);
        var target = new DnsEndPoint("up.example", 443);

        var first = await connector.ConnectAsync(target, allowPrivate: false, CancellationToken.None);
        var e = await Assert.ThrowsAsync<RefusedException>(async () => await connector.ConnectAsync(target, allowPrivate: false, CancellationToken.None));
        await first.DisposeAsync();
        await first.DisposeAsync();
        await using var next = await connector.ConnectAsync(target, allowPrivate: false, CancellationToken.None);

        Assert.Equal((RefusalCode.Overloaded, "limits.connections", 5), (e.Refusal.Code, e.Refusal.Rule, e.Refusal.RetryAfterSeconds));
        Assert.Equal(1, room.Open);
    }

    [Fact]
    public async Task Connect_Refused_LeavesItsRoom()
    {
        var room = new UpstreamRoom(1);
        var unused = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        unused.Start();
        var options = new ForwardingOptions { Hosts = new Dictionary<string, string> { ["up.example:443"] = $"{unused.LocalEndpoint}" } };
        unused.Stop();
        var connector = new UpstreamConnector(options, new OwnListeners(), (_, _) => Task.FromResult(Array.Empty<IPAddress>()), room);

        await Assert.ThrowsAsync<RefusedException>(async () =>
            await connector.ConnectAsync(new DnsEndPoint("up.example", 443), allowPrivate: false, CancellationToken.None));

        Assert.Equal(0, room.Open);
    }

    private static async Task<Refusal> RefusedAsync(
        string host, IPAddress[] answers, bool allowPrivate = false, int port = 443, OwnListeners? own = null)
    {
        var connector = new UpstreamConnector(new ForwardingOptions(), own ?? new OwnListeners(), (_, _) => Task.FromResult(answers), new UpstreamRoom(1));
        var e = await Assert.ThrowsAsync<RefusedException>(async () =>
            await connector.ConnectAsync(new DnsEndPoint(host, port), allowPrivate, CancellationToken.None));
        return e.Refusal;
    }
}
