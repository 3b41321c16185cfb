using System.Net;
using SecretsFirewall.Audit.Formats;

namespace SecretsFirewall.Telemetry;

/// <summary>Who is told what happened, beside the audit log. All of it is off until somebody names an address.</summary>
internal sealed record TelemetryOptions
{
    /// <summary>Whether <c>/metrics</c> of the admin listener is answered to whoever reaches it, without an admin token. Off: it names agents and says how busy they are.</summary>
    public bool OpenMetrics { get; init; }

    /// <summary>An OpenTelemetry collector that takes OTLP over HTTP: traces, metrics and the audit's records as logs.</summary>
    public Uri? Otlp { get; init; }

    /// <summary>A file of header fields for the collector, such as its token: <c>name: value</c> lines. A file, since a command line and a variable can be read by others.</summary>
    public string? OtlpHeaders { get; init; }

    /// <summary>A syslog receiver that takes RFC 5424 messages over TLS (RFC 5425).</summary>
    public DnsEndPoint? Syslog { get; init; }

    /// <summary>How records stand in those messages.</summary>
    public AuditFormat SyslogFormat { get; init; } = AuditFormat.Json;
}
