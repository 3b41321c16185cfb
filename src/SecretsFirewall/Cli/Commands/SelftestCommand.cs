using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using SecretsFirewall.Audit;
using SecretsFirewall.Cli.Selftest;
using SecretsFirewall.Cli.Terminal;

namespace SecretsFirewall.Cli.Commands;

/// <summary><c>sfw selftest</c>: holds the invariants against this home's policy and configuration.</summary>
internal static class SelftestCommand
{
    public static Command Create()
    {
        var junit = new Option<string?>("--junit") { Description = "Write the results as JUnit XML as well.", HelpName = "FILE" };
        var json = CommonOptions.Json();
        var command = new Command("selftest", """
            Tries what must always hold, with this home's policy and configuration and a made-up secret, on loopback and without a network.

            A firewall is started in a temporary home with a copy of the policy in force and of the settings that bear on traffic. An agent
            sends a model and a tool what they must not get, in every spelling, and what they must get, byte for byte. The running firewall,
            the home and its secrets are not touched.

            It fails if a detection rule is switched off, if a policy only observes, or if anything else does not hold.

            Examples:
              sfw selftest
              sfw selftest --junit selftest.xml

            The exit code is 0 if everything holds, 1 if not, 2 if it could not begin.
            """)
        { junit, json };
        command.SetAction(async (parse, cancellationToken) =>
        {
            var output = Output.Of(parse);
            var home = CommonOptions.HomeOf(parse);
            if (await PolicyFilesInForce.ReadAsync(home, output, cancellationToken) is not { } bundle)
            {
                return ExitCodes.Broken;
            }

            var done = 0;
            var (report, problem) = await SelftestRun.RunAsync(
                home, bundle, check => Progress(output, check, ++done), cancellationToken);
            if (report is null)
            {
                return output.Fail(TerminalText.Escape(problem!.Message), problem.ExitCode);
            }

            if (parse.GetValue(junit) is { } path)
            {
                try
                {
                    JUnitReport.Write(path, report);
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException)
                {
                    return output.Fail($"{path} cannot be written: {e.Message}", ExitCodes.Broken);
                }
            }

            if (parse.GetValue(json))
            {
                output.Line(Json(report));
            }
            else
            {
                Write(output, report);
            }

            return Finish(output, report);
        });
        return command;
    }

    private static void Progress(Output output, SelftestCheck check, int done)
    {
        if (output.IsTerminal)
        {
            output.Note(string.Create(CultureInfo.InvariantCulture, $"{done,3}  {check.State.ToString().ToLowerInvariant(),-8}{check.Name}"));
        }
    }

    private static void Write(Output output, SelftestReport report) => output.Table(
        ["result", "invariant", "what must hold", "ms", "what was seen"],
        [.. report.Checks.Select(static check => (string[])
        [
            check.State.ToString().ToLowerInvariant(), check.Invariant.ToString(CultureInfo.InvariantCulture), check.Name,
            check.Took.TotalMilliseconds.ToString("0", CultureInfo.InvariantCulture), check.Detail,
        ])]);

    private static int Finish(Output output, SelftestReport report)
    {
        var failed = report.Checks.Where(static check => check.State is SelftestState.Failed).ToList();
        foreach (var check in failed)
        {
            output.Note(output.Paint(string.Create(CultureInfo.InvariantCulture, $"FAILED  invariant {check.Invariant}: {check.Name}. {TerminalText.Escape(check.Detail)}"), TextColour.Red));
        }

        var skipped = report.Checks.Count(static check => check.State is SelftestState.Skipped);
        output.Note(string.Create(CultureInfo.InvariantCulture, $"{report.Checks.Count} checks: {failed.Count} failed, {skipped} skipped."));
        return report.Passed ? ExitCodes.Done
            : failed.Count > 0 ? ExitCodes.NotDone
            : output.Fail("Nothing could be tried under this policy, so nothing was shown.");
    }

    private static string Json(SelftestReport report) => new JsonObject
    {
        ["passed"] = report.Passed,
        ["checks"] = new JsonArray([.. report.Checks.Select(static check => new JsonObject
        {
            ["invariant"] = check.Invariant,
            ["name"] = check.Name,
            ["state"] = check.State.ToString().ToLowerInvariant(),
            ["detail"] = check.Detail,
            ["milliseconds"] = (long)check.Took.TotalMilliseconds,
        })]),
    }.ToJsonString();
}
