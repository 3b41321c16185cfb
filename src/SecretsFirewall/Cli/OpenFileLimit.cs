using System.Globalization;

namespace SecretsFirewall.Cli;

/// <summary>How many files, sockets among them, the system lets this process open (<c>ulimit -n</c>).</summary>
internal static class OpenFileLimit
{
    private const string Row = "Max open files";

    /// <summary>Null where there is none, or where the system does not say. The runtime has raised the soft limit to the hard one by then.</summary>
    public static long? Read()
    {
        try
        {
            return Parse(File.ReadLines("/proc/self/limits"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null; // not Linux
        }
    }

    /// <summary>Finds it among the lines of <c>/proc/PID/limits</c> (proc(5)): name, soft limit, hard limit, unit.</summary>
    internal static long? Parse(IEnumerable<string> lines)
    {
        var row = lines.FirstOrDefault(line => line.StartsWith(Row, StringComparison.Ordinal));
        var columns = row?[Row.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [];
        return columns.Length > 0 && long.TryParse(columns[0], NumberStyles.None, CultureInfo.InvariantCulture, out var soft) ? soft : null;
    }
}
