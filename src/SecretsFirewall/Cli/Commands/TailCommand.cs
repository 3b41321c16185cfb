using System.CommandLine;
using SecretsFirewall.Audit;
using SecretsFirewall.Audit.Formats;
using SecretsFirewall.Cli.Terminal;
using SecretsFirewall.Model;

namespace SecretsFirewall.Cli.Commands;

/// <summary><c>sfw tail</c>: the audit log, for people on a terminal and for programs in a pipe.</summary>
internal static class TailCommand
{
    private const int DefaultCount = 20;

    public static Command Create()
    {
        var follow = new Option<bool>("--follow", "-f") { Description = "Go on with what is recorded from now on, until Ctrl-C." };
        var count = new Option<int>("--lines", "-n") { Description = "How many records to begin with.", DefaultValueFactory = _ => DefaultCount, HelpName = "N" };
        var json = new Option<bool>("--json") { Description = "Write the records as they are, one JSON object a line; so it is in a pipe." };
        var format = new Option<string?>("--format") { Description = "Write records for other systems: json, ocsf (Open Cybersecurity Schema Framework) or cef.", HelpName = "FORMAT" };
        format.AcceptOnlyFromAmong("json", "ocsf", "cef");
        var agent = new Option<string?>("--agent") { Description = "Only this agent.", HelpName = "NAME" };
        var host = new Option<string?>("--host") { Description = "Only this destination.", HelpName = "HOST" };
        var verdict = new Option<string?>("--verdict") { Description = "Only what ended so: refused, forwarded, changed, aborted, upstream_failed.", HelpName = "VERDICT" };
        verdict.AcceptOnlyFromAmong([.. Enum.GetValues<Verdict>().Select(v => v.Word())]);
        var command = new Command("tail", """
            Shows the audit log. It needs no running firewall.

            On a terminal a line is one finished exchange or event; records of intent are left out. In a pipe and with --json every
            record is written as it stands in the log. What an agent wrote is escaped.

            Examples:
              sfw tail -f
              sfw tail -f --verdict refused --agent builder
              sfw tail -f --format ocsf
              sfw tail -n 1000 --json | jq -c 'select(.findings != [])'
            """)
        { follow, count, json, format, agent, host, verdict };
        command.SetAction(async (parse, cancellationToken) =>
        {
            var output = Output.Of(parse);
            var directory = CommonOptions.HomeOf(parse).AuditDirectory;
            if (!Directory.Exists(directory))
            {
                return output.Fail($"There is no audit log in {directory}. `sfw run` begins one.", ExitCodes.Broken);
            }

            var filter = new AuditFilter(
                parse.GetValue(agent),
                HostOf(parse.GetValue(host)),
                AuditWords.TryParse(parse.GetValue(verdict), out Verdict wanted) ? wanted : null);
            var written = parse.GetValue(format) switch
            {
                "ocsf" => AuditFormat.Ocsf,
                "cef" => AuditFormat.Cef,
                null when !parse.GetValue(json) && output.IsTerminal => default(AuditFormat?),
                _ => AuditFormat.Json,
            };
            using var signals = new StopSignals(ignoreInterrupt: false, cancellationToken);
            await ShowAsync(output, directory, filter, parse.GetValue(count), parse.GetValue(follow), written, signals.Token);
            return ExitCodes.Done;
        });
        return command;
    }

    private static async Task ShowAsync(Output output, string directory, AuditFilter filter, int count, bool follow, AuditFormat? format, CancellationToken stop)
    {
        var last = AuditReader.LastSequence(directory);
        foreach (var entry in AuditReader.ReadLast(directory, count, filter))
        {
            Write(output, entry, format);
            last = Math.Max(last, entry.Sequence);
        }

        if (!follow)
        {
            return;
        }

        try
        {
            await foreach (var entry in AuditReader.FollowAsync(directory, filter, last, TimeProvider.System, stop))
            {
                Write(output, entry, format);
            }
        }
        catch (OperationCanceledException)
        {
            // Ctrl-C is how one stops to follow.
        }
    }

    /// <param name="format">Null: for people.</param>
    private static void Write(Output output, AuditEntry entry, AuditFormat? format)
    {
        if (format is { } wanted)
        {
            output.Line(AuditFormats.Line(wanted, entry));
        }
        else if (entry.Record.Type != AuditTypes.Intent)
        {
            output.Line(AuditLine.Format(entry, output));
        }
    }

    private static string? HostOf(string? text) =>
        text is not null && HostName.TryNormalise(text, out var host) == HostNameError.None ? host : text;
}
