using System.Globalization;
using System.Text;

namespace SecretsFirewall.Audit.Formats;

/// <summary>
/// A record as Common Event Format (ArcSight, Implementing CEF, revision 26): <c>CEF:0|vendor|product|version|id|name|severity|extension</c>. In the head a bar
/// and a backslash are escaped, in the extension an equals sign, a backslash and line ends.
/// </summary>
internal static class CefEvent
{
    public static string Line(AuditEntry entry)
    {
        var record = entry.Record;
        var line = new StringBuilder("CEF:0|Secrets Firewall|sfw|1|", 512);
        Head(line, record.Code is null ? record.Type : $"{record.Type}.{record.Code}").Append('|');
        Head(line, record.Verdict is { } verdict ? $"{record.Type} {verdict.Word()}" : record.Type).Append('|');
        line.Append(CultureInfo.InvariantCulture, $"{(int)AuditSeverities.Of(record) * 2}|");
        Field(line, "rt", entry.Timestamp.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture));
        Field(line, "externalId", record.Exchange);
        Field(line, "suser", record.Agent);
        Field(line, "dhost", record.Destination?.Host);
        Field(line, "dpt", record.Destination?.Port.ToString(CultureInfo.InvariantCulture));
        Field(line, "requestMethod", record.Method);
        Field(line, "request", record.Destination is { } to && record.Path is { } path ? $"{to.Scheme}://{to.HostAndPort}{path}" : null);
        Field(line, "act", record.Verdict?.Word() ?? record.Outcome);
        Field(line, "outcome", record.Status?.ToString(CultureInfo.InvariantCulture));
        Field(line, "out", record.RequestBytes?.ToString(CultureInfo.InvariantCulture));
        Field(line, "in", record.ResponseBytes?.ToString(CultureInfo.InvariantCulture));
        Field(line, "msg", record.Detail);
        Named(line, 1, "rule", record.Rule);
        Named(line, 2, "findings", record.Findings.Count == 0 ? null : string.Join(',', record.Findings.Select(static finding => $"{finding.Rule}:{finding.Action.Word()}:{finding.Count}")));
        Named(line, 3, "bundle", record.Bundle?.Hash);
        Named(line, 4, "session", record.Session);
        Named(line, 5, "hash", entry.Hash);
        return line.ToString().TrimEnd();
    }

    private static void Named(StringBuilder line, int number, string label, string? value)
    {
        if (value is not null)
        {
            Field(line, string.Create(CultureInfo.InvariantCulture, $"cs{number}Label"), label);
            Field(line, string.Create(CultureInfo.InvariantCulture, $"cs{number}"), value);
        }
    }

    private static StringBuilder Head(StringBuilder line, string text) =>
        line.Append(text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("|", "\\|", StringComparison.Ordinal).ReplaceLineEndings(" "));

    private static void Field(StringBuilder line, string key, string? value)
    {
        if (value is not null)
        {
            line.Append(key).Append('=')
                .Append(value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("=", "\\=", StringComparison.Ordinal).Replace("\r", "\\r", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal))
                .Append(' ');
        }
    }
}
