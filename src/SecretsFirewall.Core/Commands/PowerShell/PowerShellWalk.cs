using System.Collections.Frozen;
using System.Text;
using SecretsFirewall.Commands.Walking;

namespace SecretsFirewall.Commands.PowerShell;

/// <summary>
/// Walks a PowerShell script for the walker of the whole line. The order of assignments is not followed: a variable that is given two
/// values has none that is known.
/// </summary>
internal sealed class PowerShellWalk(CommandWalker walker, ShellState state)
{
    private static readonly FrozenDictionary<string, string> Aliases = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["rm"] = "remove-item",
        ["del"] = "remove-item",
        ["ri"] = "remove-item",
        ["erase"] = "remove-item",
        ["rd"] = "remove-item",
        ["rmdir"] = "remove-item",
        ["ls"] = "get-childitem",
        ["dir"] = "get-childitem",
        ["gci"] = "get-childitem",
        ["cat"] = "get-content",
        ["type"] = "get-content",
        ["gc"] = "get-content",
        ["cp"] = "copy-item",
        ["copy"] = "copy-item",
        ["cpi"] = "copy-item",
        ["mv"] = "move-item",
        ["move"] = "move-item",
        ["mi"] = "move-item",
        ["iwr"] = "invoke-webrequest",
        ["irm"] = "invoke-restmethod",
        ["iex"] = "invoke-expression",
        ["icm"] = "invoke-command",
        ["saps"] = "start-process",
        ["start"] = "start-process",
        ["spps"] = "stop-process",
        ["kill"] = "stop-process",
        ["echo"] = "write-output",
        ["write"] = "write-output",
        ["sc"] = "set-content",
        ["ac"] = "add-content",
        ["ni"] = "new-item",
        ["md"] = "new-item",
        ["sal"] = "set-alias",
        ["nal"] = "new-alias",
        ["ps"] = "get-process",
        ["gps"] = "get-process",
        ["%"] = "foreach-object",
        ["foreach"] = "foreach-object",
        ["?"] = "where-object",
        ["where"] = "where-object",
        ["select"] = "select-object",
        ["sort"] = "sort-object",
        ["measure"] = "measure-object",
        ["ft"] = "format-table",
        ["fl"] = "format-list",
        ["sls"] = "select-string",
        ["gsv"] = "get-service",
        ["sasv"] = "start-service",
        ["spsv"] = "stop-service",
        ["sp"] = "set-itemproperty",
        ["rp"] = "remove-itemproperty",
        ["clc"] = "clear-content",
        ["sv"] = "set-variable",
        ["set"] = "set-variable",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, string> Known = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["home"] = "~",
        ["env:home"] = "~",
        ["env:userprofile"] = "~",
        ["pwd"] = ".",
        ["env:systemdrive"] = "c:",
        ["env:windir"] = "c:\\windows",
        ["env:systemroot"] = "c:\\windows",
        ["env:temp"] = "/tmp",
        ["env:tmp"] = "/tmp",
        ["env:tmpdir"] = "/tmp",
        ["env:comspec"] = "cmd",
        ["true"] = "true",
        ["false"] = "false",
        ["null"] = "",
        ["env:appdata"] = "~/appdata/roaming",
        ["env:localappdata"] = "~/appdata/local",
        ["psscriptroot"] = ".",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly HashSet<string> Keywords =
        ["if", "elseif", "else", "foreach", "for", "while", "do", "until", "switch", "try", "catch", "finally", "trap", "begin", "process", "end", "function", "filter", "class", "param", "data", "dynamicparam"];

    private static readonly HashSet<string> Loops = ["foreach", "for", "while", "do", "function", "filter"];

    private static readonly HashSet<string> Runs = ["invoke", "invokescript", "invokereturnasis", "invokecommand", "create", "newscriptblock", "start", "loadstring", "load", "loadfrom", "invokeexpression", "\0", "createprocess", "exec", "shellexecute", "run"];

    private readonly Dictionary<string, Argument> _variables = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _ownAliases = new(StringComparer.Ordinal);

    public Flow Run(PsScript script)
    {
        var output = Flow.Nothing;
        foreach (var pipeline in script.Pipelines)
        {
            output = RunPipeline(pipeline);
        }

        return output;
    }

