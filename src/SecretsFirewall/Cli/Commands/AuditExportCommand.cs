using System.CommandLine;
using System.Globalization;
using SecretsFirewall.Admin;
using SecretsFirewall.Audit;
using SecretsFirewall.Audit.Exports;
using SecretsFirewall.Cli.Evidence;
using SecretsFirewall.Cli.Scanning;
using SecretsFirewall.Cli.Terminal;

namespace SecretsFirewall.Cli.Commands;

/// <summary><c>sfw audit export</c> and <c>sfw audit check</c>: evidence for somebody who has neither this machine nor its word.</summary>
internal static class AuditExportCommand
{
    public static Command CreateExport()
    {
        var since = new Option<string?>("--since") { Description = "From the segment on that held this time: 24h, 2026-11-01, 2026-11-01T12:00:00Z. Without: everything.", HelpName = "TIME" };
        var to = new Option<string>("--out") { Description = "A new file; .tar.gz.", HelpName = "FILE", Required = true };
        var json = CommonOptions.Json();
        var command = new Command("export", """
            Writes the log with its checkpoints, the policies that decided, the decisions with why, and the public keys to one signed
            file, also while the firewall runs. No secret is in it. docs/evidence-format.md has the format, docs/verify_evidence.py a
            verifier that is not ours.

            Example:
              sfw audit export --since 7d --out evidence.tar.gz
            """)
        { since, to, json };
        command.SetAction((parse, cancellation) =>
        {
            var from = parse.GetValue(since) is { } text ? SinceTime.TryRead(text, TimeProvider.System.GetUtcNow()) : null;
            if (from is null && parse.GetValue(since) is not null)
            {
                return Task.FromResult(Output.Of(parse).Fail(SinceTime.Expected, ExitCodes.Broken));
            }

            var request = new AuditExportRequest(Path.GetFullPath(parse.GetRequiredValue(to)), from);
            return ControlCommand.RunAsync(parse, context => context.CallAsync(ControlOperations.AuditExport, request, reply =>
            {
                if (parse.GetValue(json))
                {
                    context.Output.Json(reply, ControlJson.Default.AuditExportReply);
                    return ExitCodes.Done;
                }

                context.Output.Line(string.Create(CultureInfo.InvariantCulture, $"{reply.Path}: records {reply.First} to {reply.Last}, {reply.Trust}"));
                context.Output.Note($"Signed by {reply.Key}. Whoever checks it needs that key from you, another way than the file: sfw audit key export FILE");
                return ExitCodes.Done;
            }), cancellation);
        });
        return command;
    }

    public static Command CreateCheck()
    {
        var file = new Argument<string>("FILE") { Description = "What `sfw audit export` wrote." };
        var key = new Option<string>("--key") { Description = "Public keys to trust, in PEM, as `sfw audit key export` writes one.", HelpName = "KEY", Required = true };
        var json = CommonOptions.Json();
        var command = new Command("check", $"""
            Checks an export with nothing but a key: its signature, that it holds what was exported and nothing else, the log in it,
            and the policies. It needs no home and no running firewall.

            The exit code is 0 if it holds, {ExitCodes.NotDone} if not, {ExitCodes.Broken} if it cannot be read.

            Example:
              sfw audit check evidence.tar.gz --key sfw-audit.pem
            """)
        { file, key, json };
        command.SetAction(parse => Check(parse, Output.Of(parse), parse.GetRequiredValue(file), parse.GetRequiredValue(key), parse.GetValue(json)));
        return command;
    }

    private static int Check(ParseResult parse, Output output, string file, string keyFile, bool asJson)
    {
        if (VerifyRun.ReadKeys(keyFile, out var keys) is { } problem)
        {
            return output.Fail(problem, ExitCodes.Broken);
        }

        var folder = Directory.CreateTempSubdirectory("sfw-check-");
        EvidenceResult result;
        try
        {
            using var archive = File.OpenRead(file);
            var progress = new ScanProgress(parse.InvocationConfiguration.Error, output.IsTerminal);
            result = new EvidenceCheck(keys, progress.Add).Check(archive, folder.FullName);
            progress.Clear();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return output.Fail($"{file} cannot be read: {e.Message}", ExitCodes.Broken);
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        if (asJson)
        {
            output.Json(
                new CheckLine(result.Holds ? "holds" : "refused", result.Fault.Word(), result.Where, result.Detail, result.Manifest?.Trust.Status, result.Manifest?.First, result.Manifest?.Last),
                EvidenceJson.Default.CheckLine);
        }
        else
        {
            Show(output, result);
        }

        return result.Holds ? ExitCodes.Done : ExitCodes.NotDone;
    }

    private static void Show(Output output, EvidenceResult result)
    {
        if (result.Manifest is not { } manifest)
        {
            // The place is a name in the archive, which anybody may have written.
            output.Line(output.Paint($"refused: {result.Fault.Word()} {TerminalText.Escape(result.Where)}", TextColour.Red));
            output.Line(result.Detail);
            return;
        }

        output.Line(output.Paint("holds", TextColour.Green));
        output.Line(string.Create(CultureInfo.InvariantCulture, $"records   {manifest.Records}: {manifest.First} to {manifest.Last}, exported {manifest.Created:u}"));
        output.Line($"signed    by {manifest.Key}");
        var causes = string.Join(", ", manifest.Trust.Causes.Select(static one => string.Create(CultureInfo.InvariantCulture, $"{one.Key} {one.Value}")));
        output.Line($"trust     {manifest.Trust.Status}{(causes.Length > 0 ? $" ({causes})" : "")}");
        foreach (var policy in manifest.Policies)
        {
            output.Line($"policy    {TerminalText.Escape(policy.Id)}, {policy.Hash}{(policy.Folder is null ? ": not in the export" : "")}");
        }
    }
}
