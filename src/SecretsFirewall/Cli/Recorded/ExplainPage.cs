using System.Globalization;
using SecretsFirewall.Audit;
using SecretsFirewall.Cli.Terminal;
using SecretsFirewall.Model;
using SecretsFirewall.Policy;
using SecretsFirewall.Policy.Compilation;

namespace SecretsFirewall.Cli.Recorded;

/// <summary>One exchange on one page, for people. Everything that an agent could have chosen is escaped.</summary>
internal sealed class ExplainPage(Output output)
{
    public void Write(IReadOnlyList<AuditEntry> entries)
    {
        var record = entries[^1].Record;
        Row("exchange", record.Exchange);
        Row("agent", record.Agent is { } agent ? record.Session is { } session ? $"{agent}, session {session}" : agent : null);
        Row("request", $"{record.Method} {record.Destination}{record.Path}");
        Row("verdict", record.Verdict?.Word());
        Row("status", record.Status?.ToString(CultureInfo.InvariantCulture));
        Row("code", record.Code);
        Row("decided by", record.Rule);
        Row("class", record.Class);
        Row("observed", record.Observed is { } observed ? $"{observed}, if the policy were enforced" : null);
        Row("in shadow", record.Shadow);
        Row("trust", record.Trust);
        Row("approval", record.Approval is { } approval ? Describe(approval) : null);
        Row("because", record.Detail);
        Row("caused by", record.Blame?.Word());
        Row("policy", record.Bundle is { } bundle ? $"{bundle.Id}, revision {bundle.Revision}, {bundle.Hash}" : null);
        foreach (var finding in record.Findings)
        {
            var count = finding.Count > 1 ? $" ({finding.Count} times)" : "";
            Row(
                finding.Action is FindingAction.Bind ? "binding" : "finding",
                $"{finding.Action.Word()} {finding.Name ?? finding.Rule} in {finding.Carrier.Word()} at {finding.Location}{count}");
        }

        Row("bytes", record.RequestBytes is { } sent ? string.Create(CultureInfo.InvariantCulture, $"{sent} out, {record.ResponseBytes ?? 0} in") : null);
        Row("usage", record.Usage is { } usage ? Describe(usage) : null);
        Row("cost", record.Cost is { } cost ? cost.Amount is null ? "the policy has no price for this model" : $"{cost.Amount} {cost.Currency}" : null);
        Row("timings", record.TimingsUs.Count > 0 ? string.Join(", ", record.TimingsUs.Select(static stage => string.Create(CultureInfo.InvariantCulture, $"{stage.Key} {stage.Value / 1000.0:0.0} ms"))) : null);
        WriteTimeline(entries);
    }

    public void Write(ExchangeExplanation explanation, PolicyInHand policy)
    {
        if (!explanation.IsSamePolicy)
        {
            output.Line();
            output.Line(output.Paint($"Another policy decided then. What follows is by {TerminalText.Escape(policy.Location)} as it is now; name the one of then with --policy.", TextColour.Yellow));
        }

        foreach (var step in explanation.Steps)
        {
            Write(step);
        }

        output.Line();
        if (explanation.Change is not { } change)
        {
            output.Line(explanation.Advice ?? "");
            return;
        }

        output.Line(change.Meaning);
        foreach (var line in change.Diff())
        {
            output.Line(output.Paint(TerminalText.Escape(line), line.StartsWith("@@", StringComparison.Ordinal) ? TextColour.Cyan : line.StartsWith('-') ? TextColour.Red : TextColour.Green));
        }

        output.Line(change.Check);
    }

