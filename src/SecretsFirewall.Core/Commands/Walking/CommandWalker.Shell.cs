using System.Text;
using SecretsFirewall.Commands.Shell;

namespace SecretsFirewall.Commands.Walking;

/// <summary>The nodes of a shell script, and the expansion of its words.</summary>
internal sealed partial class CommandWalker
{
    // Values of a loop's variable that are followed one by one.
    private const int MaxLoopValues = 8;

    // Until nothing more is forgotten. A loop that has not come to rest by then hands its values on in a chain.
    private const int MaxLoopPasses = 4;

    private Flow Walk(ShellNode node, ShellState state, Flow input)
    {
        if (!Enter(4))
        {
            return Flow.Unknown;
        }

        var output = node switch
        {
            ShellSequence sequence => sequence.Statements.Aggregate(Flow.Nothing, (flow, statement) => flow.Then(Walk(statement, state, input))),
            ShellAndOr andOr => WalkAndOr(andOr, state, input),
            ShellPipeline pipeline => WalkPipeline(pipeline, state, input),
            ShellSimpleCommand command => WalkSimple(command, state, input),
            ShellGroup group => Redirect(group.Redirections, state, input, read => Walk(group.Body, group.IsSubshell ? Copy(state) : state, read)),
            ShellBranches branches => Redirect(branches.Redirections, state, input, read => WalkBranches(branches, state, read)),
            ShellLoop loop => Redirect(loop.Redirections, state, input, read => WalkLoop(loop, state, read)),
            ShellTest test => Redirect(test.Redirections, state, input, _ => WalkWords(test.Words, state)),
            ShellFunction function => Define(function),
            _ => Flow.Unknown,
        };
        _depth--;
        return output;
    }

    private ShellState Copy(ShellState state)
    {
        Spend(state.Count);
        return state.Copy();
    }

    private Flow Define(ShellFunction function)
    {
        _files.Functions[function.Name] = function.Body;
        _files.Uncalled.Add(function.Body);
        return Flow.Nothing;
    }

    private Flow WalkWords(IReadOnlyList<ShellWord> words, ShellState state)
    {
        foreach (var word in words)
        {
            ExpandToOne(word, state);
        }

        return Flow.Nothing;
    }

    private Flow WalkAndOr(ShellAndOr andOr, ShellState state, Flow input)
    {
        var hasOr = andOr.Parts.Any(part => part.IsOr);
        var output = Walk(andOr.Parts[0].Node, state, input);
        var joined = Copy(state);
        for (var i = 1; i < andOr.Parts.Count; i++)
        {
            // Behind ||, nobody knows which of those before have run.
            if (hasOr)
            {
                state.TakeFrom(Copy(joined));
            }

            output = output.Then(Walk(andOr.Parts[i].Node, state, input));
            joined.Join(state);
            Spend(state.Count);
        }

        state.TakeFrom(joined);
        return output;
    }

    private Flow WalkPipeline(ShellPipeline pipeline, ShellState state, Flow input)
    {
        var flow = input;
        into.Note(pipeline.Stages.Count > 1 ? CommandFeatures.Pipe : CommandFeatures.None);
        foreach (var stage in pipeline.Stages)
        {
            var inner = Copy(state);
            flow = Walk(stage, inner, flow);
            if (ReferenceEquals(stage, pipeline.Stages[^1]))
            {
                state.Join(inner); // some shells run the last one themselves
            }
        }

        return flow;
    }

    private Flow WalkBranches(ShellBranches branches, ShellState state, Flow input)
    {
        WalkWords(branches.Words, state);
        var isFirst = branches.Words.Count == 0; // the condition of an `if` always runs
        var output = Flow.Nothing;
        foreach (var body in branches.Bodies)
        {
            if (isFirst)
            {
                output = output.Then(Walk(body, state, input));
                isFirst = false;
                continue;
            }

            var inner = Copy(state);
            output = output.Then(Walk(body, inner, input));
            state.Join(inner);
        }

        return output.Text?.Length == 0 ? output : new Flow(null, output.IsDownload);
    }