    private Flow RunPipeline(IReadOnlyList<PsElement> pipeline)
    {
        var flow = Flow.Nothing;
        walker.Note(pipeline.Count > 1 ? CommandFeatures.Pipe : CommandFeatures.None);
        for (var i = 0; i < pipeline.Count; i++)
        {
            flow = RunElement(pipeline[i], i == 0 ? null : flow);
        }

        return flow;
    }

    /// <param name="piped">What comes from before; null for the first of a pipeline.</param>
    private Flow RunElement(PsElement element, Flow? piped)
    {
        if (!walker.EnterNested(4))
        {
            return Flow.Unknown;
        }

        var output = RunElementItself(element, piped);
        walker.LeaveNested();
        foreach (var target in element.Targets)
        {
            walker.Redirected(Value(target));
        }

        return output;
    }

    private Flow RunElementItself(PsElement element, Flow? piped)
    {
        var words = element.Words;
        if (words.Count == 0)
        {
            return Flow.Nothing;
        }

        if (!element.IsCall && words[0].Plain?.ToLowerInvariant() is { } keyword && Keywords.Contains(keyword) && !(keyword == "foreach" && piped is not null))
        {
            for (var pass = Loops.Contains(keyword) ? 2 : 1; pass > 0; pass--)
            {
                foreach (var part in words.SelectMany(word => word.Parts))
                {
                    Value(part);
                    RunBlock(part);
                }
            }

            return Flow.Unknown;
        }

        if (!element.IsCall && words[0].Plain?.ToLowerInvariant() is "return" or "throw" or "exit" or "break" or "continue")
        {
            return words.Count == 1 ? Flow.Nothing : RunElement(element with { Words = [.. words.Skip(1)] }, piped);
        }

        if (!element.IsCall && words[0].IsValue)
        {
            return RunExpression(words);
        }

        return RunCommand(element, piped);
    }

    private Flow RunExpression(IReadOnlyList<PsWord> words)
    {
        var at = words.Take(4).ToList().FindIndex(word => word.Plain is "=" or "+=");
        if (at > 0)
        {
            var value = RunElement(new PsElement(false, [.. words.Skip(at + 1)], []), null).ToArgument();
            if (words[at - 1].Parts.LastOrDefault(part => part.Kind == PsPartKind.Variable) is { } variable)
            {
                var isNew = !_variables.TryGetValue(variable.Text, out var before);
                _variables[variable.Text] = words[at].Plain == "=" && words[at - 1].Parts[^1].Kind == PsPartKind.Variable && (isNew || before == value) ? value
                    : Argument.Unknown with { IsDownload = value.IsDownload || before.IsDownload };
            }

            return Flow.Nothing;
        }

        // 'a' + 'b'; other operators give what nobody knows.
        var values = words.Select(Value).ToList();
        var isDownload = values.Any(value => value.IsDownload);
        foreach (var part in words.SelectMany(word => word.Parts))
        {
            RunBlock(part);
        }

        var isSum = values.Count % 2 == 1 && words.Where((word, i) => i % 2 == 1).All(word => word.Plain == "+");
        var sum = string.Concat(values.Where((_, i) => i % 2 == 0).Select(value => value.Text));
        return isSum && sum.Length < CommandLimits.MaxLength ? new Flow(sum, isDownload) : new Flow(null, isDownload);
    }

