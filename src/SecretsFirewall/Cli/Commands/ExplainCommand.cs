using System.CommandLine;
using System.Globalization;
using SecretsFirewall.Audit;
using SecretsFirewall.Cli.Terminal;

namespace SecretsFirewall.Cli.Commands;

/// <summary><c>sfw explain</c>: what the audit log knows about one exchange, on one page. Every refusal names this command and its own id.</summary>
internal static class ExplainCommand
{
    public static Command Create()
    {
        var id = new Argument<string>("ID") { Description = "The exchange's id: in the refusal's text, its decision_id, and the header X-SFW-Decision." };
        var json = new Option<bool>("--json") { Description = "Write its records as they stand in the log, one JSON object a line." };
        var command = new Command("explain", """
            Shows one exchange: who sent what where, what was found in it, which rule decided, and why.

            It needs no running firewall. Values are in no record, so none is shown.

            Example:
              sfw explain 01a1fdff3e6e709099ea184a3cc28777
            """)
        { id, json };
        command.SetAction(parse =>
        {
            var output = Output.Of(parse);
            var directory = CommonOptions.HomeOf(parse).AuditDirectory;
            var wanted = parse.GetValue(id)!;
            var entries = Directory.Exists(directory) ? AuditReader.Read(directory, new AuditFilter(Exchange: wanted)).ToList() : [];
            if (entries.Count == 0)
            {
                return output.Fail("No record of that exchange is in this home's audit log. `sfw tail` shows the latest ones.");
            }

            if (parse.GetValue(json))
            {
                entries.ForEach(entry => output.Line(entry.Line));
                return ExitCodes.Done;
            }

            Show(output, entries);
            return ExitCodes.Done;
        });
        return command;
    }

    private static void Show(Output output, List<AuditEntry> entries)
    {
        var record = entries[^1].Record;
        Row(output, "exchange", record.Exchange);
        Row(output, "agent", record.Agent);
        Row(output, "request", $"{record.Method} {record.Destination}{record.Path}");
        Row(output, "verdict", record.Verdict?.Word());
        Row(output, "status", record.Status?.ToString(CultureInfo.InvariantCulture));
        Row(output, "code", record.Code);
        Row(output, "decided by", record.Rule);
        Row(output, "class", record.Class);
        Row(output, "observed", record.Observed is { } observed ? $"{observed}, if the policy were enforced" : null);
        Row(output, "in shadow", record.Shadow);
        Row(output, "trust", record.Trust);
        Row(output, "because", record.Detail);
        Row(output, "caused by", record.Blame?.Word());
        Row(output, "policy", record.Bundle is { } bundle ? $"{bundle.Id}, revision {bundle.Revision}, {bundle.Hash}" : null);
        foreach (var finding in record.Findings)
        {
            var count = finding.Count > 1 ? $" ({finding.Count} times)" : "";
            Row(output, "finding", $"{finding.Action.Word()} {finding.Name ?? finding.Rule} in {finding.Carrier.Word()} at {finding.Location}{count}");
        }

        foreach (var tool in record.Tools)
        {
            var count = tool.Count > 1 ? $" ({tool.Count} times)" : "";
            Row(output, "tool call", $"{tool.Outcome} {tool.Name}{(tool.Class is { } known ? $" ({known})" : "")} by {tool.Rule}{count}{(tool.Observed is { } said ? $", {said} if enforced" : "")}{(tool.Shadow is { } shadow ? $", in shadow {shadow}" : "")}");
        }

        foreach (var entry in entries)
        {
            Row(output, "recorded", $"{entry.Timestamp.ToString("O", CultureInfo.InvariantCulture)}  {entry.Record.Type}, record {entry.Sequence}");
        }
    }

    private static void Row(Output output, string name, string? value)
    {
        if (!string.IsNullOrEmpty(value))
        {
            output.Line($"{output.Paint(name.PadRight(12), TextColour.Dim)}{TerminalText.Escape(value)}");
        }
    }
}