    private Flow WalkLoop(ShellLoop loop, ShellState state, Flow input)
    {
        if (loop.Variable is null)
        {
            WalkWords(loop.Words!, state);
            return WalkPasses(loop, null, state, input);
        }

        var values = loop.Words is { } words ? words.SelectMany(word => Expand(word, state)).ToList()
            : state.Positional?.ToList() ?? [Argument.Unknown];
        if (values.Count > MaxLoopValues)
        {
            // All names within the project are as one.
            values = [values.All(value => value.Text.Length > 0 && value.Text[0] is not ('-' or '/' or '~' or Argument.Gap) && !value.Text.Contains("..", StringComparison.Ordinal))
                ? new Argument("./\0") : Argument.Unknown];
        }

        var output = Flow.Nothing;
        foreach (var value in values)
        {
            output = output.Then(WalkPasses(loop, value, state, input));
        }

        return output;
    }

    private Flow WalkPasses(ShellLoop loop, Argument? value, ShellState state, Flow input)
    {
        var output = Flow.Nothing;
        for (var pass = 0; pass < MaxLoopPasses && !_isOver; pass++)
        {
            if (pass == MaxLoopPasses - 1)
            {
                state.ForgetAll();
            }

            var inner = Copy(state);
            if (value is { } known)
            {
                inner[loop.Variable!] = known;
            }

            if (loop.Condition is not null)
            {
                Walk(loop.Condition, inner, input);
            }

            output = Walk(loop.Body, inner, input);
            if (!state.Join(inner))
            {
                break;
            }
        }

        return output.Text?.Length == 0 || value is not null ? output : new Flow(null, output.IsDownload);
    }

    private Flow WalkSimple(ShellSimpleCommand command, ShellState state, Flow input)
    {
        var words = command.Words.SelectMany(word => Expand(word, state)).ToList();
        var inner = command.Assignments.Count > 0 && words.Count > 0 ? Copy(state) : state;
        foreach (var assignment in command.Assignments)
        {
            Assign(assignment, inner);
        }

        return Redirect(command.Redirections, inner, input, read => words.Count == 0 ? (command.Redirections.Count > 0 ? read : Flow.Nothing) : Run(words, inner, read));
    }

    private void Assign(ShellAssignment assignment, ShellState state)
    {
        var value = ExpandToOne(assignment.Value, state);
        if (!assignment.IsPlain)
        {
            value = Argument.Unknown;
        }
        else if (assignment.IsAppend)
        {
            var before = state[assignment.Name];
            var text = before.Text + (assignment.Value.Parts.Count > 1 ? " " : "") + value.Text;
            value = text.Length > CommandLimits.MaxLength ? Argument.Unknown : new Argument(text, before.IsDownload || value.IsDownload);
        }

        SetVariable(assignment.Name, value, state);
    }

    private void SetVariable(string name, Argument value, ShellState state)
    {
        Spend(value.Text.Length);
        state[name] = value;
        table.JudgeConditions("=", new Argument($"{name}={value.Text}"), into);
    }

    // What a command reads and where its output goes.
    private Flow Redirect(IReadOnlyList<ShellRedirection> redirections, ShellState state, Flow input, Func<Flow, Flow> run)
    {
        string? file = null;
        var isAppend = false;
        into.Note(redirections.Count > 0 ? CommandFeatures.Redirection : CommandFeatures.None);
        foreach (var redirection in redirections)
        {
            var target = ExpandToOne(redirection.Target, state);
            if (!Spend(CommandLimits.JudgementWork))
            {
                return Flow.Unknown;
            }

            switch (redirection.Operator)
            {
                case "<<":
                    input = new Flow(target.Text, target.IsDownload);
                    break;
                case "<<<":
                    input = new Flow(target.Text + "\n", target.IsDownload);
                    break;
                case "<" or "<>":
                    table.JudgeConditions("<", target, into);
                    input = _files.Read(target.Text) ?? Flow.Unknown;
                    break;
                case ">&" or "<&" when target.Text.All(character => char.IsAsciiDigit(character) || character == '-'):
                    break;
                case "<&":
                    break;
                default:
                    if (target.Text is not ("/dev/null" or "/dev/stdout" or "/dev/stderr" or "/dev/tty"))
                    {
                        into.Add(">", "write_file", CommandClass.Yellow, "It writes a file.");
                        table.JudgeConditions(">", target, into);
                    }

                    if (redirection.TakesOutput)
                    {
                        (file, isAppend) = (target.Text, redirection.Operator.Contains(">>", StringComparison.Ordinal));
                    }

                    break;
            }

            if (!target.IsLiteral)
            {
                into.NotLiteral();
            }
        }

        var output = run(input);
        if (file is null)
        {
            return output;
        }

        if (file is not ("/dev/null" or "/dev/stdout" or "/dev/stderr" or "/dev/tty"))
        {
            _files.Write(file, output, isAppend);
        }

        return file is "/dev/stdout" or "/dev/stderr" or "/dev/tty" ? output : Flow.Nothing;
    }

