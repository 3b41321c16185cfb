using System.CommandLine;
using System.Globalization;
using SecretsFirewall.Admin;
using SecretsFirewall.Cli.Control;
using SecretsFirewall.Cli.Evidence;
using SecretsFirewall.Cli.Terminal;
using SecretsFirewall.Cli.Traces;

namespace SecretsFirewall.Cli.Commands;

/// <summary><c>sfw trace</c>: a session as the conversation that it was.</summary>
internal static class TraceCommand
{
    private const int ShownSteps = 200;

    private const string SessionAbout = "AGENT/SESSION, or the session alone where only one agent has one of that name.";

    public static Command Create() => new("trace", """
        Shows what an agent did in a session, step by step, out of the audit log: calls of models, the tool calls in their answers,
        requests, results and refusals, each with what it was granted and what it used; compares two sessions; labels them.

        Values, bodies, queries and arguments are in no record, so none is shown.

        Examples:
          sfw trace list
          sfw trace show builder/s1
          sfw trace diff builder/s1 builder/s2
          sfw trace label builder/s1 regression
          sfw trace annotate builder/s1 "The second run of the importer: it asked for less."
        """)
    {
        List(),
        Show(),
        Diff(),
        Label(),
        Annotate(),
    };

    private static Command List()
    {
        var label = new Option<string?>("--label") { Description = "Only sessions with this label.", HelpName = "LABEL" };
        var since = Since();
        var json = CommonOptions.Json();
        var command = new Command("list", "Lists the sessions in the audit log, oldest first.") { label, since, json };
        command.SetAction(parse =>
        {
            var output = Output.Of(parse);
            if (!TryReadSince(parse, since, out var from))
            {
                return output.Fail(SinceTime.Expected, ExitCodes.Broken);
            }

            var sessions = TraceLog.List(CommonOptions.HomeOf(parse), from).Where(one => parse.GetValue(label) is not { } wanted || one.Labels.Contains(wanted)).ToList();
            if (parse.GetValue(json))
            {
                sessions.ForEach(one => output.Json(one, TraceJson.Default.TraceListLine));
            }
            else if (sessions.Count == 0)
            {
                output.Note("No session is in this home's audit log.");
            }
            else
            {
                output.Table(["session", "from", "until", "records", "refused", "labels"], [.. sessions.Select(static one => (string[])
                [
                    $"{one.Agent}/{one.Session}", Text(one.From), Text(one.Until), Text(one.Records), Text(one.Refused), string.Join(", ", one.Labels),
                ])]);
            }

            return ExitCodes.Done;
        });
        return command;
    }

    private static Command Show()
    {
        var session = new Argument<string>("SESSION") { Description = SessionAbout };
        var since = Since();
        var last = new Option<int>("--last") { Description = "So many steps, counted from the end; 0 for all.", HelpName = "N", DefaultValueFactory = static _ => ShownSteps };
        var json = CommonOptions.Json();
        var command = new Command("show", "Shows a session as steps, and what it was granted beside what it used of that.") { session, since, last, json };
        command.SetAction(parse =>
        {
            var output = Output.Of(parse);
            if (!TryReadSince(parse, since, out var from))
            {
                return output.Fail(SinceTime.Expected, ExitCodes.Broken);
            }

            if (TraceLog.Find(CommonOptions.HomeOf(parse), parse.GetRequiredValue(session), from, out var problem) is not { } trace)
            {
                return output.Fail(problem);
            }

            var skipped = parse.GetValue(last) is var most and > 0 ? Math.Max(0, trace.Steps.Count - most) : 0;
            if (parse.GetValue(json))
            {
                output.Json(TraceLine.Of(trace, skipped), TraceJson.Default.TraceLine);
            }
            else
            {
                new TracePage(output).Write(trace, skipped);
            }

            return ExitCodes.Done;
        });
        return command;
    }

