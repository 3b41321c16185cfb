using System.Text;
using SecretsFirewall.Audit;
using SecretsFirewall.Inspection.Detection;
using SecretsFirewall.Inspection.Redaction;

namespace SecretsFirewall.Enforcement;

/// <summary>Records that hold what a person wrote. People paste values too: their words are masked as traffic is.</summary>
internal static class OperatorRecords
{
    public static AuditRecord Masked(AuditRecord record, DetectionSnapshot detection) => record with
    {
        Detail = Masked(record.Detail, detection),
        Note = record.Note is { } note ? note with { Label = Masked(note.Label, detection), Text = Masked(note.Text, detection) } : null,
    };

    private static string? Masked(string? text, DetectionSnapshot detection)
    {
        if (text is null)
        {
            return null;
        }

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
