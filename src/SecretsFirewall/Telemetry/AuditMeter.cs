using System.Diagnostics.Metrics;
using SecretsFirewall.Audit;

namespace SecretsFirewall.Telemetry;

/// <summary>
/// Counts what the audit log took, and nothing else, so that the figures equal the log's. Labels are names of ours: agents, rules, codes, words of the
/// format; never a host, a path or anything that traffic says, which would be payload and without end.
/// </summary>
internal sealed class AuditMeter : IDisposable
{
    public const string Name = "SecretsFirewall";

    private const double MicrosecondsPerSecond = 1_000_000;

    private readonly Meter _meter = new(Name);
    private readonly AuditLog _log;
    private readonly Counter<long> _records;
    private readonly Counter<long> _exchanges;
    private readonly Counter<long> _findings;
    private readonly Counter<long> _toolCalls;
    private readonly Counter<long> _bytes;
    private readonly Histogram<double> _duration;

    public AuditMeter(AuditLog log)
    {
        _log = log;
        _records = _meter.CreateCounter<long>("sfw.audit.records", "{record}", "Records that the audit log took.");
        _exchanges = _meter.CreateCounter<long>("sfw.exchanges", "{exchange}", "Exchanges that ended, refused ones too.");
        _findings = _meter.CreateCounter<long>("sfw.findings", "{finding}", "Findings in exchanges that ended.");
        _toolCalls = _meter.CreateCounter<long>("sfw.tool_calls", "{call}", "Tool calls in models' answers that policy decided.");
        _bytes = _meter.CreateCounter<long>("sfw.bytes", "By", "Bytes of bodies, as the client's side has them.");
        _duration = _meter.CreateHistogram<double>("sfw.exchange.duration", "s", "From the request's head to the end of the answer.");
        log.Recorded += Count;
    }

    public void Dispose()
    {
        _log.Recorded -= Count;
        _meter.Dispose();
    }

    private void Count(AuditRecord record)
    {
        _records.Add(1, Label("type", record.Type));
        if (record.Verdict is not { } verdict || record.Type is not (AuditTypes.Outcome or AuditTypes.BypassAttempt))
        {
            return;
        }

        var agent = Label("agent", record.Agent ?? "");
        _exchanges.Add(1, agent, Label("verdict", verdict.Word()), Label("code", record.Code ?? ""));
        _bytes.Add(record.RequestBytes ?? 0, agent, Label("direction", "request"));
        _bytes.Add(record.ResponseBytes ?? 0, agent, Label("direction", "response"));
        foreach (var finding in record.Findings)
        {
            _findings.Add(finding.Count, Label("rule", finding.Rule), Label("carrier", finding.Carrier.Word()), Label("action", finding.Action.Word()));
        }

        foreach (var tool in record.Tools)
        {
            _toolCalls.Add(tool.Count, agent, Label("outcome", tool.Outcome));
        }

        if (record.TimingsUs.TryGetValue("total", out var total))
        {
            _duration.Record(total / MicrosecondsPerSecond, Label("verdict", verdict.Word()));
        }
    }

    private static KeyValuePair<string, object?> Label(string name, string value) => new(name, value);
}
