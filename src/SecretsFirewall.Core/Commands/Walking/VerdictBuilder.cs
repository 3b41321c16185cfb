namespace SecretsFirewall.Commands.Walking;

/// <summary>Collects what is said of the commands of one line. The worst class wins, flags and effects are united.</summary>
internal sealed class VerdictBuilder
{
    private const int MaxReasons = 24;

    // Of a command line that somebody wrote; beyond, rules are told that there are more.
    private const int MaxInvocations = 256;

    private readonly SortedSet<string> _effects = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _commands = new(StringComparer.Ordinal);
    private readonly HashSet<CommandReason> _reasons = [];
    private readonly List<CommandInvocation> _invocations = [];
    private CommandClass _class = CommandClass.Green;
    private bool _isExternal;
    private bool _isLiteral = true;
    private bool _isParsed = true;
    private bool _hasAll = true;
    private CommandFeatures _features;

    public void Name(string command) => _commands.Add(Shown(command));

    public void NotLiteral() => _isLiteral = false;

    public void Note(CommandFeatures features) => _features |= features;

    public void Invoke(string program, IReadOnlyList<Argument> arguments)
    {
        _hasAll &= _invocations.Count < MaxInvocations;
        if (_hasAll)
        {
            _invocations.Add(new CommandInvocation(Shown(program), [.. arguments.Select(static argument => argument.Text)], arguments.All(static argument => argument.IsLiteral)));
        }
    }

    public void Add(string command, string rule, CommandClass commandClass, string text, bool isExternal = false, IEnumerable<string>? effects = null)
    {
        _class = commandClass < _class ? commandClass : _class;
        _isExternal |= isExternal;
        _effects.UnionWith(effects ?? []);
        if (_reasons.Count < 4096)
        {
            _reasons.Add(new CommandReason(Shown(command), rule, commandClass, text));
        }
    }

    public void Unparsable(string why)
    {
        _isParsed = false;
        _hasAll = false;
        _isLiteral = false;
        Add("", "unparsable", CommandClass.Red, $"It cannot be parsed, so nobody knows what it does. {why}", effects: ["unparsable"]);
    }

    public CommandVerdict Build() => new(
        _class,
        _isExternal,
        [.. _effects],
        [
            .. _reasons.OrderBy(reason => reason.Class)
                .ThenBy(reason => reason.Command, StringComparer.Ordinal)
                .ThenBy(reason => reason.Rule, StringComparer.Ordinal)
                .ThenBy(reason => reason.Text, StringComparer.Ordinal)
                .Take(MaxReasons),
        ],
        [.. _commands],
        _isLiteral,
        _isParsed)
    {
        Invocations = [.. _invocations],
        HasAllInvocations = _hasAll,
        Features = _features,
    };

    // What is not known has no name, and nobody wants to read one that is longer than a line.
    private static string Shown(string command) => command.Contains(Argument.Gap, StringComparison.Ordinal) ? "?" : command.Length > 60 ? command[..60] : command;
}
