using Microsoft.Extensions.Logging;
using SecretsFirewall.Admin;
using SecretsFirewall.Audit;
using SecretsFirewall.Forwarding;
using SecretsFirewall.Telemetry;

namespace SecretsFirewall.Cli.Running;

/// <summary>Counters always, exports where somebody named an address. Their connections are direct, and believe whom the upstream leg believes.</summary>
internal sealed class TelemetryExports : IDisposable
{
    // Together with the servers' own it must stay within five seconds.
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(1);

    private readonly AuditMeter _meter;
    private readonly PrometheusText _prometheus = new(AuditMeter.Name);
    private readonly AuditLog _log;
    private readonly List<AuditExport> _exports = [];

    private TelemetryExports(AuditLog log)
    {
        _log = log;
        _meter = new AuditMeter(log);
    }

    public IEnumerable<string> Problems => _exports.Select(static export => export.Problem).OfType<string>();

    /// <exception cref="InvalidDataException">A file that the settings name cannot be read.</exception>
    public static TelemetryExports Start(FirewallOptions options, string directory, AuditLog log, TimeProvider time, ILoggerFactory loggers)
    {
        var settings = options.Telemetry;
        var exports = new TelemetryExports(log);
        var trust = UpstreamTrust.Load(options.Upstream.CaFiles);
        if (settings.Otlp is { } collector)
        {
            var headers = settings.OtlpHeaders is { } file ? HeadersOf(file) : [];
            exports.Add(new OtlpExport(collector, headers, AdminServer.Version, () => ClientOf(trust)), directory, time, loggers);
        }

        if (settings.Syslog is { } receiver)
        {
            exports.Add(new SyslogSink(receiver, settings.SyslogFormat, trust.Options), directory, time, loggers);
        }

        return exports;
    }

    public string Metrics() => _prometheus.Write();

    public void Dispose()
    {
        Task.WhenAll(_exports.Select(EndAsync)).GetAwaiter().GetResult();
        _prometheus.Dispose();
        _meter.Dispose();
    }

    private async Task EndAsync(AuditExport export)
    {
        await export.DrainAsync(_log.Sequence, LastWords);
        await export.DisposeAsync();
    }

    private void Add(IAuditSink sink, string directory, TimeProvider time, ILoggerFactory loggers) =>
        _exports.Add(new AuditExport(sink, directory, _log.Sequence, time, loggers.CreateLogger<AuditExport>()));

    private static List<string> HeadersOf(string file)
    {
        try
        {
            var lines = File.ReadAllLines(file).Select(static line => line.Trim()).Where(static line => line.Length > 0 && line[0] != '#').ToList();
            return lines.TrueForAll(static line => line.IndexOf(':', StringComparison.Ordinal) > 0)
                ? lines
                : throw new InvalidDataException($"telemetry.otlp_headers: {file} must have lines of the kind name: value.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InvalidDataException($"telemetry.otlp_headers: {file} cannot be read.", e);
        }
    }

    private static HttpClient ClientOf(UpstreamTrust trust) => new(new SocketsHttpHandler
    {
        UseProxy = false, // a variable may name ourselves
        UseCookies = false,
        AllowAutoRedirect = false,
        SslOptions = trust.Options,
    });
}
