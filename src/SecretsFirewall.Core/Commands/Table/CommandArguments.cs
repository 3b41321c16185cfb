using SecretsFirewall.Commands.Documents;
using SecretsFirewall.Commands.Walking;

namespace SecretsFirewall.Commands.Table;

/// <param name="Name">As written, without what stands behind '='.</param>
/// <param name="Value">Behind '=', or the next word if the option is known to take one; for others the next word too, which may be one.</param>
internal readonly record struct CommandOption(string Name, string? Value)
{
    /// <summary>Letters behind one dash: each may be an option of its own.</summary>
    public bool IsCluster => Name.Length > 1 && Name[0] == '-' && Name[1] != '-';
}

/// <summary>The arguments of a command in two lists: options, and the words that are none.</summary>
internal sealed class CommandArguments
{
    private static readonly string[] PatternOptions = ["-e", "-f", "--regexp", "--file", "--expression"];

    private readonly List<List<string>> _values = [];

    /// <param name="valued">The options that take the next word.</param>
    /// <param name="flags">Not null: the word behind a long option before the first other word is its value, unless the option is one of these.</param>
    public CommandArguments(string command, IReadOnlyList<Argument> arguments, IReadOnlySet<string> valued, IReadOnlySet<string>? flags)
    {
        IsCmdlet = command.Contains('-', StringComparison.Ordinal) && !command.StartsWith('-');
        var onlyWords = false;
        for (var i = 0; i < arguments.Count; i++)
        {
            var text = arguments[i].Text;
            if (text.Length == 0)
            {
                continue;
            }

            if (!onlyWords && text == "--")
            {
                onlyWords = true;
                continue;
            }

            if (text[0] == Argument.Gap && !onlyWords)
            {
                MayHoldMoreOptions = true;
            }

            if (text[0] == '/' && text.Length <= 3)
            {
                Options.Add(new CommandOption(text, null)); // of cmd; it may be a path too
            }

            if (onlyWords || text[0] != '-' || text.Length == 1)
            {
                Words.Add(text);
                continue;
            }

            var at = text.AsSpan().IndexOfAny('=', IsCmdlet ? ':' : '=');
            var name = at > 0 ? text[..at] : text;
            var next = i + 1 < arguments.Count ? arguments[i + 1].Text : null;
            var takesNext = at < 0 && next is not null && (IsValued(name, valued, IsCmdlet)
                || (flags is not null && Words.Count == 0 && !flags.Contains(name) && name.StartsWith("--", StringComparison.Ordinal) && !next.StartsWith('-')));
            Options.Add(new CommandOption(name, at > 0 ? text[(at + 1)..] : next));
            if (at > 0)
            {
                AddValue(text[(at + 1)..]);
            }
            else if (name.Length > 2 && name[1] != '-')
            {
                AddValue(name[2..]); // -i~/.ssh/id_rsa
            }

            if (takesNext)
            {
                AddValue(next!);
                i++;
            }
        }
    }

    public List<CommandOption> Options { get; } = [];

    public List<string> Words { get; } = [];

    /// <summary>A word whose beginning is not known may be an option.</summary>
    public bool MayHoldMoreOptions { get; }

    /// <summary>A verb and a noun of PowerShell: its parameters have no case and may be abbreviated.</summary>
    public bool IsCmdlet { get; }

    /// <param name="skip">Words of the sub-command.</param>
    public IEnumerable<List<string>> Chosen(ArgumentChoice choice, int skip)
    {
        var words = Words.Skip(skip).ToList();
        var chosen = choice switch
        {
            ArgumentChoice.Rest => Options.Any(option => PatternOptions.Contains(option.Name)) ? words : words.Skip(1),
            ArgumentChoice.Sources => words.Count > 1 ? words.SkipLast(1) : words,
            ArgumentChoice.First => words.Take(1),
            ArgumentChoice.Last => words.TakeLast(1),
            _ => words,
        };
        return chosen.Select(PathText.Candidates).Concat(choice is ArgumentChoice.All or ArgumentChoice.Sources ? _values : []);
    }

    private static bool IsValued(string name, IReadOnlySet<string> valued, bool isCmdlet) =>
        valued.Contains(name)
        || (!isCmdlet && name.Length > 2 && name[1] != '-' && valued.Contains($"-{name[^1]}") && !valued.Contains(name[..2])); // -xzf FILE

    private void AddValue(string text) => _values.Add(PathText.Candidates(text));
}
