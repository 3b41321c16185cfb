using SecretsFirewall.Cli;
using SecretsFirewall.EndToEnd.Tests.Harness;
using SecretsFirewall.Model;

namespace SecretsFirewall.EndToEnd.Tests.WebSockets;

/// <summary>An idle limit so low that a test can reach it.</summary>
public sealed class IdleTests(IdleTests.Fixture firewall) : SocketTests(firewall), IClassFixture<IdleTests.Fixture>
{
    [Fact]
    public async Task Socket_InWhichNothingMoves_IsClosedOnBothSides()
    {
        await using var socket = await OpenAsync(Hosts.Http1Tool);

        Assert.Equal(1001, (await socket.Client.ReadAsync())!.CloseCode);
        Assert.Equal(1001, (await socket.Upstream.ReadAsync())!.CloseCode);
        Assert.Equal(Verdict.Forwarded, (await OutcomeAsync(socket)).Verdict);
    }

    public sealed class Fixture : FirewallFixture
    {
        private protected override FirewallOptions Configure(FirewallOptions options) => base.Configure(options) with
        {
            Upstream = options.Upstream with { ActivityTimeout = TimeSpan.FromSeconds(2) },
        };
    }
}