    private static Command Diff()
    {
        var first = new Argument<string>("FIRST") { Description = SessionAbout };
        var second = new Argument<string>("SECOND") { Description = "The session to compare it with." };
        var since = Since();
        var json = CommonOptions.Json();
        var command = new Command("diff", """
            Compares two sessions: what both did, what only one did, what came out otherwise, and what only one was granted.

            The exit code is 0 if they did the same and 1 if not.
            """)
        { first, second, since, json };
        command.SetAction(parse =>
        {
            var output = Output.Of(parse);
            if (!TryReadSince(parse, since, out var from))
            {
                return output.Fail(SinceTime.Expected, ExitCodes.Broken);
            }

            var home = CommonOptions.HomeOf(parse);
            if (TraceLog.Find(home, parse.GetRequiredValue(first), from, out var problem) is not { } one || TraceLog.Find(home, parse.GetRequiredValue(second), from, out problem) is not { } other)
            {
                return output.Fail(problem, ExitCodes.Broken);
            }

            if (Math.Max(one.Steps.Count, other.Steps.Count) > TraceDiff.MostSteps)
            {
                return output.Fail($"Sessions of more than {TraceDiff.MostSteps} steps are not compared. Take a part of them: --since TIME", ExitCodes.Broken);
            }

            var pairs = TraceDiff.Of(one.Steps, other.Steps);
            var line = LineOf(one, other, pairs);
            if (parse.GetValue(json))
            {
                output.Json(line, TraceJson.Default.TraceDiffLine);
            }
            else
            {
                new TracePage(output).Write(line);
            }

            return pairs.All(static pair => pair.Mark == ' ') ? ExitCodes.Done : ExitCodes.NotDone;
        });
        return command;
    }

    private static TraceDiffLine LineOf(SessionTrace one, SessionTrace other, IReadOnlyList<TracePair> pairs)
    {
        var (first, second) = (UsesOf(one), UsesOf(other));
        return new TraceDiffLine(
            one.Id, other.Id, one.Totals, other.Totals, [.. first.Except(second, StringComparer.Ordinal)], [.. second.Except(first, StringComparer.Ordinal)],
            [.. pairs.Select(static pair => new TracePairLine(
                pair.Mark.ToString(), pair.First is { } left ? TraceStepLine.From(left) : null, pair.Second is { } right ? TraceStepLine.From(right) : null))]);
    }

    private static List<string> UsesOf(SessionTrace trace) => [.. trace.Grants.SelectMany(static grant => grant.Used.Keys.Select(use => $"{grant.Grant}: {use}"))];

    private static Command Label()
    {
        var session = new Argument<string>("SESSION") { Description = SessionAbout };
        var labels = new Argument<string[]>("LABEL") { Description = "One or more words of A-Z a-z 0-9 _ . : -", Arity = ArgumentArity.OneOrMore };
        var remove = new Option<bool>("--remove") { Description = "Takes the labels off. The log keeps that they were there." };
        var command = new Command("label", "Puts labels on a session: records of the audit, signed with it.") { session, labels, remove };
        command.SetControlAction(context => NoteAsync(
            context, context.Parse.GetRequiredValue(session), (agent, name) => new AnnotateRequest(agent, name, context.Parse.GetRequiredValue(labels), context.Parse.GetValue(remove), null, null, KillCommand.Caller)));
        return command;
    }

    private static Command Annotate()
    {
        var session = new Argument<string>("SESSION") { Description = SessionAbout };
        var text = new Argument<string>("TEXT") { Description = "The note. Registered values and what looks like a secret are masked in it." };
        var about = new Option<string?>("--about") { Description = "The exchange that it is about.", HelpName = "EXCHANGE" };
        var command = new Command("annotate", "Writes a note about a session into the audit, signed with it.") { session, text, about };
        command.SetControlAction(context => NoteAsync(
            context, context.Parse.GetRequiredValue(session), (agent, name) => new AnnotateRequest(agent, name, [], false, context.Parse.GetRequiredValue(text), context.Parse.GetValue(about), KillCommand.Caller)));
        return command;
    }

    private static Task<int> NoteAsync(ControlContext context, string wanted, Func<string, string, AnnotateRequest> request)
    {
        if (BehindFirewall.IsHere())
        {
            return Task.FromResult(context.Output.Fail(BehindFirewall.Sentence));
        }

        if (TraceLog.Find(context.Home, wanted, since: null, out var problem) is not { } trace)
        {
            return Task.FromResult(context.Output.Fail(problem));
        }

        var asked = request(trace.Agent, trace.Session);
        return asked.About is { } about && trace.Steps.All(step => step.Exchange != about)
            ? Task.FromResult(context.Output.Fail("No exchange of that id is in this session."))
            : context.CallAsync(ControlOperations.TraceAnnotate, asked, _ => ExitCodes.Done);
    }

    private static Option<string?> Since() => new("--since") { Description = "Only records from then on: a time such as 24h, a day such as 2026-11-01, a moment.", HelpName = "TIME" };

    private static bool TryReadSince(ParseResult parse, Option<string?> since, out DateTimeOffset? from)
    {
        from = parse.GetValue(since) is { } text ? SinceTime.TryRead(text, TimeProvider.System.GetUtcNow()) : null;
        return from is not null || parse.GetValue(since) is null;
    }

    private static string Text(DateTimeOffset time) => time.ToString("u", CultureInfo.InvariantCulture);

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
