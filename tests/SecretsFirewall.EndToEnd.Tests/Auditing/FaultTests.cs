using SecretsFirewall.Audit;
using SecretsFirewall.EndToEnd.Tests.Drivers;
using SecretsFirewall.EndToEnd.Tests.Harness;

namespace SecretsFirewall.EndToEnd.Tests.Auditing;

/// <summary>What befalls a log while exchanges go on: they are refused with the reason, and go on when it is over.</summary>
public sealed class FaultTests(FaultTests.WithAClock firewall) : FirewallTests(firewall), IClassFixture<FaultTests.WithAClock>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task LogDeletedWhileRunning_IsRefusedUntilItIsBack()
    {
        await ForwardedAsync();
        var segments = AuditReader.Segments(Firewall.AuditFolder).ToDictionary(static path => path, File.ReadAllBytes);
        Directory.Delete(Firewall.AuditFolder, recursive: true);
        var before = Upstream.Requests.Count;

        await RefusedAsync("Records are missing from the audit log");
        Assert.Equal(before, Upstream.Requests.Count);

        Directory.CreateDirectory(Firewall.AuditFolder);
        foreach (var (path, content) in segments)
        {
            await File.WriteAllBytesAsync(path, content);
        }

        await ForwardsAgainAsync();
        Assert.True(Firewall.VerifyAudit().IsWhole, $"{Firewall.VerifyAudit().Break}");
    }

    [Fact]
    public async Task ClockAnHourBack_IsRefusedUntilItIsRight()
    {
        await ForwardedAsync();
        WithAClock.Clock.Offset = TimeSpan.FromHours(-1);
        try
        {
            await RefusedAsync("The clock stands before the last audit record");
        }
        finally
        {
            WithAClock.Clock.Offset = TimeSpan.Zero;
        }

        await ForwardsAgainAsync();
        Assert.True(Firewall.VerifyAudit().IsWhole);
    }

    private async Task ForwardedAsync()
    {
        await using var client = await Firewall.TunnelAsync(Hosts.Tool);
        Assert.Equal(200, (await client.RequestAsync("GET", "/before", Hosts.Tool)).Status);
    }

    private async Task RefusedAsync(string reason)
    {
        await using var client = await Firewall.TunnelAsync(Hosts.Tool);
        var response = await client.RequestAsync("GET", "/during", Hosts.Tool);
        Assert.Equal(503, response.Status);
        Assert.Contains("audit_unavailable", response.Text, StringComparison.Ordinal);
        Assert.Contains(reason, response.Text, StringComparison.Ordinal);
    }

    private async Task ForwardsAgainAsync()
    {
        var since = DateTime.UtcNow;
        RawResponse response;
        do
        {
            await using var client = await Firewall.TunnelAsync(Hosts.Tool);
            response = await client.RequestAsync("GET", "/after", Hosts.Tool);
        }
        while (response.Status == 503 && DateTime.UtcNow - since < Patience);

        Assert.Equal(200, response.Status);
    }

    /// <summary>A log whose clock can be set.</summary>
    public sealed class WithAClock : FirewallFixture
    {
        internal static SettableTime Clock { get; } = new();

        private protected override TimeProvider AuditTime => Clock;
    }

    internal sealed class SettableTime : TimeProvider
    {
        public TimeSpan Offset { get; set; }

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Offset;
    }
}
