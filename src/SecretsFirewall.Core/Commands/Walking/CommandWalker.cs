using SecretsFirewall.Commands.PowerShell;
using SecretsFirewall.Commands.Shell;
using SecretsFirewall.Commands.Sql;
using SecretsFirewall.Commands.Table;

namespace SecretsFirewall.Commands.Walking;

/// <summary>
/// Walks a script as a shell would run it, runs nothing, and asks the table about every command that may run: also those that wrappers,
/// interpreters, decoded texts and written files bring. One walker for one command line; its work is bounded.
/// </summary>
internal sealed partial class CommandWalker(CommandTable table, VerdictBuilder into)
{
    private readonly ShellFiles _files = new();
    private int _work = CommandLimits.MaxWork;
    private int _depth;
    private bool _isOver;

    /// <summary>The whole line.</summary>
    public void Walk(string text, CommandLanguage language)
    {
        if (text.Length > CommandLimits.MaxLength || text.Contains(Argument.Gap, StringComparison.Ordinal))
        {
            into.Unparsable("It is too long, or holds a character that no command line can hold.");
            return;
        }

        RunText(text, language, new ShellState(), Flow.Nothing);
        WalkUncalled();
    }

    /// <summary>A command that is given as words, without a shell.</summary>
    public void Walk(IReadOnlyList<string> words)
    {
        if (words.Count == 0 || words.Sum(word => (long)word.Length) > CommandLimits.MaxLength || words.Any(word => word.Contains(Argument.Gap, StringComparison.Ordinal)))
        {
            into.Unparsable("It is empty or too long, or holds a character that no command line can hold.");
            return;
        }

        Run([.. words.Select(word => new Argument(word))], new ShellState(), Flow.Nothing);
        WalkUncalled();
    }

    // What nothing calls may be called by a later line.
    private void WalkUncalled()
    {
        while (_files.Uncalled.Count > 0 && !_isOver)
        {
            var body = _files.Uncalled.First();
            _files.Uncalled.Remove(body);
            var state = new ShellState();
            state.ForgetAll();
            Walk(body, state, Flow.Unknown);
        }
    }

    private Flow RunText(string text, CommandLanguage language, ShellState state, Flow input)
    {
        if (!Enter(text.Length))
        {
            return Flow.Unknown;
        }

        if (text.Contains(Argument.Gap, StringComparison.Ordinal))
        {
            into.NotLiteral();
            into.Add("", "unknown_text", CommandClass.Red, "A part of a script is not known before it runs.", effects: ["run_unknown"]);
        }

        var output = language switch
        {
            CommandLanguage.PowerShell => RunPowerShell(text, state),
            CommandLanguage.Cmd => RunCmd(text, state),
            CommandLanguage.Sql => RunSql("sql", text),
            _ => RunShell(text, state, input),
        };
        _depth--;
        return output;
    }

    private Flow RunShell(string text, ShellState state, Flow input)
    {
        if (ShellParser.Parse(text, out var fault) is { } script)
        {
            return Walk(script, state, input);
        }

        into.Unparsable(fault!);
        return Flow.Unknown;
    }

    private Flow RunSql(string command, string text)
    {
        SqlVerbs.Judge(command, text, into);
        return Flow.Unknown;
    }

    private Flow RunPowerShell(string text, ShellState state)
    {
        if (PowerShellParser.Parse(text, out var fault) is not { } script)
        {
            into.Unparsable(fault!);
            return Flow.Unknown;
        }

        return new PowerShellWalk(this, state).Run(script);
    }

    private Flow RunCmd(string text, ShellState state)
    {
        foreach (var words in CmdParser.Parse(text))
        {
            Run([.. words.Select(word => new Argument(word))], state, Flow.Unknown);
        }

        return Flow.Unknown;
    }

    // Who enters leaves by `_depth--`; who is told no has left already.
    private bool Enter(int characters)
    {
        _depth++;
        if (_depth > CommandLimits.MaxWalk)
        {
            Over();
        }

        if (Spend(characters))
        {
            return true;
        }

        _depth--;
        return false;
    }

    private bool Spend(int characters)
    {
        _work -= characters + 4;
        if (_work < 0)
        {
            Over();
        }

        return !_isOver;
    }

    private void Over()
    {
        if (!_isOver)
        {
            _isOver = true;
            into.Unparsable("It does more than is followed.");
        }
    }
}
