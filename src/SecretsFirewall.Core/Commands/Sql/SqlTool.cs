using System.Collections.Frozen;
using SecretsFirewall.Commands.Walking;

namespace SecretsFirewall.Commands.Sql;

/// <summary>A database's command-line tool, and where SQL stands in its arguments.</summary>
/// <param name="Options">The options whose value is SQL.</param>
/// <param name="FirstWord">From this word on, words are SQL; negative: none are.</param>
internal sealed record SqlTool(string[] Options, int FirstWord)
{
    private static readonly FrozenDictionary<string, SqlTool> All = new Dictionary<string, SqlTool>(StringComparer.Ordinal)
    {
        ["psql"] = new(["-c", "--command"], -1),
        ["pgcli"] = new(["-c", "--command", "-e"], -1),
        ["usql"] = new(["-c", "--command"], -1),
        ["mysql"] = new(["-e", "--execute"], -1),
        ["mariadb"] = new(["-e", "--execute"], -1),
        ["mycli"] = new(["-e", "--execute"], -1),
        ["sqlite3"] = new(["-cmd"], 1),
        ["sqlite"] = new(["-cmd"], 1),
        ["litecli"] = new(["-e", "--execute"], -1),
        ["duckdb"] = new(["-c", "-s", "-cmd"], 1),
        ["sqlcmd"] = new(["-Q", "-q"], -1),
        ["clickhouse-client"] = new(["-q", "--query"], -1),
        ["clickhouse"] = new(["-q", "--query"], -1),
        ["cockroach"] = new(["-e", "--execute"], -1),
        ["snowsql"] = new(["-q", "--query"], -1),
        ["bq"] = new([], 1),
        ["trino"] = new(["--execute"], -1),
        ["hive"] = new(["-e"], -1),
        ["beeline"] = new(["-e"], -1),
        ["spark-sql"] = new(["-e"], -1),
        ["wrangler"] = new(["--command"], -1),
        ["turso"] = new([], 3),
        ["invoke-sqlcmd"] = new(["-Query", "-query"], -1),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    public static SqlTool? Of(string command) => All.GetValueOrDefault(command == "sqlite" ? "sqlite3" : command);

    public IEnumerable<string> Texts(IReadOnlyList<Argument> arguments, Flow input)
    {
        var words = 0;
        for (var i = 0; i < arguments.Count; i++)
        {
            var text = arguments[i].Text;
            if (Options.Contains(text) && i + 1 < arguments.Count)
            {
                yield return arguments[++i].Text;
            }
            else if (Options.FirstOrDefault(option => option.Length > 2 ? text.StartsWith(option + "=", StringComparison.Ordinal) : text.Length > 2 && text.StartsWith(option, StringComparison.Ordinal)) is { } found)
            {
                yield return text[(found.Length + (found.Length > 2 ? 1 : 0))..];
            }
            else if (text.Length > 2 && text[0] == '-' && text[1] != '-' && Options.Any(option => option.Length == 2 && text[^1] == option[1]) && i + 1 < arguments.Count)
            {
                yield return arguments[++i].Text; // -Atc
            }
            else if (!arguments[i].IsOption && FirstWord >= 0 && words++ >= FirstWord)
            {
                yield return text;
            }
        }

        if (input.Text is { Length: > 0 } known)
        {
            yield return known;
        }
    }
}
