using System.Globalization;
using System.Text.RegularExpressions;

namespace SecretsFirewall.Cli.Scanning;

/// <summary>A finding that somebody takes the blame for, until a day. That day it still hides; the next it does not.</summary>
internal sealed record AllowEntry(string Fingerprint, DateOnly Until, string Reason, string File, int Line);

/// <summary>
/// A <c>.sfwignore</c>: path patterns as in <c>.gitignore</c>, and lines such as
/// <c>fingerprint:0123456789abcdef until=2027-01-31 reason="made-up value of a test"</c>. What cannot be read is an error with its line: a
/// misspelt line must neither hide nor fail to hide in silence.
/// </summary>
internal sealed partial class IgnoreFile
{
    public const string Name = ".sfwignore";

    private const string AllowPrefix = "fingerprint:";

    private readonly string _folder;
    private readonly List<PathPattern> _patterns = [];
    private readonly List<AllowEntry> _allowed = [];

    private IgnoreFile(string folder) => _folder = folder;

    public IReadOnlyList<AllowEntry> Allowed => _allowed;

    /// <param name="path">The file; its patterns are relative to its folder.</param>
    /// <param name="errors">Gets a line <c>file:line: what is wrong</c> for each that is.</param>
    public static IgnoreFile Parse(string path, IEnumerable<string> lines, List<string> errors)
    {
        var file = new IgnoreFile(System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path))!);
        var number = 0;
        foreach (var line in lines.Select(line => line.TrimEnd()))
        {
            number++;
            if (line.Length == 0 || line[0] == '#')
            {
                continue;
            }

            var problem = line.StartsWith(AllowPrefix, StringComparison.Ordinal) ? file.AddAllowed(line, path, number)
                : PathPattern.TryParse(line, out var pattern) ? file.Add(pattern)
                : "This is no pattern: a bracket or a backslash has nothing behind it, or the line is empty but for '!' or '/'.";
            if (problem is not null)
            {
                errors.Add($"{path}:{number}: {problem}");
            }
        }

        return file;
    }

    /// <summary>True if the file or directory itself is named; whoever walks asks for each directory on the way.</summary>
    public bool Ignores(string fullPath, bool isDirectory)
    {
        var path = System.IO.Path.GetRelativePath(_folder, fullPath).Replace(System.IO.Path.DirectorySeparatorChar, '/');
        if (path == "." || path == ".." || path.StartsWith("../", StringComparison.Ordinal) || System.IO.Path.IsPathRooted(path))
        {
            return false;
        }

        return _patterns.LastOrDefault(pattern => pattern.Matches(path, isDirectory)) is { TakesBack: false };
    }

    private string? Add(PathPattern pattern)
    {
        _patterns.Add(pattern);
        return null;
    }

    private string? AddAllowed(string line, string path, int number)
    {
        if (AllowLine().Match(line) is not { Success: true } match)
        {
            return "An allow entry reads: fingerprint:<16 hex digits> until=2027-01-31 reason=\"why it may stay\".";
        }

        if (!DateOnly.TryParseExact(match.Groups["until"].Value, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var until))
        {
            return $"'{match.Groups["until"].Value}' is no day; write until=2027-01-31.";
        }

        if (string.IsNullOrWhiteSpace(match.Groups["reason"].Value))
        {
            return "The reason is empty: say why the finding may stay.";
        }

        _allowed.Add(new AllowEntry(match.Groups["hex"].Value, until, match.Groups["reason"].Value, path, number));
        return null;
    }

    [GeneratedRegex("""^fingerprint:(?<hex>[0-9a-f]{16})[ \t]+until=(?<until>\S+)[ \t]+reason="(?<reason>[^"]*)"$""", RegexOptions.CultureInvariant)]
    private static partial Regex AllowLine();
}
