using SecretsFirewall.Commands.PowerShell;

namespace SecretsFirewall.Commands.Walking;

/// <summary>What <see cref="PowerShellWalk"/> needs of the walker.</summary>
internal sealed partial class CommandWalker
{
    // Of .NET, in any type: they destroy or send.
    private static readonly HashSet<string> DangerousMethods = ["delete", "deleteasync", "uploadstring", "uploadfile", "uploaddata", "uploadvalues", "post", "postasync", "send", "terminate", "kill", "setenvironmentvariable", "clear", "format"];

    internal bool EnterNested(int characters) => Enter(characters);

    internal void LeaveNested() => _depth--;

    internal bool SpendNested(int characters) => Spend(characters);

    internal void Named(string command)
    {
        into.Name(command);
        into.Invoke(command, [Argument.Unknown]); // its words are taken apart by who calls
    }

    internal void Note(CommandFeatures features) => into.Note(features);

    internal void Redirected(Argument target)
    {
        into.Note(CommandFeatures.Redirection);
        if (Spend(CommandLimits.JudgementWork) && target.Text.Length > 0 && !target.Text.Equals("/dev/null", StringComparison.Ordinal))
        {
            into.Add(">", "write_file", CommandClass.Yellow, "It writes a file.");
            table.JudgeConditions(">", target, into);
        }
    }

    internal void RunPowerShellText(string command, Argument text, ShellState state)
    {
        if (text.IsLiteral && !text.IsDownload)
        {
            RunText(text.Text, CommandLanguage.PowerShell, state, Flow.Unknown);
        }
        else
        {
            Unknown(command, text.IsDownload, "unknown_script", "It runs a script that is not known before it runs.");
        }
    }

    internal void CalledMethod(string name, Argument argument)
    {
        into.Invoke(name, [argument]);
        if (DangerousMethods.Contains(name))
        {
            into.Add(name, "method", CommandClass.Red, "It calls a method of .NET that deletes, sends or ends something.", effects: ["run_code"]);
        }
        else
        {
            into.Add(name, "method", CommandClass.Yellow, "It calls a method of .NET.");
            table.JudgeConditions("<", argument, into);
        }
    }
}
