using System.CommandLine;
using SecretsFirewall.Cli.Exec.Locking;
using SecretsFirewall.Cli.Terminal;

namespace SecretsFirewall.Cli.Commands;

/// <summary><c>sfw locked FOLDER -- COMMAND</c>, hidden: the first process in the namespaces of <c>sfw exec --lock</c>.</summary>
internal static class LockedCommand
{
    public static Command Create()
    {
        var folder = new Argument<string>("FOLDER");
        var line = new Argument<string[]>("COMMAND") { Arity = ArgumentArity.OneOrMore };
        var command = new Command("locked", "Runs a command in the namespaces that this process was started in.") { folder, line };
        command.Hidden = true;
        command.SetAction(parse => LockedProcess.RunAsync(parse.GetRequiredValue(folder), parse.GetRequiredValue(line), Output.Of(parse)));
        return command;
    }
}