    private void Write(ExplainedStep step)
    {
        var answer = step.Answer;
        var about = step.Tool is { } tool ? $"{DocumentWord.Of(step.On)} {TerminalText.Escape(tool)}" : DocumentWord.Of(step.On);
        var said = answer.Outcome is { } outcome ? $"{DocumentWord.Of(outcome)} by {TerminalText.Escape(answer.Rule)}" : $"rests on what is not recorded: {string.Join(", ", answer.Missing)}";
        output.Line();
        output.Line($"{output.Paint(about, TextColour.Cyan)}  {(step.Said is { } then ? $"said then: {then}; " : "")}by the policy at hand: {said}");
        var shown = answer.Rules.Where(rule => rule.Applies is not false || rule.Rule == answer.Rule || rule.Outcome is PolicyOutcome.Allow).ToList();
        if (shown.Count > 0)
        {
            output.Table(["rule", "outcome", "applies", "because of", "which is"], [.. shown.Select(static rule => (string[])
            [
                rule.Rule,
                rule.IsShadow ? $"{DocumentWord.Of(rule.Outcome)} (shadow)" : DocumentWord.Of(rule.Outcome),
                rule.Applies switch { true => "yes", false => "no", _ => "not recorded" },
                rule.Applies is true ? "" : rule.Condition ?? "",
                rule.Applies is true ? "" : rule.Fact ?? "",
            ])]);
        }

        if (answer.Rules.Count > shown.Count)
        {
            output.Line(output.Paint(string.Create(CultureInfo.InvariantCulture, $"{answer.Rules.Count - shown.Count} more rules that refuse do not apply; --json has all of them."), TextColour.Dim));
        }
    }

    private void WriteTimeline(IReadOnlyList<AuditEntry> entries)
    {
        var intent = entries.FirstOrDefault(static entry => entry.Record.Type is AuditTypes.Intent)?.Record;
        foreach (var entry in entries)
        {
            var after = string.Create(CultureInfo.InvariantCulture, $"{entry.Timestamp:O}  +{(entry.Timestamp - entries[0].Timestamp).TotalMilliseconds:0} ms");
            Row("recorded", $"{after}  {entry.Record.Type}, record {entry.Sequence}{What(entry.Record)}");
            var known = entry.Record.Type is AuditTypes.Intent ? 0 : intent?.Tools.Count ?? 0;
            foreach (var tool in entry.Record.Tools.Skip(known))
            {
                var count = tool.Count > 1 ? $" ({tool.Count} times)" : "";
                Row("tool call", $"{tool.Outcome} {tool.Name}{(tool.Class is { } found ? $" ({found})" : "")} by {tool.Rule}{count}{(tool.Observed is { } said ? $", {said} if enforced" : "")}{(tool.Shadow is { } shadow ? $", in shadow {shadow}" : "")}");
            }
        }
    }

    private static string What(AuditRecord record) => record switch
    {
        { Type: AuditTypes.ApprovalAnswered, Approval: { } approval } => $": {record.Outcome}, {Describe(approval)}",
        { Type: AuditTypes.Intent } => $": allowed by {record.Rule}, about to leave",
        { Verdict: { } verdict } => $": {verdict.Word()}{(record.Code is { } code ? $", {code}" : "")}",
        { Detail: { } detail } => $": {detail}",
        _ => "",
    };

    private static string Describe(AuditApproval approval)
    {
        var by = approval.By is { } person ? $" by {person}{(approval.Role is { } role ? $" ({role})" : "")}" : " waits for a person";
        return $"{(approval.Trust is null ? "question" : "rule set aside,")} {approval.Id}{by}";
    }

    private static string Describe(AuditUsage usage)
    {
        var tokens = usage.Tokens;
        return string.Create(CultureInfo.InvariantCulture, $"{usage.Model} of {usage.Provider}: {tokens.Input} in, {tokens.Output} out, {tokens.CacheRead} from caches, {tokens.CacheWrite} into them{(usage.IsEstimated ? ", estimated" : "")}{(usage.IsSuspect ? ", suspect" : "")}");
    }

    private void Row(string name, string? value)
    {
        if (!string.IsNullOrEmpty(value))
        {
            output.Line($"{output.Paint(name.PadRight(12), TextColour.Dim)}{TerminalText.Escape(value)}");
        }
    }
}
