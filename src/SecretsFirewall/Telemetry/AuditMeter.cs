using System.Diagnostics.Metrics;
using System.Globalization;
using SecretsFirewall.Audit;

namespace SecretsFirewall.Telemetry;

/// <summary>
/// Counts what the audit log took, and nothing else, so that the figures equal the log's. Labels are names of ours: agents, rules, codes, models that the
/// policy prices, words of the format; never a host, a path or anything that traffic says, which would be payload and without end.
/// </summary>
internal sealed class AuditMeter : IDisposable
{
    public const string Name = "SecretsFirewall";

    private const double MicrosecondsPerSecond = 1_000_000;

    /// <summary>Tokens of one call, as the conventions advise.</summary>
    private static readonly long[] TokenBounds = [1, 4, 16, 64, 256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216, 67_108_864];

    /// <summary>Seconds. Models think for minutes.</summary>
    private static readonly double[] DurationBounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

    private readonly Meter _meter = new(Name);
    private readonly AuditLog _log;
    private readonly Counter<long> _records;
    private readonly Counter<long> _exchanges;
    private readonly Counter<long> _findings;
    private readonly Counter<long> _toolCalls;
    private readonly Counter<long> _bytes;
    private readonly Histogram<double> _duration;
    private readonly Counter<long> _calls;
    private readonly Counter<long> _tokens;
    private readonly Counter<double> _cost;
    private readonly Histogram<long> _tokenUsage;
    private readonly Histogram<double> _operation;

    public AuditMeter(AuditLog log)
    {
        _log = log;
        _records = _meter.CreateCounter<long>("sfw.audit.records", "{record}", "Records that the audit log took.");
        _exchanges = _meter.CreateCounter<long>("sfw.exchanges", "{exchange}", "Exchanges that ended, refused ones too.");
        _findings = _meter.CreateCounter<long>("sfw.findings", "{finding}", "Findings in exchanges that ended.");
        _toolCalls = _meter.CreateCounter<long>("sfw.tool_calls", "{call}", "Tool calls in models' answers that policy decided.");
        _bytes = _meter.CreateCounter<long>("sfw.bytes", "By", "Bytes of bodies, as the client's side has them.");
        _duration = _meter.CreateHistogram("sfw.exchange.duration", "s", "From the request's head to the end of the answer.", tags: null, Advice(DurationBounds));
        _calls = _meter.CreateCounter<long>("sfw.model_calls", "{call}", "Model calls that were counted.");
        _tokens = _meter.CreateCounter<long>("sfw.tokens", "{token}", "Tokens of model calls by kind, each token once; reasoning is a part of the output and no kind of its own.");
        _cost = _meter.CreateCounter<double>("sfw.cost", "{currency}", "What model calls cost by the policy's prices.");
        _tokenUsage = _meter.CreateHistogram("gen_ai.client.token.usage", "{token}", "Tokens of a model call; caches are among the input.", tags: null, Advice(TokenBounds));
        _operation = _meter.CreateHistogram("gen_ai.client.operation.duration", "s", "From a model call's head to the end of its answer.", tags: null, Advice(DurationBounds));
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

        if (record.Usage is { } usage)
        {
            CountCall(record, usage, agent);
        }
    }

    private void CountCall(AuditRecord record, AuditUsage usage, KeyValuePair<string, object?> agent)
    {
        var provider = Label("provider", usage.Provider);
        var model = Label("model", GenAi.ModelLabel(record));
        _calls.Add(1, [agent, provider, model, Label("estimated", usage.IsEstimated ? "true" : "false")]);
        foreach (var (kind, tokens) in ((string, long)[])[("input", usage.Tokens.Input), ("output", usage.Tokens.Output), ("cache_read", usage.Tokens.CacheRead), ("cache_write", usage.Tokens.CacheWrite)])
        {
            _tokens.Add(tokens, [agent, provider, model, Label("kind", kind)]);
        }

        if (record.Cost is { Amount: { } amount, Currency: { } currency } && double.TryParse(amount, CultureInfo.InvariantCulture, out var cost))
        {
            _cost.Add(cost, [agent, provider, model, Label("currency", currency)]);
        }

        KeyValuePair<string, object?>[] call =
        [
            Label("gen_ai.operation.name", GenAi.OperationOf(record.Path)), Label("gen_ai.provider.name", GenAi.ProviderOf(usage)), Label("gen_ai.request.model", GenAi.ModelLabel(record)),
        ];
        _tokenUsage.Record(GenAi.InputOf(usage), [.. call, Label("gen_ai.token.type", "input")]);
        _tokenUsage.Record(usage.Tokens.Output, [.. call, Label("gen_ai.token.type", "output")]);
        if (record.TimingsUs.TryGetValue("total", out var took))
        {
            _operation.Record(took / MicrosecondsPerSecond, call);
        }
    }

    private static InstrumentAdvice<T> Advice<T>(T[] bounds)
        where T : struct => new() { HistogramBucketBoundaries = bounds };

    private static KeyValuePair<string, object?> Label(string name, string value) => new(name, value);
}