    // A word as the value of a variable or the name of a file: never split.
    private Argument ExpandToOne(ShellWord word, ShellState state)
    {
        var text = new StringBuilder();
        var isDownload = false;
        foreach (var part in word.Parts)
        {
            var value = Value(part, state);
            text.Append(value.Text);
            isDownload |= value.IsDownload;
            if (text.Length > CommandLimits.MaxLength || !Spend(value.Text.Length))
            {
                Over();
                return Argument.Unknown;
            }
        }

        return new Argument(text.ToString(), isDownload);
    }

    private List<Argument> Expand(ShellWord word, ShellState state)
    {
        var found = new List<Argument>();
        if (!BraceExpansion.IsNeeded(word))
        {
            ExpandWord(word, state, found);
        }
        else if (BraceExpansion.Expand(word) is { } words)
        {
            words.ForEach(one => ExpandWord(one, state, found));
        }
        else
        {
            WalkWords([word], state);
            found.Add(Argument.Unknown);
        }

        return found;
    }

    private void ExpandWord(ShellWord word, ShellState state, List<Argument> found)
    {
        var text = new StringBuilder();
        var (isDownload, hasText) = (false, word.Parts.Count == 0);
        void Flush()
        {
            if (hasText || text.Length > 0)
            {
                found.Add(new Argument(text.ToString(), isDownload));
            }

            text.Clear();
            (isDownload, hasText) = (false, false);
        }

        foreach (var part in word.Parts)
        {
            if (part is { Kind: ShellPartKind.Variable, Text: "@", IsQuoted: true } && state.Positional is { } positional)
            {
                for (var i = 0; i < positional.Count; i++)
                {
                    if (i > 0)
                    {
                        Flush();
                    }

                    text.Append(positional[i].Text);
                    isDownload |= positional[i].IsDownload;
                    hasText = true;
                    Spend(positional[i].Text.Length);
                }

                continue;
            }

            var value = Value(part, state);
            isDownload |= value.IsDownload;
            if (!Spend(value.Text.Length) || text.Length + value.Text.Length > CommandLimits.MaxLength)
            {
                Over();
                return;
            }

            if (part.IsQuoted || part.Kind == ShellPartKind.Text)
            {
                text.Append(value.Text);
                hasText = true;
                continue;
            }

            var separators = state["IFS"].Text;
            foreach (var character in value.Text)
            {
                if (separators.Contains(character, StringComparison.Ordinal) && character != Argument.Gap)
                {
                    Flush();
                }
                else
                {
                    text.Append(character);
                }
            }
        }

        Flush();
    }

    private Argument Value(ShellPart part, ShellState state)
    {
        switch (part.Kind)
        {
            case ShellPartKind.Text:
                return new Argument(part.Text);
            case ShellPartKind.Variable:
                return state[part.Text];
            case ShellPartKind.Substitution:
                into.Note(CommandFeatures.Substitution);
                return Walk(part.Body!, Copy(state), Flow.Nothing).ToArgument();
            case ShellPartKind.Process:
                into.Note(CommandFeatures.Substitution);
                return new Argument(_files.AddProcess(Walk(part.Body!, Copy(state), Flow.Unknown)));
        }

        var operands = part.Operands is { } words ? ExpandToOne(words, state) : new Argument("");
        return part.Text == "0" ? new Argument("0\0")
            : part.Text.Length > 0 && state[part.Text] is { IsLiteral: true, Text.Length: > 0 } known && operands.Text is [':', '-' or '=' or '?', ..] or ['-' or '=' or '?', ..] ? known
            : Argument.Unknown with { IsDownload = operands.IsDownload };
    }
}
