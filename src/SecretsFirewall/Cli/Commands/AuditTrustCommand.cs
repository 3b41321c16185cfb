using System.CommandLine;
using System.Globalization;
using SecretsFirewall.Audit;
using SecretsFirewall.Cli.Evidence;
using SecretsFirewall.Cli.Terminal;

namespace SecretsFirewall.Cli.Commands;

/// <summary><c>sfw audit trust</c>: what each session's record is worth.</summary>
internal static class AuditTrustCommand
{
    public static Command Create()
    {
        var session = new Argument<string?>("SESSION") { Description = "Only this one: AGENT/SESSION, or the session alone.", Arity = ArgumentArity.ZeroOrOne };
        var json = CommonOptions.Json();
        var command = new Command("trust", """
            Says for each session how far its record can be relied on, and why not further: verified, verified_with_violations
            (something was refused), unverified (something passed unread or was only watched, or no checkpoint covers it), compromised.
            """)
        { session, json };
        command.SetAction(async (parse, cancellation) =>
        {
            var output = Output.Of(parse);
            if (await VerifyRun.RunAsync(parse, output, new VerifyRequest([], null, null), cancellation) is not { } outcome)
            {
                return ExitCodes.Broken;
            }

            var sessions = outcome.Survey.Sessions(outcome.Verification).Where(one => parse.GetValue(session) is not { } wanted || one.Session == wanted || $"{one.Agent}/{one.Session}" == wanted).ToList();
            if (sessions.Count == 0 && parse.GetValue(session) is not null)
            {
                return output.Fail("No record of that session is in this home's audit log.");
            }

            if (parse.GetValue(json))
            {
                sessions.ForEach(one => output.Json(TrustLine.Of(one), EvidenceJson.Default.TrustLine));
            }
            else
            {
                output.Table(["session", "agent", "records", "trust", "why"], [.. sessions.Select(static one => (IReadOnlyList<string>)
                [
                    one.Session, one.Agent, one.Records.ToString(CultureInfo.InvariantCulture), one.Status.Word(), string.Join(", ", one.Causes.Select(static cause => $"{cause.Word} {cause.Count}")),
                ])]);
            }

            return outcome.Verification.IsWhole ? ExitCodes.Done : ExitCodes.NotDone;
        });
        return command;
    }
}
