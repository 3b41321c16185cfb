using SecretsFirewall.Commands.Sql;
using SecretsFirewall.Commands.Table;

namespace SecretsFirewall.Commands.Walking;

/// <summary>One simple command: its name, what it wraps, what it interprets, and what the table says of it.</summary>
internal sealed partial class CommandWalker
{
    // Inputs of xargs and starting places of find that are followed one by one.
    private const int MaxItems = 8;

    private static readonly string[] SystemFolders = ["/bin", "/sbin", "/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin", "/opt/homebrew/bin", "~/.cargo/bin", "~/.local/bin", "/snap/bin"];

    private static readonly HashSet<string> Shells = ["sh", "bash", "zsh", "dash", "ksh", "ash", "mksh", "fish", "rbash", "csh", "tcsh"];

    private static readonly HashSet<string> TakesFiles =
        ["rm", "rmdir", "unlink", "mv", "cp", "ln", "chmod", "chown", "chgrp", "shred", "truncate", "cat", "head", "tail", "less", "more", "tar", "zip", "base64", "find", "dd", "tee", "install", "rsync", "scp", "srm", "grep", "strings", "xxd", "remove-item", "get-content"];

    /// <param name="words">The name and the arguments.</param>
    internal Flow Run(IReadOnlyList<Argument> words, ShellState state, Flow input)
    {
        if (words.Count == 0 || !Enter(CommandLimits.JudgementWork + words.Sum(word => word.Text.Length)))
        {
            return Flow.Unknown;
        }

        if (words.Any(word => !word.IsLiteral))
        {
            into.NotLiteral();
        }

        var output = RunNamed(words, state, input);
        _depth--;
        return output;
    }

    private Flow RunNamed(IReadOnlyList<Argument> words, ShellState state, Flow input)
    {
        var written = words[0].Text;
        Argument[] arguments = [.. words.Skip(1)];
        if (!words[0].IsLiteral || written.Length == 0 || (written.Length > 2 && written.AsSpan().ContainsAny('*', '?', '[')) || written is "*" or "?")
        {
            into.Name("?");
            into.Invoke("?", arguments);
            Unknown("?", words[0].IsDownload, "unknown_name", "Which command runs is not known before it runs.");
            return Flow.Unknown;
        }

        if (_files.Functions.TryGetValue(written, out var function))
        {
            _files.Uncalled.Remove(function);
            var outer = state.Positional;
            state.Positional = arguments;
            var returned = Walk(function, state, input);
            state.Positional = outer;
            return returned;
        }

        var name = NameOf(written, out var folder);
        into.Name(name);
        into.Invoke(name, arguments);
        if (folder is not null && _files.Read(written) is { } script)
        {
            RunFlow(name, script, state, Flow.Unknown);
            return Flow.Unknown;
        }

        if (folder is not null && !SystemFolders.Contains(PathText.Normalise(folder)))
        {
            into.Add(name, "local_program", CommandClass.Yellow, "It runs a program by its path.");
        }

        if (RunBuiltin(name, arguments, state, input) is { } result)
        {
            return result;
        }

        Judge(name, arguments, state);
        Unwrap(name, arguments, state, input);
        Interpret(name, arguments, state, input);
        return ConstantOutput.Of(name, arguments, input, _files);
    }

    private void Judge(string name, IReadOnlyList<Argument> arguments, ShellState state)
    {
        var judged = arguments;
        if (Interpreter.Of(name) is { } interpreter && !interpreter.HasCode(arguments, out _))
        {
            judged = [.. arguments.TakeWhile(argument => argument.IsOption && !interpreter.Ends.Contains(argument.Text))]; // the rest is the script's own
            judged = judged.Count == 0 && arguments.Count > 0 && arguments[0].IsOption ? arguments : judged;
        }

        table.Judge(name, judged, into);
        if (state["PWD"] is { Text: not "." } folder && TakesFiles.Contains(name))
        {
            // After `cd /`, rm -rf * is rm -rf /*.
            table.Judge(name, [.. arguments.Select(argument => argument.IsOption || argument.Text is "" or ['/', ..] or ['~', ..] ? argument : argument with { Text = $"{folder.Text}/{argument.Text}" })], into);
        }
    }

