using System.Text;
using SecretsFirewall.Audit;
using SecretsFirewall.Inspection.Detection;
using SecretsFirewall.Inspection.Redaction;
using SecretsFirewall.Model;
using SecretsFirewall.Restraints;

namespace SecretsFirewall.Enforcement;

/// <summary>What people changed, as the audit says it.</summary>
internal static class RestraintAudit
{
    /// <param name="detection">Masks what an operator wrote; null where nothing is known that could be in it.</param>
    public static AuditRecord RecordOf(RestraintEvent change, DetectionSnapshot? detection) => new()
    {
        Type = change.Word,
        Agent = change.Agent,
        Session = change.Session,
        Destination = change.Host is { } host ? new Destination("https", host, 443) : null,
        Tool = change.Tool,
        Rule = change.Rule,
        Detail = detection is null ? change.Detail : Masked(change.Detail, detection),
    };

    private static string Masked(string text, DetectionSnapshot detection)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var found = new List<Detection>();
        if (!RecordedText.TryFind(detection, bytes, found))
        {
            return RecordedText.Unread;
        }

        if (found.Count == 0)
        {
            return text;
        }

        using var masked = new PooledOutput();
        Splice.Mask(bytes, found, masked);
        return Encoding.UTF8.GetString(masked.Written.Span);
    }
}
