using System.Globalization;
using SecretsFirewall.Audit;
using SecretsFirewall.Model;
using SecretsFirewall.Protocols;

namespace SecretsFirewall.Cli.Traces;

/// <summary>A note that a person wrote about a session.</summary>
/// <param name="About">An exchange; null for the whole.</param>
internal sealed record TraceNote(long Sequence, DateTimeOffset At, string By, string? About, string Text);

/// <summary>
/// A session as the log has it: its conversation as steps, what it was granted and what it used. Values, bodies, queries and arguments are in no record, and so in no trace.
/// What an agent ran by itself is seen as the tool call that asked for it and the next request to the model, which carries what came of it.
/// </summary>
/// <param name="Labels">Those that it has now.</param>
internal sealed record SessionTrace(
    string Agent, string Session, IReadOnlyList<TraceStep> Steps, IReadOnlyList<TraceGrant> Grants, TraceTotals Totals, IReadOnlyList<string> Labels, IReadOnlyList<TraceNote> Notes)
{
    /// <summary>No agent's name has a slash in it.</summary>
    public string Id => $"{Agent}/{Session}";

    /// <param name="entries">The records of the session, in order.</param>
    /// <param name="allows">What a rule of a policy lets pass; null where that is not known.</param>
    public static SessionTrace Of(string agent, string session, IEnumerable<AuditEntry> entries, Func<AuditBundle?, string, string?> allows)
    {
        var reader = new Reader(allows);
        foreach (var entry in entries)
        {
            reader.Read(entry);
        }

        return new SessionTrace(agent, session, reader.Steps, reader.Scope.Grants, reader.Scope.Totals, [.. reader.Labels], reader.Notes);
    }

    private sealed class Reader(Func<AuditBundle?, string, string?> allows)
    {
        // Begun and not ended: the step, and how many of the tools in its last record were decided in the request.
        private readonly Dictionary<string, (int Step, int Tools)> _open = new(StringComparer.Ordinal);

        public List<TraceStep> Steps { get; } = [];

        public TraceScope Scope { get; } = new(allows);

        public SortedSet<string> Labels { get; } = new(StringComparer.Ordinal);

        public List<TraceNote> Notes { get; } = [];

        public void Read(AuditEntry entry)
        {
            switch (entry.Record.Type)
            {
                case AuditTypes.Intent:
                    ReadIntent(entry);
                    break;
                case AuditTypes.Outcome or AuditTypes.BypassAttempt when entry.Record.Verdict is not null:
                    ReadOutcome(entry);
                    break;
                case AuditTypes.Annotated:
                    ReadNote(entry);
                    break;
                default:
                    var what = string.Join(' ', new[] { entry.Record.Type, entry.Record.Destination?.HostAndPort, entry.Record.Tool }.OfType<string>());
                    Add(entry, TraceKind.Event, null, entry.Record.Detail is { } detail ? $"{what}: {detail}" : what, GrantOf(entry.Record), "");
                    break;
            }
        }

        private void ReadIntent(AuditEntry entry)
        {
            var record = entry.Record;
            var step = Add(entry, KindOf(record), null, AskedBy(record), GrantOf(record), BoundBy(record));
            Scope.Left(record, AskedBy(record));
            AddTools(entry, record.Tools, step);
            if (record.Exchange is { } exchange)
            {
                _open[exchange] = (step, record.Tools.Count);
            }
        }

        private void ReadOutcome(AuditEntry entry)
        {
            var record = entry.Record;
            var begun = record.Exchange is { } exchange && _open.Remove(exchange, out var at) ? at : ((int Step, int Tools)?)null;
            Scope.Ended(record);
            var refused = record.Verdict is Verdict.Refused;
            var what = refused
                ? $"{(begun is null ? AskedBy(record) : "answer")}: {record.Code ?? "refused"}"
                : $"{record.Status?.ToString(CultureInfo.InvariantCulture) ?? "no answer"} {record.Verdict!.Value.Word()}{(record.Usage is { } usage ? $" {usage.Model}" : "")}";
            var step = Add(entry, refused ? TraceKind.Refusal : TraceKind.Result, begun?.Step, what, refused ? GrantOf(record) : "", UsedBy(record));
            Steps[^1] = Steps[^1] with { Asked = AskedBy(record) };
            AddTools(entry, record.Tools.Skip(begun?.Tools ?? 0), begun?.Step ?? step);
        }

        private void ReadNote(AuditEntry entry)
        {
            if (entry.Record.Note is not { } note)
            {
                return;
            }

            if (note.Label is { } label)
            {
                _ = note.IsRemoved ? Labels.Remove(label) : Labels.Add(label);
            }

            if (note.Text is { } text)
            {
                Notes.Add(new TraceNote(entry.Sequence, entry.Timestamp, note.By, note.About, text));
            }
        }

        private void AddTools(AuditEntry entry, IEnumerable<AuditTool> tools, int of)
        {
            foreach (var tool in tools)
            {
                var withheld = tool.Outcome != "allow";
                var often = tool.Count > 1 ? string.Create(CultureInfo.InvariantCulture, $"{tool.Count} times") : "";
                var observed = tool.Observed is { } said ? $", {said} if enforced" : "";
                Add(entry, withheld ? TraceKind.Refusal : TraceKind.ToolCall, of, $"tool {tool.Name}", $"{tool.Outcome} by {tool.Rule}{(tool.Class is { } word ? $" ({word})" : "")}{observed}", often);
                Scope.Called(entry.Record, tool, withheld);
            }
        }

        private int Add(AuditEntry entry, TraceKind kind, int? of, string what, string granted, string used)
        {
            Steps.Add(new TraceStep(Steps.Count + 1, entry.Sequence, entry.Timestamp, kind, of, entry.Record.Exchange, what, granted, used));
            return Steps.Count;
        }
    }

    private static TraceKind KindOf(AuditRecord record) =>
        record.Usage is not null || TrafficRecogniser.DialectOfPath(record.Method ?? "", record.Path ?? "") is not LlmDialect.None ? TraceKind.ModelCall : TraceKind.Request;

    private static string AskedBy(AuditRecord record) => $"{record.Method} {record.Destination?.HostAndPort}{record.Path}".Trim();

    private static string GrantOf(AuditRecord record)
    {
        var words = new List<string>();
        if (record.Rule is { } rule)
        {
            words.Add($"{record.Outcome ?? "decided"} by {rule}");
        }

        if (record.Class is { } word)
        {
            words.Add(word);
        }

        if (record.Observed is { } observed)
        {
            words.Add($"{observed} if enforced");
        }

        if (record.Approval is { } approval)
        {
            words.Add($"{(approval.Trust is null ? "approval" : approval.Trust)} {approval.Id}{(approval.By is { } by ? $" by {by}" : "")}{(approval.Role is { } role ? $" ({role})" : "")}");
        }

        return string.Join(", ", words);
    }

    private static string BoundBy(AuditRecord record) =>
        string.Join(", ", record.Findings.Where(static finding => finding.Action is FindingAction.Bind).Select(static finding => $"bound {finding.Name ?? finding.Rule} at {finding.Location}"));

    private static string UsedBy(AuditRecord record)
    {
        var words = new List<string>();
        if (record.Usage is { } usage)
        {
            words.Add(string.Create(CultureInfo.InvariantCulture, $"{usage.Tokens.Input + usage.Tokens.CacheRead + usage.Tokens.CacheWrite} tokens in, {usage.Tokens.Output} out"));
        }

        if (record.Cost is { Amount: { } amount })
        {
            words.Add($"{amount} {record.Cost.Currency}");
        }

        if (record.RequestBytes is { } sent)
        {
            words.Add(string.Create(CultureInfo.InvariantCulture, $"{sent} bytes out, {record.ResponseBytes ?? 0} in"));
        }

        words.AddRange(record.Findings.Where(static finding => finding.Action is not FindingAction.Bind).Select(static finding =>
            string.Create(CultureInfo.InvariantCulture, $"{finding.Action.Word()} {finding.Name ?? finding.Rule}{(finding.Count > 1 ? $" x{finding.Count}" : "")}")));
        return string.Join(", ", words);
    }
}
