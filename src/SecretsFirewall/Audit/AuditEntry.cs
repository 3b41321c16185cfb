using System.Globalization;
using System.Text.Json;
using SecretsFirewall.Model;

namespace SecretsFirewall.Audit;

/// <summary>A record as it was read back, with its place in the chain.</summary>
/// <param name="Line">The line as it stands in the file, without the line feed: JSON in visible ASCII.</param>
internal sealed record AuditEntry(long Sequence, DateTimeOffset Timestamp, string Previous, string Hash, AuditRecord Record, string Line)
{
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 16 };

    /// <summary>Reads a line. <see cref="AuditBreakReason.None"/> means that it is a record and that its hash is right.</summary>
    /// <param name="scratch">Overwritten.</param>
    public static AuditBreakReason Read(ReadOnlyMemory<byte> line, CanonicalJsonWriter scratch, out AuditEntry? entry)
    {
        entry = null;
        try
        {
            using var document = JsonDocument.Parse(line, Strict);
            entry = ReadEntry(document.RootElement, System.Text.Encoding.UTF8.GetString(line.Span));
            scratch.Clear();
            if (entry is null || !CanonicalJson.TryWrite(scratch, document.RootElement, omit: "hash"))
            {
                entry = null;
                return AuditBreakReason.NotARecord;
            }

            return AuditChain.Hash(scratch.Written) == entry.Hash ? AuditBreakReason.None : AuditBreakReason.Edited;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: a string that is no valid UTF-16 (JsonElement.GetString).
            entry = null;
            return AuditBreakReason.NotARecord;
        }
    }

    private static AuditEntry? ReadEntry(JsonElement root, string line)
    {
        if (root.ValueKind != JsonValueKind.Object
            || Number(root, "seq") is not { } sequence
            || Text(root, "prev") is not { } previous
            || Text(root, "hash") is not { } hash
            || Text(root, "type") is not { } type
            || !DateTimeOffset.TryParse(Text(root, "ts"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var timestamp))
        {
            return null;
        }

        var bytes = Object(root, "bytes");
        var record = new AuditRecord
        {
            Type = type,
            Exchange = Text(root, "exchange"),
            Trace = Text(root, "trace"),
            Agent = Text(root, "agent"),
            Session = Text(root, "session"),
            Direction = Text(root, "direction"),
            Destination = ReadDestination(Text(root, "destination")),
            Method = Text(root, "method"),
            Path = Text(root, "path"),
            Tool = Text(root, "tool"),
            Tools = ReadTools(root),
            Class = Text(root, "class"),
            Outcome = Text(root, "outcome"),
            Observed = Text(root, "observed"),
            Shadow = Text(root, "shadow"),
            Trust = Text(root, "trust"),
            Verdict = AuditWords.TryParse(Text(root, "verdict"), out Verdict verdict) ? verdict : null,
            Status = (int?)Number(root, "status"),
            Code = Text(root, "code"),
            Blame = AuditWords.TryParse(Text(root, "blame"), out Blame blame) ? blame : null,
            Rule = Text(root, "rule"),
            Detail = Text(root, "detail"),
            Approval = Object(root, "approval") is { } approval
                ? new AuditApproval(Text(approval, "id") ?? "", Text(approval, "fingerprint"), Text(approval, "by"), Text(approval, "role"), Text(approval, "trust"))
                : null,
            Bundle = Object(root, "bundle") is { } bundle
                ? new AuditBundle(Text(bundle, "id") ?? "", (int)(Number(bundle, "revision") ?? 0), Text(bundle, "hash") ?? "")
                : null,
            Findings = ReadFindings(root),
            RequestBytes = bytes is { } b ? Number(b, "request") : null,
            ResponseBytes = bytes is { } r ? Number(r, "response") : null,
            Usage = Object(root, "usage") is { } usage ? ReadUsage(usage) : null,
            Cost = Object(root, "cost") is { } cost ? new AuditCost(Text(cost, "amount"), Text(cost, "currency")) : null,
            TimingsUs = ReadTimings(root),
            Checkpoint = Object(root, "checkpoint") is { } c && Number(c, "seq") is { } seq && Number(c, "count") is { } count
                ? new AuditCheckpoint(seq, Text(c, "hash") ?? "", count, Text(c, "key") ?? "", Text(c, "signature") ?? "")
                : null,
            Key = Object(root, "key") is { } k ? new AuditKey(Text(k, "id") ?? "", Text(k, "public") ?? "", Text(k, "by"), Text(k, "signature")) : null,
            Note = Object(root, "note") is { } note
                ? new AuditNote(Text(note, "by") ?? "") { About = Text(note, "about"), Label = Text(note, "label"), IsRemoved = IsTrue(note, "removed"), Text = Text(note, "text") }
                : null,
            Removed = Object(root, "removed") is { } gone && Number(gone, "first") is { } first && Number(gone, "through") is { } through
                ? new AuditRemoval(first, through, Text(gone, "hash") ?? "", (int)(Number(gone, "segments") ?? 0), Text(gone, "why") ?? "")
                : null,
        };
        return new AuditEntry(sequence, timestamp, previous, hash, record, line);
    }

    private static Dictionary<string, long> ReadTimings(JsonElement root)
    {
        var timings = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var stage in Object(root, "timings_us")?.EnumerateObject() ?? default)
        {
            timings[stage.Name] = stage.Value.TryGetInt64(out var microseconds) ? microseconds : 0;
        }

        return timings;
    }

    private static AuditUsage ReadUsage(JsonElement usage) => new(
        Text(usage, "provider") ?? "",
        Text(usage, "model") ?? "",
        new TokenUsage(
            Number(usage, "input") ?? 0, Number(usage, "output") ?? 0, Number(usage, "cache_read") ?? 0, Number(usage, "cache_write") ?? 0, Number(usage, "reasoning") ?? 0),
        IsTrue(usage, "estimated"),
        IsTrue(usage, "suspect"))
    {
        Asked = Text(usage, "asked"),
    };

    private static List<AuditFinding> ReadFindings(JsonElement root)
    {
        var findings = new List<AuditFinding>();
        if (!root.TryGetProperty("findings", out var array) || array.ValueKind != JsonValueKind.Array)
        {
            return findings;
        }

        foreach (var item in array.EnumerateArray())
        {
            if (item.ValueKind == JsonValueKind.Object
                && AuditWords.TryParse(Text(item, "carrier"), out Carrier carrier)
                && AuditWords.TryParse(Text(item, "action"), out FindingAction action))
            {
                findings.Add(new AuditFinding(
                    Text(item, "rule") ?? "", carrier, Text(item, "location") ?? "", (int)(Number(item, "count") ?? 0), action, Text(item, "name"), Text(item, "fingerprint")));
            }
        }

        return findings;
    }

    private static List<AuditTool> ReadTools(JsonElement root) =>
        root.TryGetProperty("tools", out var array) && array.ValueKind == JsonValueKind.Array
            ? [.. array.EnumerateArray().Where(static item => item.ValueKind == JsonValueKind.Object).Select(static item =>
                new AuditTool(Text(item, "name") ?? "", Text(item, "outcome") ?? "", Text(item, "rule") ?? "", (int)(Number(item, "count") ?? 0))
                {
                    Class = Text(item, "class"),
                    Observed = Text(item, "observed"),
                    Shadow = Text(item, "shadow"),
                })]
            : [];

    private static Destination? ReadDestination(string? text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri) && HostName.TryNormalise(uri.Host, out var host) == HostNameError.None
            ? new Destination(uri.Scheme, host, uri.Port)
            : null;

    private static string? Text(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static bool IsTrue(JsonElement parent, string name) => parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.True;

    private static long? Number(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) ? number : null;

    private static JsonElement? Object(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Object ? value : null;
}
