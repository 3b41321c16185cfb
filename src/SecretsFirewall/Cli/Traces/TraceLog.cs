using SecretsFirewall.Audit;
using SecretsFirewall.Model;

namespace SecretsFirewall.Cli.Traces;

/// <summary>Finds sessions in a home's audit log.</summary>
internal static class TraceLog
{
    /// <param name="wanted"><c>AGENT/SESSION</c>, or the session alone where only one agent has one of that name.</param>
    /// <returns>Null with one sentence.</returns>
    public static SessionTrace? Find(FirewallHome home, string wanted, DateTimeOffset? since, out string problem)
    {
        // No agent's name has a slash in it.
        var slash = wanted.IndexOf('/', StringComparison.Ordinal);
        var (agent, session) = slash < 0 ? (null, wanted) : (wanted[..slash], wanted[(slash + 1)..]);
        var entries = Of(session, agent, Read(home, since));
        var agents = entries.Select(static entry => entry.Record.Agent ?? "").Distinct(StringComparer.Ordinal).ToList();
        problem = agents.Count switch
        {
            0 => "No record of that session is in this home's audit log. What there is: sfw trace list",
            1 => "",
            _ => $"Several agents have a session of that name. Say which: {string.Join(", ", agents.Select(one => $"{one}/{session}"))}",
        };
        return problem.Length == 0 ? SessionTrace.Of(agents[0], session, entries, new PolicyOfTheTime(home).Allows) : null;
    }

    /// <summary>
    /// The records of the session, and the questions that its exchanges asked: a question stands under the session of the agent's token, since the yes to it must not
    /// depend on a name that the agent chooses.
    /// </summary>
    private static List<AuditEntry> Of(string session, string? agent, IEnumerable<AuditEntry> entries)
    {
        var own = new List<AuditEntry>();
        var questions = new List<AuditEntry>();
        var exchanges = new HashSet<string>(StringComparer.Ordinal);
        foreach (var entry in entries)
        {
            var record = entry.Record;
            if (record.Session == session && (agent is null || record.Agent == agent))
            {
                own.Add(entry);
                exchanges.UnionWith(record.Exchange is { } id ? [id] : []);
            }
            else if (record is { Approval: not null, Exchange: not null })
            {
                questions.Add(entry);
            }
        }

        own.AddRange(questions.Where(entry => exchanges.Contains(entry.Record.Exchange!)));
        return [.. own.OrderBy(static entry => entry.Sequence)];
    }

    /// <summary>All sessions, in the order of their first record.</summary>
    public static IReadOnlyList<TraceListLine> List(FirewallHome home, DateTimeOffset? since)
    {
        var sessions = new Dictionary<(string Agent, string Session), Seen>();
        foreach (var entry in Read(home, since))
        {
            if (entry.Record is { Session: { } session, Agent: { } agent })
            {
                if (!sessions.TryGetValue((agent, session), out var seen))
                {
                    sessions.Add((agent, session), seen = new Seen(entry.Timestamp));
                }

                seen.Take(entry);
            }
        }

        return [.. sessions.OrderBy(static one => one.Value.From).Select(static one => new TraceListLine(
            one.Key.Agent, one.Key.Session, one.Value.From, one.Value.Until, one.Value.Records, one.Value.Refused, [.. one.Value.Labels]))];
    }

    private static IEnumerable<AuditEntry> Read(FirewallHome home, DateTimeOffset? since) =>
        Directory.Exists(home.AuditDirectory) ? AuditReader.Read(home.AuditDirectory).Where(entry => since is null || entry.Timestamp >= since) : [];

    private sealed class Seen(DateTimeOffset from)
    {
        public DateTimeOffset From => from;

        public DateTimeOffset Until { get; private set; }

        public long Records { get; private set; }

        public long Refused { get; private set; }

        public SortedSet<string> Labels { get; } = new(StringComparer.Ordinal);

        public void Take(AuditEntry entry)
        {
            Until = entry.Timestamp;
            Records++;
            Refused += entry.Record.Verdict is Verdict.Refused || entry.Record.Tools.Any(static tool => tool.Outcome != "allow") ? 1 : 0;
            if (entry.Record.Note is { Label: { } label } note)
            {
                _ = note.IsRemoved ? Labels.Remove(label) : Labels.Add(label);
            }
        }
    }
}
