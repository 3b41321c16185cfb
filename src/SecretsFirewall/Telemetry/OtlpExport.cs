using System.Diagnostics;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using SecretsFirewall.Audit;
using SecretsFirewall.Model;

namespace SecretsFirewall.Telemetry;

/// <summary>
/// OTLP over HTTP (https://opentelemetry.io/docs/specs/otlp): the meter's series, a span for each exchange that ended, each record as a log. The span follows
/// the semantic conventions of HTTP clients, and of generative AI where it was a model call; where the client sent a <c>traceparent</c> it is a child of that.
/// </summary>
internal sealed class OtlpExport : IAuditSink
{
    private readonly ActivitySource _source = new(AuditMeter.Name);
    private readonly MeterProvider _metrics;
    private readonly TracerProvider _traces;
    private readonly ILoggerFactory _logs;
    private readonly ILogger _records;

    /// <param name="collector">Without the path of a signal.</param>
    /// <param name="headers">Lines of <c>name: value</c>.</param>
    /// <param name="client">A client for the collector alone.</param>
    public OtlpExport(Uri collector, IReadOnlyList<string> headers, string version, Func<HttpClient> client)
    {
        var resource = ResourceBuilder.CreateEmpty().AddService("sfw", serviceVersion: version, autoGenerateServiceInstanceId: false);
        _metrics = Sdk.CreateMeterProviderBuilder()
            .SetResourceBuilder(resource)
            .AddMeter(AuditMeter.Name)
            .AddOtlpExporter(options => Set(options, "v1/metrics"))
            .Build();
        _traces = Sdk.CreateTracerProviderBuilder()
            .SetResourceBuilder(resource)
            .SetSampler(new AlwaysOnSampler())
            .AddSource(AuditMeter.Name)
            .AddOtlpExporter(options => Set(options, "v1/traces"))
            .Build();
        _logs = LoggerFactory.Create(logging => logging.AddOpenTelemetry(options =>
        {
            options.SetResourceBuilder(resource);
            options.IncludeFormattedMessage = true;
            options.AddOtlpExporter(exporter => Set(exporter, "v1/logs"));
        }));
        _records = _logs.CreateLogger("sfw.audit");

        void Set(OtlpExporterOptions options, string path)
        {
            options.Endpoint = new Uri(collector, $"{collector.AbsolutePath.TrimEnd('/')}/{path}");
            options.Protocol = OtlpExportProtocol.HttpProtobuf;
            options.HttpClientFactory = client;
            options.Headers = string.Join(',', headers.Select(static line => line.Split(':', 2)).Select(static pair => $"{pair[0].Trim()}={Uri.EscapeDataString(pair[^1].Trim())}"));
        }
    }

    public string Name => "The OpenTelemetry collector";

    public ValueTask SendAsync(AuditEntry entry, CancellationToken cancellation)
    {
        if (LevelOf(entry.Record) is var level && _records.IsEnabled(level))
        {
            _records.Log(level, default, entry, null, static (one, _) => one.Line);
        }

        if (entry.Record is { Verdict: { } verdict, Type: AuditTypes.Outcome or AuditTypes.BypassAttempt } record)
        {
            Trace(entry, record, verdict);
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        _traces.Dispose();
        _metrics.Dispose();
        _logs.Dispose();
        _source.Dispose();
        return ValueTask.CompletedTask;
    }

    private void Trace(AuditEntry entry, AuditRecord record, Verdict verdict)
    {
        var took = TimeSpan.FromMicroseconds(record.TimingsUs.GetValueOrDefault("total"));
        using var span = _source.StartActivity(NameOf(record), ActivityKind.Client, ParentOf(record.Trace), tags: null, links: null, entry.Timestamp - took);
        if (span is null)
        {
            return;
        }

        span.SetTag("http.request.method", record.Method);
        span.SetTag("server.address", record.Destination?.Host);
        span.SetTag("server.port", record.Destination?.Port);
        span.SetTag("url.path", record.Path);
        span.SetTag("http.response.status_code", record.Status);
        span.SetTag("error.type", record.Code);
        span.SetTag("sfw.exchange", record.Exchange);
        span.SetTag("sfw.verdict", verdict.Word());
        span.SetTag("sfw.rule", record.Rule);
        span.SetTag("sfw.findings", record.Findings.Sum(static finding => finding.Count));
        span.SetTag("gen_ai.agent.name", record.Agent);
        span.SetTag("gen_ai.conversation.id", record.Session);
        if (record.Usage is { } usage)
        {
            SetCall(span, record, usage);
        }

        span.SetStatus(record.Code is null ? ActivityStatusCode.Unset : ActivityStatusCode.Error);
        span.SetEndTime(entry.Timestamp.UtcDateTime);
    }

    private static string NameOf(AuditRecord record) =>
        record.Usage is { } usage ? $"{GenAi.OperationOf(record.Path)} {usage.Asked ?? usage.Model}".TrimEnd() : record.Method ?? "HTTP";

    private static void SetCall(Activity span, AuditRecord record, AuditUsage usage)
    {
        span.SetTag("gen_ai.operation.name", GenAi.OperationOf(record.Path));
        span.SetTag("gen_ai.provider.name", GenAi.ProviderOf(usage));
        span.SetTag("gen_ai.request.model", usage.Asked ?? usage.Model);
        span.SetTag("gen_ai.response.model", usage.Model);
        span.SetTag("gen_ai.usage.input_tokens", GenAi.InputOf(usage));
        span.SetTag("gen_ai.usage.output_tokens", usage.Tokens.Output);
        span.SetTag("gen_ai.usage.cache_read.input_tokens", usage.Tokens.CacheRead);
        span.SetTag("gen_ai.usage.cache_creation.input_tokens", usage.Tokens.CacheWrite);
        span.SetTag("sfw.usage.estimated", usage.IsEstimated);
        span.SetTag("sfw.cost", record.Cost?.Amount);
        span.SetTag("sfw.cost.currency", record.Cost?.Currency);
    }

    private static ActivityContext ParentOf(string? trace) =>
        trace?.Split('-') is [{ Length: 32 } id, { Length: 16 } parent]
            ? new ActivityContext(ActivityTraceId.CreateFromString(id), ActivitySpanId.CreateFromString(parent), ActivityTraceFlags.Recorded, isRemote: true)
            : default;

    private static LogLevel LevelOf(AuditRecord record) => Audit.Formats.AuditSeverities.Of(record) switch
    {
        Audit.Formats.AuditSeverity.Critical => LogLevel.Critical,
        Audit.Formats.AuditSeverity.High => LogLevel.Error,
        Audit.Formats.AuditSeverity.Medium => LogLevel.Warning,
        _ => LogLevel.Information,
    };
}
