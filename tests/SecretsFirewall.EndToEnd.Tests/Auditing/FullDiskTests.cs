using SecretsFirewall.Audit;
using SecretsFirewall.EndToEnd.Tests.Harness;
using SecretsFirewall.Model;

namespace SecretsFirewall.EndToEnd.Tests.Auditing;

/// <summary>What cannot be audited is not forwarded.</summary>
public sealed class FullDiskTests(FullDiskTests.SmallAudit firewall) : FirewallTests(firewall), IClassFixture<FullDiskTests.SmallAudit>
{
    [Fact]
    public async Task AuditAtItsCap_NothingIsForwardedAndTheAgentIsTold()
    {
        await using var client = await Firewall.TunnelAsync(Hosts.Tool);
        var forwarded = 0;
        Drivers.RawResponse response;
        do
        {
            response = await client.RequestAsync("GET", $"/{forwarded}", Hosts.Tool);
            forwarded += response.Status == 200 ? 1 : 0;
        }
        while (response.Status == 200 && forwarded < 10_000);

        Assert.Equal(503, response.Status);
        Assert.NotNull(response.Header("Retry-After"));
        Assert.Contains("audit_unavailable", response.Text, StringComparison.Ordinal);
        Assert.Equal(forwarded, Upstream.Requests.Count);
        Assert.True(Firewall.VerifyAudit().IsWhole);
        var records = Firewall.Audit().Select(entry => entry.Record).ToList();
        Assert.Equal(forwarded, records.Count(record => record.Type == AuditTypes.Intent));
        Assert.Equal(forwarded, records.Count(record => record.Type == AuditTypes.Outcome && record.Verdict is Verdict.Forwarded));
    }

    /// <summary>A log that may grow to 64 KiB.</summary>
    public sealed class SmallAudit : FirewallFixture
    {
        private protected override AuditOptions Configure(AuditOptions options) =>
            options with { SegmentBytes = 32 * 1024, TotalBytes = 64 * 1024, OutcomeReserveBytes = 16 * 1024 };
    }
}
