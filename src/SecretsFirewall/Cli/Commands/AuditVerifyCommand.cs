using System.CommandLine;
using System.Globalization;
using SecretsFirewall.Audit;
using SecretsFirewall.Cli.Evidence;
using SecretsFirewall.Cli.Terminal;

namespace SecretsFirewall.Cli.Commands;

/// <summary><c>sfw audit verify</c>: whether the log is what was written.</summary>
internal static class AuditVerifyCommand
{
    public static Command Create()
    {
        var paths = new Argument<string[]>("PATH") { Description = "A folder with segments, or segments; of several, all are one log. Without: this home's log.", Arity = ArgumentArity.ZeroOrMore };
        var key = new Option<string?>("--key") { Description = "Public keys to trust, in PEM. Without: this home's own, for its own log.", HelpName = "FILE" };
        var witness = new Option<string?>("--witness") { Description = "What a witness kept (anchor.file, or the bodies that anchor.url took, a line each).", HelpName = "FILE" };
        var json = CommonOptions.Json();
        var command = new Command("verify", $"""
            Checks every record, every link and every checkpoint of the audit log, and says where it breaks and how: edited, deleted,
            reordered, inserted, duplicated, truncated, rolled_back, … docs/evidence.md has all reasons.

            The exit code is 0 if it holds and a trusted key signed it, {ExitCodes.NotDone} if it was tampered with, {ExitCodes.Broken} if it cannot be read, and
            {ExitCodes.Unsigned} if it holds and nothing vouches for it: no key was given, or too much is behind the last checkpoint.

            Examples:
              sfw audit verify
              sfw audit verify /backup/audit --key sfw-audit.pem --witness /mnt/witness/checkpoints.ndjson
            """)
        { paths, key, witness, json };
        command.SetAction(async (parse, cancellation) =>
        {
            var output = Output.Of(parse);
            var request = new VerifyRequest(parse.GetValue(paths) ?? [], parse.GetValue(key), parse.GetValue(witness));
            if (await VerifyRun.RunAsync(parse, output, request, cancellation) is not { } outcome)
            {
                return ExitCodes.Broken;
            }

            var (verification, trust) = (outcome.Verification, outcome.Survey.Everything(outcome.Verification));
            if (parse.GetValue(json))
            {
                output.Json(LineOf(verification, trust), EvidenceJson.Default.VerifyLine);
            }
            else
            {
                Show(output, verification, trust, outcome.HasKeys);
            }

            return !verification.IsWhole ? ExitCodes.NotDone : verification.IsSigned ? ExitCodes.Done : ExitCodes.Unsigned;
        });
        return command;
    }

    private static VerifyLine LineOf(AuditVerification v, TrustReport trust) => new(
        v.IsWhole ? v.IsSigned ? "verified" : "unsigned" : "broken",
        trust.Status.Word(),
        TrustLine.CausesOf(trust),
        v.Records,
        v.FirstSequence,
        v.LastSequence,
        v.LastHash,
        v.Checkpoints,
        v.SignedThrough,
        v.Unsigned,
        v.RemovedThrough,
        v.Break is { } at ? new BreakLine(at.Reason.Word(), at.Segment, at.Line, at.Offset, at.Reason.Sentence()) : null);

    private static void Show(Output output, AuditVerification v, TrustReport trust, bool hasKeys)
    {
        if (v.Break is { } at)
        {
            output.Line(output.Paint(string.Create(CultureInfo.InvariantCulture, $"broken: {at.Reason.Word()}, {at.Segment}:{at.Line} (byte {at.Offset})"), TextColour.Red));
            output.Line(at.Reason.Sentence());
            output.Line(string.Create(CultureInfo.InvariantCulture, $"Records {v.FirstSequence} to {v.LastSequence} before it hold."));
            return;
        }

        output.Line(v.IsSigned ? output.Paint("verified", TextColour.Green) : output.Paint("unsigned: it holds, and nothing vouches for it", TextColour.Yellow));
        output.Line(string.Create(CultureInfo.InvariantCulture, $"records      {v.Records}: {v.FirstSequence} to {v.LastSequence}, the last {v.LastHash}"));
        output.Line(string.Create(CultureInfo.InvariantCulture, $"checkpoints  {v.Checkpoints}{(v.CheckpointAt is { } time ? $", the last of {time:u}" : "")}"));
        output.Line(string.Create(CultureInfo.InvariantCulture, $"signed       up to {v.SignedThrough}; {v.Unsigned} behind it"));
        if (v.RemovedThrough > 0)
        {
            output.Line(string.Create(CultureInfo.InvariantCulture, $"removed      1 to {v.RemovedThrough}, as a signed record says"));
        }

        var causes = string.Join(", ", trust.Causes.Select(static one => $"{one.Word} {one.Count}"));
        output.Line($"trust        {trust.Status.Word()}{(causes.Length > 0 ? $" ({causes})" : "")}");
        if (!hasKeys)
        {
            output.Note("No key was given, so that the chain alone was checked: name one with --key.");
        }
    }
}