    private Flow RunCommand(PsElement element, Flow? piped)
    {
        if (element.IsCall && element.Words[0].Parts is [{ Kind: PsPartKind.Block } block, ..])
        {
            RunBlock(block);
            return Flow.Unknown;
        }

        var words = element.Words.Select(Value).ToList();
        var name = words[0].Text.ToLowerInvariant();
        name = _ownAliases.GetValueOrDefault(name, name);
        name = Aliases.GetValueOrDefault(name, name);
        foreach (var part in element.Words.Skip(1).SelectMany(word => word.Parts))
        {
            for (var pass = 0; pass < 2; pass++)
            {
                RunBlock(part); // of ForEach-Object too, which is a loop
            }
        }

        var arguments = words.Skip(1).ToList();
        switch (name)
        {
            case "invoke-expression":
                walker.Named(name);
                var text = piped is { } input ? input.ToArgument() : arguments.LastOrDefault(argument => !argument.IsOption, Argument.Unknown);
                walker.RunPowerShellText(name, text, state);
                return Flow.Unknown;
            case "set-alias" or "new-alias":
                var names = arguments.Where(argument => !argument.IsOption).ToList();
                if (names is [var alias, var target] && alias.IsLiteral && target.IsLiteral)
                {
                    _ownAliases[alias.Text.ToLowerInvariant()] = Aliases.GetValueOrDefault(target.Text.ToLowerInvariant(), target.Text.ToLowerInvariant());
                }
                else
                {
                    walker.RunPowerShellText(name, Argument.Unknown, state);
                }

                return Flow.Nothing;
            case "set-variable" or "new-variable":
                if (arguments.FirstOrDefault(argument => !argument.IsOption) is { Text: { } variable })
                {
                    _variables[variable.ToLowerInvariant()] = Argument.Unknown;
                }

                return Flow.Nothing;
            case "start-process":
                walker.Named(name);
                walker.Run([.. arguments.Where(argument => !argument.IsOption).SelectMany(argument => argument.Text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(part => argument with { Text = part }))], state, Flow.Unknown);
                return Flow.Unknown;
            case "foreach-object" or "where-object" or "invoke-command" or "measure-command" or "start-job":
                walker.Run([new Argument(name), .. arguments], state, Flow.Unknown);
                return new Flow(null, piped?.IsDownload is true);
            case "out-string" or "out-null" or "select-object" or "sort-object" or "convertfrom-json" or "select-string":
                return piped ?? Flow.Unknown;
        }

        if (piped is { } flow && name is "remove-item" or "clear-content" or "stop-process" or "stop-service" or "get-content")
        {
            arguments.Add(flow.ToArgument());
        }

        if (words[0].Text.ToLowerInvariant() is "rm" or "cp" or "mv" or "cat" or "kill")
        {
            walker.Run([words[0], .. arguments], state, piped ?? Flow.Nothing); // not on Windows: there it is the program
        }

        var output = walker.Run([words[0].IsLiteral ? words[0] with { Text = name } : words[0], .. arguments], state, piped ?? Flow.Nothing);
        return name switch
        {
            "get-childitem" or "get-item" => new Flow((arguments.FirstOrDefault(argument => !argument.IsOption) is { Text: { Length: > 0 } path } ? path : ".") + "/\0"),
            "invoke-webrequest" or "invoke-restmethod" => new Flow(null, IsDownload: true),
            _ => output,
        };
    }

    private void RunBlock(PsPart part)
    {
        if (part is { Kind: PsPartKind.Block, Body: { } body })
        {
            Run(body);
        }
    }

    private Argument Value(PsWord word)
    {
        var text = new StringBuilder();
        var isDownload = false;
        foreach (var part in word.Parts)
        {
            var value = Value(part);
            text.Append(value.Text);
            isDownload |= value.IsDownload;
            if (part.Kind == PsPartKind.Member)
            {
                text.Clear();
                text.Append(Argument.Gap);
            }

            if (!walker.SpendNested(value.Text.Length) || text.Length > CommandLimits.MaxLength)
            {
                return Argument.Unknown;
            }
        }

        return new Argument(text.ToString(), isDownload);
    }

    private Argument Value(PsPart part)
    {
        switch (part.Kind)
        {
            case PsPartKind.Text:
                return new Argument(part.Text);
            case PsPartKind.Variable:
                return _variables.TryGetValue(part.Text, out var value) ? value : new Argument(Known.GetValueOrDefault(part.Text, "\0"));
            case PsPartKind.Expression:
                return Run(part.Body!).ToArgument();
            case PsPartKind.Member:
                return Member(part);
            case PsPartKind.Type:
                return Argument.Unknown;
            default:
                return new Argument("");
        }
    }

    private Argument Member(PsPart part)
    {
        var name = part.Text.ToLowerInvariant();
        var argument = part.Body is { } body ? Run(body).ToArgument() : new Argument("");
        if (part.Body is null)
        {
            return Argument.Unknown;
        }

        if (name.StartsWith("download", StringComparison.Ordinal) || name is "openread" or "getstringasync" or "getasync")
        {
            walker.Run([new Argument("invoke-webrequest"), argument], state, Flow.Nothing);
            return Argument.Unknown with { IsDownload = true };
        }

        if (Runs.Contains(name))
        {
            walker.RunPowerShellText(name == "\0" ? "?" : name, name is "create" or "invokescript" or "newscriptblock" ? argument : Argument.Unknown with { IsDownload = argument.IsDownload }, state);
        }
        else
        {
            walker.CalledMethod(name, argument);
        }

        return Argument.Unknown with { IsDownload = argument.IsDownload };
    }
}
