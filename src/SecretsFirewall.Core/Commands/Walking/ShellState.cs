using SecretsFirewall.Commands.Shell;

namespace SecretsFirewall.Commands.Walking;

/// <summary>
/// What is known of the shell's variables at one place of a script. A variable that may have two values has none that is known; so has
/// one that nothing in the script sets. Functions and files are shared by all places: see <see cref="ShellFiles"/>.
/// </summary>
internal sealed class ShellState
{
    private static readonly Dictionary<string, string> Known = new(StringComparer.Ordinal)
    {
        ["HOME"] = "~",
        ["PWD"] = ".",
        ["TMPDIR"] = "/tmp",
        ["IFS"] = " \t\n",
        ["#"] = "0",
        ["?"] = "0",
        ["$"] = "1",
        ["!"] = "1",
        ["-"] = "",
        ["RANDOM"] = "1",
        ["UID"] = "1",
        ["EUID"] = "1",
        ["SECONDS"] = "1",
        ["LINENO"] = "1",
    };

    private Dictionary<string, Argument> _variables;

    public ShellState()
    {
        _variables = new Dictionary<string, Argument>(StringComparer.Ordinal);
        foreach (var (name, value) in Known)
        {
            _variables[name] = new Argument(value);
        }
    }

    private ShellState(ShellState other)
    {
        _variables = new Dictionary<string, Argument>(other._variables, StringComparer.Ordinal);
        Positional = other.Positional;
    }

    /// <summary><c>$1</c> and on; null where nobody knows them.</summary>
    public IReadOnlyList<Argument>? Positional { get; set; }

    public int Count => _variables.Count;

    public ShellState Copy() => new(this);

    public Argument this[string name]
    {
        get
        {
            if (name is "@" or "*")
            {
                return Positional is null ? Argument.Unknown : new Argument(string.Join(' ', Positional), Positional.Any(argument => argument.IsDownload));
            }

            if (name.Length > 0 && char.IsAsciiDigit(name[0]))
            {
                return Positional is null || !int.TryParse(name, out var index) || index == 0 ? Argument.Unknown
                    : index <= Positional.Count ? Positional[index - 1] : new Argument("");
            }

            return _variables.GetValueOrDefault(name, Argument.Unknown);
        }
        set => _variables[name] = value;
    }

    public void Forget(string name) => _variables[name] = Argument.Unknown;

    public void ForgetAll()
    {
        foreach (var name in _variables.Keys.Where(name => !Known.ContainsKey(name)).ToList())
        {
            Forget(name);
        }
    }

    public void TakeFrom(ShellState other)
    {
        _variables = other._variables;
        Positional = other.Positional;
    }

    /// <summary>Keeps what is the same in both: either may be the way that the script took.</summary>
    /// <returns>Something that was known is not known any more.</returns>
    public bool Join(ShellState other)
    {
        var hasForgotten = false;
        foreach (var name in _variables.Keys.Union(other._variables.Keys).ToList())
        {
            if (this[name] != other[name])
            {
                hasForgotten |= this[name] != Argument.Unknown;
                Forget(name);
            }
        }

        if (!ReferenceEquals(Positional, other.Positional))
        {
            hasForgotten |= Positional is not null;
            Positional = null;
        }

        return hasForgotten;
    }
}

/// <summary>
/// Functions, and files that the script writes, of a whole line. Flow is not followed: a function that is defined twice is walked twice,
/// and a file that is written twice has unknown content.
/// </summary>
internal sealed class ShellFiles
{
    private readonly Dictionary<string, Flow> _content = new(StringComparer.Ordinal);
    private int _processes;

    public Dictionary<string, ShellNode> Functions { get; } = new(StringComparer.Ordinal);

    /// <summary>Bodies that nothing has called yet.</summary>
    public HashSet<ShellNode> Uncalled { get; } = new(ReferenceEqualityComparer.Instance);

    public Flow? Read(string path) => _content.TryGetValue(Clean(path), out var content) ? content : null;

    public void Write(string path, Flow content, bool isAppend)
    {
        var name = Clean(path);
        _content[name] = !_content.TryGetValue(name, out var before) ? (isAppend ? new Flow(null, content.IsDownload) : content)
            : isAppend ? before.Then(content)
            : before == content ? content
            : new Flow(null, before.IsDownload || content.IsDownload);
    }

    /// <returns>The name of a pipe with this content, as <c>&lt;( … )</c> gives one.</returns>
    public string AddProcess(Flow content)
    {
        var name = $"/dev/fd/process{_processes++}";
        _content[name] = content;
        return name;
    }

    private static string Clean(string path) => path.StartsWith("./", StringComparison.Ordinal) ? path[2..] : path;
}
