using System.CommandLine;
using SecretsFirewall.Admin;
using SecretsFirewall.Cli.Backups;
using SecretsFirewall.Cli.Terminal;

namespace SecretsFirewall.Cli.Commands;

/// <summary><c>sfw backup</c> and <c>sfw restore</c>.</summary>
internal static class BackupCommand
{
    public static Command CreateBackup()
    {
        var file = new Argument<string>("FILE") { Description = "A new file; .tar.gz." };
        var command = new Command("backup", """
            Writes secrets, agents, keys, CA, configuration and policies to one file of mode 0600, also while the
            firewall runs. Keep the file like a key: it opens the vault. The audit log is not in it; copy its folder.

            Example:
              sfw backup ~/sfw-2026-01-31.tar.gz
            """)
        { file };
        command.SetControlAction(context =>
        {
            var path = Path.GetFullPath(context.Parse.GetRequiredValue(file));
            return context.CallAsync(ControlOperations.Backup, new BackupRequest(path), _ =>
            {
                context.Output.Note($"Written: {path}. It holds every key of this home.");
                return ExitCodes.Done;
            });
        });
        return command;
    }

    public static Command CreateRestore()
    {
        var file = new Argument<string>("FILE") { Description = "What `sfw backup` wrote." };
        var command = new Command("restore", """
            Restores a backup into an empty home; it never replaces an installation.

            Example:
              sfw restore ~/sfw-2026-01-31.tar.gz --home ~/.secretsfirewall-restored
            """)
        { file };
        command.SetAction(parse =>
        {
            var output = Output.Of(parse);
            var home = CommonOptions.HomeOf(parse);
            if (home.Prepare() is { } problem)
            {
                return output.Fail(problem, ExitCodes.Broken);
            }

            using var homeLock = HomeLock.TryTake(home, TimeProvider.System);
            if (homeLock is null)
            {
                return output.Fail(HomeLock.Refusal(home), ExitCodes.HomeInUse);
            }

            if (BackupArchive.Restore(home, Path.GetFullPath(parse.GetRequiredValue(file))) is { } failure)
            {
                return output.Fail(failure);
            }

            output.Note($"Restored into {home.Root}.");
            return ExitCodes.Done;
        });
        return command;
    }
}
