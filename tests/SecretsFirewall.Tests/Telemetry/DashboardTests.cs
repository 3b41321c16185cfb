using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging.Abstractions;
using SecretsFirewall.Audit;
using SecretsFirewall.Model;
using SecretsFirewall.Telemetry;
using SecretsFirewall.Tests.Policy;

namespace SecretsFirewall.Tests.Telemetry;

[Collection(nameof(AuditMeter))] // meters of one name hear each other
public sealed partial class DashboardTests
{
    [Fact]
    public void Dashboard_EverySeriesAndLabelThatItAsksFor_IsExported()
    {
        using var folder = new TempFolder();
        using var log = AuditLog.Open(new AuditOptions { Directory = folder["audit"] }, TimeProvider.System, NullLogger.Instance);
        using var text = new PrometheusText(AuditMeter.Name);
        using var meter = new AuditMeter(log);
        log.TryAppend(new AuditRecord
        {
            Type = AuditTypes.Outcome,
            Verdict = Verdict.Refused,
            Findings = [new AuditFinding("registry", Carrier.Body, "/a", 1, FindingAction.Mask)],
            Tools = [new AuditTool("bash", "deny", "rule", 1)],
            TimingsUs = new Dictionary<string, long> { ["total"] = 1 },
            Usage = new AuditUsage("anthropic", "claude-x", new TokenUsage(1, 1), false, false),
            Cost = new AuditCost("1", "USD"),
        });
        var exported = text.Write();

        using var dashboard = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Path.GetDirectoryName(Repository.Policies)!, "docs", "grafana-dashboard.json")));
        var expressions = dashboard.RootElement.GetProperty("panels").EnumerateArray().SelectMany(static panel => panel.GetProperty("targets").EnumerateArray())
            .Select(static target => target.GetProperty("expr").GetString()!).ToList();

        Assert.True(expressions.Count >= 6);
        foreach (var expression in expressions)
        {
            var series = Series().Match(expression).Value;
            var lines = exported.Split('\n').Where(line => line.StartsWith(series, StringComparison.Ordinal)).ToList();
            Assert.True(lines.Count > 0, $"{series} is not exported.");
            foreach (var label in By().Match(expression).Groups[1].Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            {
                Assert.Contains($"{label}=\"", lines[0], StringComparison.Ordinal);
            }
        }
    }

    [GeneratedRegex("sfw_[a-z_]+")]
    private static partial Regex Series();

    [GeneratedRegex(@"by \(([^)]*)\)")]
    private static partial Regex By();
}
