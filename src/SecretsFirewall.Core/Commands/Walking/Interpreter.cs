using System.Collections.Frozen;

namespace SecretsFirewall.Commands.Walking;

/// <summary>A command that runs code which stands in its arguments, in a file, or in its standard input.</summary>
/// <param name="Code">The options whose value is code.</param>
/// <param name="Valued">Other options that take the next word.</param>
/// <param name="Ends">Options behind which nothing is its own any more, such as <c>-m</c> of Python.</param>
internal sealed record Interpreter(string[] Code, string[] Valued, string[] Ends)
{
    private static readonly FrozenDictionary<string, Interpreter> All = new Dictionary<string, Interpreter>(StringComparer.Ordinal)
    {
        ["python"] = new(["-c"], ["-W", "-X", "--check-hash-based-pycs"], ["-m"]),
        ["pypy"] = new(["-c"], ["-W", "-X"], ["-m"]),
        ["node"] = new(["-e", "-p", "--eval", "--print", "-pe"], ["-r", "--require", "--import", "--loader", "-C", "--conditions", "--env-file"], ["--test", "--run"]),
        ["bun"] = new(["-e", "-p", "--eval", "--print"], [], ["run", "test", "install", "add", "x"]),
        ["tsx"] = new(["-e", "-p", "--eval", "--print"], [], []),
        ["perl"] = new(["-e", "-E"], ["-I", "-M"], []),
        ["ruby"] = new(["-e"], ["-I", "-r", "-C"], []),
        ["php"] = new(["-r", "-B", "-R", "-E", "--run"], ["-d", "-c", "-S", "-t"], ["-S"]),
        ["lua"] = new(["-e"], ["-l"], []),
        ["rscript"] = new(["-e"], [], []),
        ["julia"] = new(["-e", "-E", "--eval", "--print"], [], []),
        ["osascript"] = new(["-e"], ["-l"], []),
        ["elixir"] = new(["-e", "--eval"], ["-r"], []),
        ["groovy"] = new(["-e"], [], []),
        ["scala"] = new(["-e"], [], []),
        ["ghc"] = new(["-e"], [], []),
        ["tclsh"] = new([], [], []),
        ["expect"] = new(["-c"], [], []),
        ["gdb"] = new(["-ex", "-eval-command"], [], []),
        ["vim"] = new(["-c", "--cmd"], [], []),
        ["emacs"] = new(["--eval", "-eval", "--execute"], [], []),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    public static Interpreter? Of(string command) => All.GetValueOrDefault(command);

    /// <summary>Whether code stands in its arguments.</summary>
    /// <param name="readsInput">Nothing says where else the code is: it comes from standard input.</param>
    public bool HasCode(IReadOnlyList<Argument> arguments, out bool readsInput)
    {
        readsInput = false;
        for (var i = 0; i < arguments.Count; i++)
        {
            var text = arguments[i].Text;
            if (text is "-" or "/dev/stdin")
            {
                readsInput = true;
                return false;
            }

            if (Ends.Contains(text) || !arguments[i].IsOption)
            {
                return false;
            }

            if (Code.Any(option => text == option
                || (option.Length > 2 && option[1] == '-' && text.StartsWith(option + "=", StringComparison.Ordinal))
                || (option.Length == 2 && text.Length > 2 && text[1] != '-' && !Valued.Any(valued => text.StartsWith(valued, StringComparison.Ordinal)) && text.Contains(option[1], StringComparison.Ordinal))))
            {
                return true;
            }

            i += Valued.Contains(text) ? 1 : 0;
        }

        readsInput = true;
        return false;
    }
}
