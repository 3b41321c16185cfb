using System.Buffers;
using System.Text;
using System.Text.Json;
using SecretsFirewall.Model;

namespace SecretsFirewall.Audit.Formats;

/// <summary>
/// A record as an event of OCSF 1.3 (https://schema.ocsf.io/1.3.0): exchanges are HTTP Activity (4002), alerts Detection Finding (2004), starts and
/// stops Application Lifecycle (6002), everything else Base Event. What the schema has no place for stands in <c>unmapped</c>.
/// </summary>
internal static class OcsfEvent
{
    private const int HttpActivity = 4002;
    private const int DetectionFinding = 2004;
    private const int ApplicationLifecycle = 6002;
    private const int BaseEvent = 0;
    private const int Other = 99;

    public static string Line(AuditEntry entry)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(buffer))
        {
            Write(json, entry);
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static void Write(Utf8JsonWriter json, AuditEntry entry)
    {
        var record = entry.Record;
        var (type, activity) = ClassOf(record);
        json.WriteStartObject();
        json.WriteNumber("class_uid", type);
        json.WriteNumber("category_uid", type / 1000);
        json.WriteNumber("activity_id", activity);
        json.WriteNumber("type_uid", (type * 100) + activity);
        json.WriteNumber("severity_id", (int)AuditSeverities.Of(record));
        json.WriteNumber("time", entry.Timestamp.ToUnixTimeMilliseconds());
        Text(json, "message", record.Detail);
        WriteMetadata(json, entry);
        switch (type)
        {
            case HttpActivity:
                WriteExchange(json, record);
                break;
            case DetectionFinding:
                json.WriteStartObject("finding_info");
                json.WriteString("uid", entry.Hash);
                json.WriteString("title", record.Type.Replace('_', ' '));
                json.WriteEndObject();
                break;
            case ApplicationLifecycle:
                json.WriteStartObject("app");
                json.WriteString("name", "Secrets Firewall");
                json.WriteString("vendor_name", "Secrets Firewall");
                json.WriteEndObject();
                break;
            default:
                break;
        }

        WriteUnmapped(json, record);
        json.WriteEndObject();
    }

    private static (int Type, int Activity) ClassOf(AuditRecord record) => record.Type switch
    {
        AuditTypes.Intent or AuditTypes.Outcome or AuditTypes.BypassAttempt => (HttpActivity, ActivityOf(record.Method)),
        AuditTypes.CanarySighted or AuditTypes.ProbingSuspected or AuditTypes.RiskRaised or AuditTypes.Killed => (DetectionFinding, 1), // create
        AuditTypes.Started => (ApplicationLifecycle, 3),
        AuditTypes.Stopped => (ApplicationLifecycle, 4),
        _ => (BaseEvent, Other),
    };

    private static int ActivityOf(string? method) => method switch
    {
        "CONNECT" => 1,
        "DELETE" => 2,
        "GET" => 3,
        "HEAD" => 4,
        "OPTIONS" => 5,
        "POST" => 6,
        "PUT" => 7,
        "TRACE" => 8,
        null or "" => 0,
        _ => Other,
    };

    private static void WriteMetadata(Utf8JsonWriter json, AuditEntry entry)
    {
        json.WriteStartObject("metadata");
        json.WriteString("version", "1.3.0");
        json.WriteString("uid", entry.Hash);
        json.WriteNumber("sequence", entry.Sequence);
        json.WriteString("event_code", entry.Record.Type);
        Text(json, "correlation_uid", entry.Record.Exchange);
        json.WriteStartObject("product");
        json.WriteString("name", "Secrets Firewall");
        json.WriteString("vendor_name", "Secrets Firewall");
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteExchange(Utf8JsonWriter json, AuditRecord record)
    {
        if (record.Verdict is { } verdict)
        {
            json.WriteNumber("action_id", verdict is Verdict.Refused ? 2 : 1); // denied, allowed
            json.WriteNumber("disposition_id", verdict switch { Verdict.Refused => 2, Verdict.Changed => 11, Verdict.Forwarded or Verdict.Unverified => 1, _ => Other }); // blocked, corrected, allowed
            json.WriteNumber("status_id", verdict is Verdict.Forwarded or Verdict.Changed or Verdict.Unverified ? 1 : 2);
            Text(json, "status_code", record.Code);
        }

        json.WriteStartObject("http_request");
        Text(json, "http_method", record.Method);
        if (record.Destination is { } destination)
        {
            json.WriteStartObject("url");
            json.WriteString("scheme", destination.Scheme);
            json.WriteString("hostname", destination.Host);
            json.WriteNumber("port", destination.Port);
            Text(json, "path", record.Path);
            json.WriteEndObject();
        }

        json.WriteEndObject();
        if (record.Status is { } status)
        {
            json.WriteStartObject("http_response");
            json.WriteNumber("code", status);
            json.WriteEndObject();
        }

        if (record.Destination is { } to)
        {
            json.WriteStartObject("dst_endpoint");
            json.WriteString("hostname", to.Host);
            json.WriteNumber("port", to.Port);
            json.WriteEndObject();
        }

        if (record.RequestBytes is not null || record.ResponseBytes is not null)
        {
            json.WriteStartObject("traffic");
            json.WriteNumber("bytes_out", record.RequestBytes ?? 0);
            json.WriteNumber("bytes_in", record.ResponseBytes ?? 0);
            json.WriteEndObject();
        }

        if (record.TimingsUs.TryGetValue("total", out var total))
        {
            json.WriteNumber("duration", total / 1000);
        }
    }

    private static void WriteUnmapped(Utf8JsonWriter json, AuditRecord record)
    {
        if (record.Agent is not null)
        {
            json.WriteStartObject("actor");
            json.WriteStartObject("user");
            json.WriteString("name", record.Agent);
            json.WriteEndObject();
            if (record.Session is not null)
            {
                json.WriteStartObject("session");
                json.WriteString("uid", record.Session);
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        json.WriteStartObject("unmapped");
        Text(json, "outcome", record.Outcome);
        Text(json, "verdict", record.Verdict?.Word());
        Text(json, "rule", record.Rule);
        Text(json, "class", record.Class);
        Text(json, "tool", record.Tool);
        Text(json, "bundle", record.Bundle?.Hash);
        if (record.Findings.Count > 0)
        {
            json.WriteStartArray("findings");
            foreach (var finding in record.Findings)
            {
                json.WriteStartObject();
                json.WriteString("rule", finding.Rule);
                json.WriteString("carrier", finding.Carrier.Word());
                json.WriteString("action", finding.Action.Word());
                json.WriteNumber("count", finding.Count);
                Text(json, "name", finding.Name);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private static void Text(Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null)
        {
            json.WriteString(name, value);
        }
    }
}
