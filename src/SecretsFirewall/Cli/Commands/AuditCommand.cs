using System.CommandLine;
using SecretsFirewall.Admin;
using SecretsFirewall.Audit;

namespace SecretsFirewall.Cli.Commands;

/// <summary><c>sfw audit</c>: the log as evidence.</summary>
internal static class AuditCommand
{
    public static Command Create() => new("audit", "Verifies the audit log, hands it on as evidence, and keeps the key that signs it.")
    {
        AuditVerifyCommand.Create(),
        AuditTrustCommand.Create(),
        AuditExportCommand.CreateExport(),
        AuditExportCommand.CreateCheck(),
        Key(),
        Resume(),
    };

    private static Command Key() => new("key", "The key that signs audit checkpoints and exports.") { Rotate(), Export() };

    private static Command Rotate()
    {
        var command = new Command("rotate", """
            Makes a new key, also while the firewall runs. The key before vouches for it in the log, and is gone then; its public
            half is kept, so that what it signed can still be verified.
            """);
        command.SetControlAction(context => context.CallAsync(ControlOperations.AuditRotateKey, NoContent.Instance, reply =>
        {
            context.Output.Line(reply.Id);
            context.Output.Note("This key signs from now on. Hand its public half on: sfw audit key export FILE");
            return ExitCodes.Done;
        }));
        return command;
    }

    private static Command Export()
    {
        var file = new Argument<string>("FILE") { Description = "The file to write." };
        var command = new Command("export", """
            Writes the public half of the key in use, in PEM, for whoever verifies the log or an export with --key. Give it to them
            before they need it, another way than the log.
            """)
        { file };
        command.SetControlAction(context => context.CallAsync(ControlOperations.AuditState, NoContent.Instance, reply =>
        {
            var pem = reply.Keys.First(text => CheckpointKey.TryReadPem(text) is [var key] && key.Id == reply.CurrentKey);
            if (PolicyOutput.TryWrite(context.Parse.GetRequiredValue(file), System.Text.Encoding.ASCII.GetBytes(pem)) is { } problem)
            {
                return context.Output.Fail(problem);
            }

            context.Output.Line(reply.CurrentKey);
            return ExitCodes.Done;
        }));
        return command;
    }

    private static Command Resume()
    {
        var command = new Command("resume", """
            Lets the log go on over records that are missing, or a clock that stood before its last record. Nothing is forwarded
            before that. The log says so for good: `sfw audit verify` shows the gap.
            """);
        command.SetControlAction(context => context.CallAsync(ControlOperations.AuditResume, NoContent.Instance, _ =>
        {
            context.Output.Note("The log goes on, and says that you let it.");
            return ExitCodes.Done;
        }));
        return command;
    }
}