    /// <summary>The name by which the table knows a command; the folder if it is called by a path.</summary>
    private string NameOf(string written, out string? folder)
    {
        var path = written.Replace('\\', '/');
        var slash = path.LastIndexOf('/');
        folder = slash < 0 ? null : slash == 0 ? "/" : path[..slash];
        var name = path[(slash + 1)..].ToLowerInvariant();
        foreach (var ending in (string[])[".exe", ".cmd", ".bat", ".com"])
        {
            if (name.EndsWith(ending, StringComparison.Ordinal) && name.Length > ending.Length)
            {
                name = name[..^ending.Length];
                break;
            }
        }

        if (table.Knows(name))
        {
            return name;
        }

        var bare = name.TrimEnd('0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '.', '-'); // python3.12, pip3, clang-17
        return bare.Length > 0 && (table.Knows(bare) || Shells.Contains(bare)) ? bare : name.Length == 0 ? "?" : name;
    }

    private void Unknown(string command, bool isDownload, string rule, string text)
    {
        if (isDownload)
        {
            into.Add(command, "pipe_to_shell", CommandClass.Red, "It runs what it gets from the network.", effects: ["pipe_to_shell"]);
        }
        else
        {
            into.Add(command, rule, CommandClass.Red, text, effects: ["run_unknown"]);
        }

        into.NotLiteral();
    }

    // What a shell reads from somewhere and runs.
    private void RunFlow(string command, Flow script, ShellState state, Flow input)
    {
        if (script.IsDownload)
        {
            Unknown(command, true, "", "");
        }

        if (script.Text is not { } text || text.Trim(Argument.Gap, '\n', ' ').Length == 0)
        {
            if (script.Text is null or { Length: > 0 } && !script.IsDownload && script.Text?.Trim('\n', ' ').Length != 0)
            {
                Unknown(command, false, "unknown_script", "It runs a script that is not known before it runs.");
            }

            return;
        }

        if (text.StartsWith("#!", StringComparison.Ordinal) && text.AsSpan(0, Math.Min(text.Length, 60)).ContainsAny("\n") && !Shells.Any(shell => text[..text.IndexOf('\n', StringComparison.Ordinal)].Contains(shell, StringComparison.Ordinal)))
        {
            into.Add(command, "code", CommandClass.Red, "It runs code that stands in the command line.", effects: ["run_code"]);
            return;
        }

        RunText(text, CommandLanguage.Shell, state, input);
    }

    // Builtins that change what the shell knows. Null: none of them.
    private Flow? RunBuiltin(string name, Argument[] arguments, ShellState state, Flow input)
    {
        switch (name)
        {
            case "eval":
                RunFlow(name, new Flow(string.Join(' ', arguments.Select(argument => argument.Text)), arguments.Any(argument => argument.IsDownload)), state, input);
                return Flow.Unknown;
            case "trap" when arguments.Length > 1 && !arguments[0].IsOption:
                RunFlow(name, new Flow(arguments[0].Text, arguments[0].IsDownload), state, Flow.Nothing);
                return Flow.Nothing;
            case "alias":
                foreach (var alias in arguments.Where(argument => argument.Text.Contains('=', StringComparison.Ordinal)))
                {
                    RunFlow(name, new Flow(alias.Text[(alias.Text.IndexOf('=', StringComparison.Ordinal) + 1)..], alias.IsDownload), Copy(state), Flow.Nothing);
                }

                return Flow.Nothing;
            case "export" or "declare" or "typeset" or "local" or "readonly":
                foreach (var argument in arguments)
                {
                    if (argument.Text.IndexOf('=', StringComparison.Ordinal) is var at and > 0)
                    {
                        SetVariable(argument.Text[..at], argument with { Text = argument.Text[(at + 1)..] }, state);
                    }
                }

                return Flow.Nothing;
            case "read" or "mapfile" or "readarray":
                Read(arguments, state, input);
                return Flow.Nothing;
            case "unset" or "getopts":
                foreach (var argument in arguments)
                {
                    state.Forget(argument.Text);
                }

                return Flow.Nothing;
            case "printf" when arguments is [{ Text: "-v" }, { Text: var variable }, ..]:
                SetVariable(variable, ConstantOutput.Of("printf", arguments[2..], Flow.Nothing, _files).ToArgument(), state);
                return Flow.Nothing;
            case "set":
                if (arguments.Length > 0 && (arguments[0].Text == "--" || !arguments[0].IsOption) && arguments[0].Text is not ['+', ..])
                {
                    state.Positional = arguments[0].Text == "--" ? arguments[1..] : arguments;
                }

                return Flow.Nothing;
            case "shift":
                state.Positional = arguments.Length == 0 ? state.Positional?.Skip(1).ToArray() : null;
                return Flow.Nothing;
            case "cd" or "pushd" or "chdir":
                state["PWD"] = Folder(state["PWD"], arguments.FirstOrDefault(argument => !argument.IsOption, new Argument(name == "cd" ? "~" : ".")));
                return Flow.Nothing;
            case "popd":
                state["PWD"] = Argument.Unknown;
                return Flow.Nothing;
            case "source" or "." when arguments.Length > 0:
                Source(name, arguments[0], state, input);
                return Flow.Unknown;
            default:
                return null;
        }
    }

    private static Argument Folder(Argument before, Argument target) => new(
        target.Text is ['/', ..] or ['~', ..] or [Argument.Gap, ..] ? PathText.Normalise(target.Text)
        : target.Text == "-" ? "\0"
        : PathText.Normalise($"{before.Text}/{target.Text}") is var path && path.Length > CommandLimits.MaxPath ? "\0"
        : path);

    private void Read(Argument[] arguments, ShellState state, Flow input)
    {
        var lines = input.Text?.Split('\n', StringSplitOptions.RemoveEmptyEntries).Distinct().Take(2).ToArray();
        var value = lines is [var line] ? new Argument(line, input.IsDownload) : Argument.Unknown with { IsDownload = input.IsDownload };
        var names = arguments.Where(argument => argument.Text.Length > 0 && argument.Text.All(character => char.IsAsciiLetterOrDigit(character) || character == '_')).Select(argument => argument.Text).ToList();
        foreach (var name in names)
        {
            state[name] = names.Count == 1 ? value : Argument.Unknown;
        }

        state["REPLY"] = value;
    }

    private void Source(string name, Argument file, ShellState state, Flow input)
    {
        if (file.Text == "/dev/stdin")
        {
            RunFlow(name, input, state, Flow.Unknown);
        }
        else if (_files.Read(file.Text) is { } script)
        {
            RunFlow(name, script, state, input);
        }
        else if (!file.IsLiteral)
        {
            Unknown(name, file.IsDownload, "unknown_script", "It runs a script that is not known before it runs.");
        }
        else
        {
            table.Judge("source", [file], into);
            state.ForgetAll(); // it may set anything
        }
    }

    private void Unwrap(string name, Argument[] arguments, ShellState state, Flow input)
    {
        foreach (var text in TextOptions.Of(name, arguments))
        {
            RunFlow(name, new Flow(text.Text, text.IsDownload), Copy(state), input);
        }

        switch (name)
        {
            case "xargs":
                RunXargs(arguments, state, input);
                return;
            case "find":
                RunFind(arguments, state);
                return;
            case "fd" or "fdfind":
                var exec = Array.FindIndex(arguments, argument => argument.Text is "-x" or "-X" or "--exec" or "--exec-batch");
                if (exec >= 0)
                {
                    Run([.. Replace(arguments[(exec + 1)..], "{}", "./\0"), new Argument("./\0")], state, Flow.Unknown);
                }

                return;
            case "command" when arguments.Length > 0 && arguments[0].Text is "-v" or "-V":
                return;
            case "env":
                RunEnv(arguments, state, input);
                return;
            case "at" or "batch" when input.Text?.Length != 0:
                RunFlow(name, input, state, Flow.Unknown);
                return;
            case "tmux" or "screen":
                RunTmux(name, arguments, state);
                return;
            case "concurrently":
                foreach (var argument in arguments.Where(argument => !argument.IsOption))
                {
                    RunFlow(name, new Flow(argument.Text), Copy(state), Flow.Unknown);
                }

                return;
        }

        foreach (var wrapper in Wrapper.Of(name))
        {
            if (wrapper.Unwrap(arguments) is not { Count: > 0 } inner)
            {
                continue;
            }

            if (name is "sudo" or "doas")
            {
                var skipped = inner.TakeWhile(argument => argument.Text.IndexOf('=', StringComparison.Ordinal) > 0 && !argument.Text.Contains('/', StringComparison.Ordinal)).ToList();
                skipped.ForEach(argument => table.JudgeConditions("=", argument, into));
                inner = [.. inner.Skip(skipped.Count)];
            }

            if (wrapper.Kind == WrapperKind.Text)
            {
                RunFlow(name, new Flow(string.Join(' ', inner.Select(argument => argument.Text)), inner.Any(argument => argument.IsDownload)), Copy(state), input);
            }
            else
            {
                Run(inner, state, input);
            }
        }
    }

    private void RunEnv(Argument[] arguments, ShellState state, Flow input)
    {
        var inner = Copy(state);
        var rest = Wrapper.Of("env")[0].Unwrap(arguments) ?? [];
        for (var i = 0; i < arguments.Length; i++)
        {
            var text = arguments[i].Text;
            if (text is "-S" or "--split-string" && i + 1 < arguments.Length)
            {
                RunFlow("env", new Flow(string.Join(' ', arguments[(i + 1)..].Select(argument => argument.Text))), inner, input);
                return;
            }

            if (text.StartsWith("-S", StringComparison.Ordinal) || text.StartsWith("--split-string=", StringComparison.Ordinal) || (text.StartsWith('-') && text.EndsWith('S') && i + 1 < arguments.Length))
            {
                var own = text.EndsWith('S') ? "" : text[(text[1] == '-' ? "--split-string=".Length : 2)..];
                RunFlow("env", new Flow($"{own} {string.Join(' ', arguments[(i + 1)..].Select(argument => argument.Text))}"), inner, input);
                return;
            }

            if (!arguments[i].IsOption && !text.Contains('=', StringComparison.Ordinal))
            {
                break;
            }
        }

        var skip = 0;
        while (skip < rest.Count && rest[skip].Text.IndexOf('=', StringComparison.Ordinal) is var at and > 0)
        {
            SetVariable(rest[skip].Text[..at], rest[skip] with { Text = rest[skip].Text[(at + 1)..] }, inner);
            skip++;
        }

        if (skip < rest.Count)
        {
            Run([.. rest.Skip(skip)], inner, input);
        }
    }

    private void RunTmux(string name, Argument[] arguments, ShellState state)
    {
        // new-session … 'command', send-keys … 'command' Enter: any of its words may be a command line; words of tmux's own are unknown commands.
        foreach (var argument in arguments.Where(argument => argument.Text.Contains(' ', StringComparison.Ordinal)))
        {
            RunFlow(name, new Flow(argument.Text, argument.IsDownload), Copy(state), Flow.Unknown);
        }
    }

    private void RunXargs(Argument[] arguments, ShellState state, Flow input)
    {
        string[] valued = ["-I", "-n", "-P", "-L", "-d", "-E", "-s", "-a", "-J", "-R", "--replace", "--max-args", "--max-procs", "--max-lines", "--delimiter", "--arg-file", "--max-chars"];
        string? replace = null;
        var at = 0;
        for (; at < arguments.Length && arguments[at].IsOption; at++)
        {
            var text = arguments[at].Text;
            if (text == "--")
            {
                at++;
                break;
            }

            replace = text == "-i" || text == "--replace" ? "{}"
                : text is "-I" or "-J" && at + 1 < arguments.Length ? arguments[at + 1].Text
                : text.StartsWith("-I", StringComparison.Ordinal) ? text[2..]
                : text.StartsWith("--replace=", StringComparison.Ordinal) ? text["--replace=".Length..]
                : replace;
            input = text is "-a" or "--arg-file" ? Flow.Unknown : input;
            at += valued.Contains(text) && text != "--replace" ? 1 : 0;
        }

        if (at >= arguments.Length)
        {
            return;
        }

        var command = arguments[at..];
        var items = input.Text is not { } known ? [Argument.Unknown with { IsDownload = input.IsDownload }]
            : known.Split(replace is null ? ['\n', ' ', '\t'] : ['\n'], StringSplitOptions.RemoveEmptyEntries).Distinct().Select(item => new Argument(item, input.IsDownload)).ToArray();
        if (items.Length > MaxItems && replace is not null)
        {
            items = [Argument.Unknown];
        }

        if (replace is null)
        {
            Run([.. command, .. items], state, Flow.Unknown);
            return;
        }

        foreach (var item in items)
        {
            Run([.. Replace(command, replace, item.Text)], state, Flow.Unknown);
        }
    }

    private void RunFind(Argument[] arguments, ShellState state)
    {
        var starts = ConstantOutput.FindStarts(arguments);
        if (!arguments.Any(argument => argument.Text is "-name" or "-iname" or "-path" or "-ipath" or "-regex" or "-type" or "-mindepth"))
        {
            // Nothing is asked of what it finds, so it begins with the start itself.
            starts.AddRange(starts.Where(start => start is "/\0" or "~/\0").Select(start => start[..1]).ToList());
        }

        for (var i = 0; i < arguments.Length; i++)
        {
            if (arguments[i].Text is not ("-exec" or "-execdir" or "-ok" or "-okdir"))
            {
                continue;
            }

            var end = Array.FindIndex(arguments, i + 1, argument => argument.Text is ";" or "+" or "\\;");
            end = end < 0 ? arguments.Length : end;
            var command = arguments[(i + 1)..end];
            foreach (var start in starts.Take(MaxItems))
            {
                Run([.. Replace(command, "{}", start)], state, Flow.Unknown);
            }

            i = end;
        }
    }

    private static IEnumerable<Argument> Replace(IEnumerable<Argument> words, string what, string by) =>
        what.Length == 0 ? words : words.Select(word => word.Text.Contains(what, StringComparison.Ordinal) && word.Text.Length + by.Length < CommandLimits.MaxPath
            ? word with { Text = word.Text.Replace(what, by, StringComparison.Ordinal) } : word);

    private void Interpret(string name, Argument[] arguments, ShellState state, Flow input)
    {
        if (Shells.Contains(name))
        {
            RunShellCommand(name, arguments, state, input);
        }
        else if (name is "pwsh" or "powershell")
        {
            RunPowerShellCommand(name, arguments, state, input);
        }
        else if (name == "cmd")
        {
            var at = Array.FindIndex(arguments, argument => argument.Text.StartsWith("/c", StringComparison.OrdinalIgnoreCase) || argument.Text.StartsWith("/k", StringComparison.OrdinalIgnoreCase));
            if (at >= 0)
            {
                RunText(string.Join(' ', arguments[at..].Select(argument => argument.Text))[2..], CommandLanguage.Cmd, state, input);
            }
        }
        else if (SqlTool.Of(name) is { } tool)
        {
            foreach (var text in tool.Texts(arguments, input))
            {
                RunSql(name, text);
            }

            if (input.IsDownload)
            {
                Unknown(name, true, "", "");
            }
        }
        else if (Interpreter.Of(name) is { } interpreter)
        {
            InterpretCode(name, interpreter, arguments, state, input);
        }
    }

    private void InterpretCode(string name, Interpreter interpreter, Argument[] arguments, ShellState state, Flow input)
    {
        if (arguments is [{ Text: "-m" }, { Text: var module }, ..] && name is "python" or "pypy")
        {
            Run([new Argument(module), .. arguments[2..]], state, input);
        }
        else if (interpreter.HasCode(arguments, out var readsInput) || (readsInput && input.Text?.Length != 0))
        {
            if (input.IsDownload || arguments.Any(argument => argument.IsDownload))
            {
                Unknown(name, true, "", "");
            }

            into.Add(name, "code", CommandClass.Red, "It runs code that stands in the command line.", effects: ["run_code"]);
        }
        else if (arguments.FirstOrDefault(argument => !argument.IsOption) is { Text: { } file } && _files.Read(file) is { } script)
        {
            into.Add(name, script.IsDownload ? "pipe_to_shell" : "code", CommandClass.Red, "It runs code that the command line wrote or got.", effects: [script.IsDownload ? "pipe_to_shell" : "run_code"]);
        }
    }

    private void RunShellCommand(string name, Argument[] arguments, ShellState state, Flow input)
    {
        var isCode = false;
        for (var i = 0; i < arguments.Length; i++)
        {
            var text = arguments[i].Text;
            if (text is "-o" or "+o" or "-O" or "+O" or "--rcfile" or "--init-file")
            {
                i++;
            }
            else if (text is "-" or "-s" or "--")
            {
                if (!isCode && text != "--")
                {
                    break;
                }
            }
            else if (text.Length > 1 && text[0] is '-' or '+')
            {
                isCode |= (text[0] == '-' && text[1] != '-' && text.Contains('c', StringComparison.Ordinal)) || (name == "fish" && text == "--command");
            }
            else if (isCode)
            {
                var inner = Copy(state);
                inner.Positional = [.. arguments.Skip(i + 2)];
                RunFlow(name, new Flow(text, arguments[i].IsDownload), inner, input);
                return;
            }
            else
            {
                var script = text == "/dev/stdin" ? input : _files.Read(text);
                if (script is { } known)
                {
                    RunFlow(name, known, Copy(state), Flow.Unknown);
                }
                else if (!arguments[i].IsLiteral)
                {
                    Unknown(name, arguments[i].IsDownload, "unknown_script", "It runs a script that is not known before it runs.");
                }

                return;
            }
        }

        RunFlow(name, input, Copy(state), Flow.Unknown);
    }

    private void RunPowerShellCommand(string name, Argument[] arguments, ShellState state, Flow input)
    {
        for (var i = 0; i < arguments.Length; i++)
        {
            var option = arguments[i].Text.ToLowerInvariant().Replace('/', '-');
            if (option.Length < 2 || option[0] != '-')
            {
                // pwsh takes a first word for a file, Windows PowerShell for a command.
                if (_files.Read(arguments[i].Text) is { } script)
                {
                    Unknown(name, script.IsDownload, "unknown_script", "It runs a script that the command line wrote.");
                }
                else if (name == "powershell" || !arguments[i].IsLiteral)
                {
                    RunText(string.Join(' ', arguments[i..].Select(argument => argument.Text)), CommandLanguage.PowerShell, state, input);
                }

                return;
            }

            option = option.TrimStart('-');
            if (option == "ec" || "encodedcommand".StartsWith(option, StringComparison.Ordinal))
            {
                if (i + 1 < arguments.Length && PowerShell.EncodedCommand.Decode(arguments[i + 1].Text) is { } decoded)
                {
                    into.Add(name, "encoded_command", CommandClass.Red, "Its command is written so that nobody can read it.", effects: ["run_code"]);
                    RunText(decoded, CommandLanguage.PowerShell, state, input);
                }
                else
                {
                    Unknown(name, false, "encoded_command", "Its command is written so that nobody can read it.");
                }

                return;
            }

            if ("command".StartsWith(option, StringComparison.Ordinal) || option is "cwa" or "commandwithargs")
            {
                var rest = arguments[(i + 1)..];
                var text = string.Join(' ', rest.Select(argument => argument.Text));
                if (text == "-")
                {
                    break;
                }

                if (rest.Any(argument => argument.IsDownload))
                {
                    Unknown(name, true, "", "");
                }

                RunText(text, CommandLanguage.PowerShell, state, input);
                return;
            }

            if ("file".StartsWith(option, StringComparison.Ordinal))
            {
                return;
            }

            string[] flags = ["noprofile", "nologo", "noninteractive", "noexit", "sta", "mta", "login", "nop", "noni"];
            i += flags.Any(flag => flag.StartsWith(option, StringComparison.Ordinal)) ? 0 : 1;
        }

        if (input.Text?.Length != 0)
        {
            if (input.IsLiteral && !input.IsDownload)
            {
                RunText(input.Text!, CommandLanguage.PowerShell, state, Flow.Unknown);
            }
            else
            {
                Unknown(name, input.IsDownload, "unknown_script", "It runs a script that is not known before it runs.");
            }
        }
    }
}
