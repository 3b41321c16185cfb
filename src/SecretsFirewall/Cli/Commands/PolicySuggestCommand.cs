using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using SecretsFirewall.Audit;
using SecretsFirewall.Cli.Recorded;
using SecretsFirewall.Cli.Terminal;

namespace SecretsFirewall.Cli.Commands;

/// <summary><c>sfw policy suggest</c>: rules that would allow what was refused, to review.</summary>
internal static class PolicySuggestCommand
{
    public static Command Create()
    {
        var from = new Option<string>("--from") { Description = "Where the refusals come from: audit, the log of this home.", HelpName = "audit", DefaultValueFactory = static _ => "audit" };
        from.AcceptOnlyFromAmong("audit");
        var since = RecordedLog.Since();
        var policy = new Option<string?>("--policy") { Description = "The bundle or folder to add to; the one in force where it is not said.", HelpName = "PATH" };
        var json = CommonOptions.Json();
        var command = new Command("suggest", """
            Suggests rules and exceptions for what the policy refused, grouped by agent, host, method, path and tool, as a diff to review.

            Nothing is written, and nothing is suggested for attempts to get round the firewall, for secrets, for what was stopped, or for
            tools that a rule refuses. Exceptions end after 30 days. Whoever adds a rule allows what an agent asked for: read each.

            Examples:
              sfw policy suggest --from audit --since 24h
              sfw policy suggest --from audit --json | jq -r .change.diff > suggested.diff

            The exit code is 0 if something is suggested, 1 if nothing is.
            """)
        { from, since, policy, json };
        command.SetAction(async (parse, cancellation) =>
        {
            var output = Output.Of(parse);
            var home = CommonOptions.HomeOf(parse);
            var (at, problem) = await PolicyInHand.TryReadAsync(home, parse.GetValue(policy), cancellation);
            if (at is null || RecordedLog.TryRead(home, parse.GetRequiredValue(since), out problem) is not { } exchanges)
            {
                return output.Fail(problem, ExitCodes.Broken);
            }

            var suggestion = new Suggestion(at);
            foreach (var exchange in exchanges)
            {
                suggestion.Add(exchange);
            }

            var report = suggestion.Report(TimeProvider.System.GetUtcNow());
            if (parse.GetValue(json))
            {
                output.Line(Json(report));
            }
            else
            {
                Write(output, report);
            }

            return report.Change is null ? ExitCodes.NotDone : ExitCodes.Done;
        });
        return command;
    }

    private static void Write(Output output, SuggestionReport report)
    {
        if (report.Change is { } change)
        {
            output.Table(["refused", "by", "agent", "what", "first"], [.. report.Groups.Select(static one => (string[])
            [
                one.Count.ToString(CultureInfo.InvariantCulture), one.RefusedBy, one.Agent, What(one), one.Exchange,
            ])]);
            output.Line();
            foreach (var line in change.Diff())
            {
                output.Line(TerminalText.Escape(line));
            }

            output.Note(change.Check);
        }
        else
        {
            output.Note("Nothing is suggested.");
        }

        foreach (var (why, count) in report.Skipped)
        {
            output.Note(string.Create(CultureInfo.InvariantCulture, $"{count} left out: {TerminalText.Escape(why)}"));
        }
    }

    private static string What(SuggestedGroup one) =>
        one.Tool is { } tool ? $"tool {tool} from {one.Host}"
        : one.Method.Length == 0 ? string.Create(CultureInfo.InvariantCulture, $"connect to {one.Host}:{one.Port}")
        : $"{one.Method} {one.Host}{one.Path}{(one.IsPrefix ? "/…" : "")}";

    private static string Json(SuggestionReport report) => new JsonObject
    {
        ["groups"] = new JsonArray([.. report.Groups.Select(static one => new JsonObject
        {
            ["agent"] = one.Agent,
            ["host"] = one.Host,
            ["port"] = one.Port,
            ["method"] = one.Method,
            ["path"] = one.Path,
            ["prefix"] = one.IsPrefix,
            ["tool"] = one.Tool,
            ["refused_by"] = one.RefusedBy,
            ["count"] = one.Count,
            ["exchange"] = one.Exchange,
        })]),
        ["change"] = report.Change is { } change ? ExplainJson.Change(change) : null,
        ["skipped"] = new JsonObject(report.Skipped.Select(static pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value))),
    }.ToJsonString();
}
