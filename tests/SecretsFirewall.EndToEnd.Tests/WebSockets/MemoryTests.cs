using SecretsFirewall.Cli;
using SecretsFirewall.EndToEnd.Tests.Harness;
using static SecretsFirewall.EndToEnd.Tests.Drivers.FrameStream;

namespace SecretsFirewall.EndToEnd.Tests.WebSockets;

/// <summary>A limit of memory so low that a test can reach it.</summary>
public sealed class MemoryTests(MemoryTests.Fixture firewall) : SocketTests(firewall), IClassFixture<MemoryTests.Fixture>
{
    [Fact]
    public async Task Messages_OfOneAgent_ShareItsMemory()
    {
        await using var one = await OpenAsync(Hosts.Http1Tool);
        await one.Client.SendAsync(Masked(Binary, new byte[200_000], isFinal: false));
        await using var other = await OpenAsync(Hosts.Http1Tool);

        await other.Client.SendAsync(Masked(Binary, new byte[200_000], isFinal: false));

        var (first, second) = (one.Client.ReadAsync(), other.Client.ReadAsync());
        var closed = await Task.WhenAny(first, second);
        Assert.Equal(1013, (await closed)!.CloseCode);
        Assert.Equal("overloaded", (await OutcomeAsync(closed == first ? one : other)).Code);
    }

    public sealed class Fixture : FirewallFixture
    {
        private protected override FirewallOptions Configure(FirewallOptions options) =>
            base.Configure(options) with { Enforcement = options.Enforcement with { BufferedBytesPerAgent = 300_000 } };
    }
}
