using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.RegularExpressions;

namespace SecretsFirewall.Cli.Scanning;

/// <summary>
/// One line of paths as <c>.gitignore</c> writes them: <c>*</c>, <c>?</c> and <c>[a-z]</c> within a name, <c>**</c> over names; <c>/</c> at the
/// end means directories alone; a <c>/</c> elsewhere ties it to the file's own directory; <c>!</c> takes back. Linear in the path.
/// </summary>
internal sealed class PathPattern
{
    private readonly Regex _pattern;
    private readonly bool _directoriesOnly;

    private PathPattern(Regex pattern, bool directoriesOnly, bool takesBack)
    {
        _pattern = pattern;
        _directoriesOnly = directoriesOnly;
        TakesBack = takesBack;
    }

    /// <summary>What it matches is not ignored after all.</summary>
    public bool TakesBack { get; }

    public static bool TryParse(string line, [NotNullWhen(true)] out PathPattern? pattern)
    {
        pattern = null;
        var takesBack = line.StartsWith('!');
        var rest = takesBack ? line[1..] : line;
        var directoriesOnly = rest.EndsWith('/');
        rest = directoriesOnly ? rest[..^1] : rest;
        var isTied = rest.Contains('/');
        rest = rest.StartsWith('/') ? rest[1..] : rest;
        if (rest.Length == 0 || Translate(rest) is not { } translated)
        {
            return false;
        }

        try
        {
            var regex = new Regex($"^{(isTied ? "" : "(?:.*/)?")}{translated}$", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | RegexOptions.Singleline);
            pattern = new PathPattern(regex, directoriesOnly, takesBack);
            return true;
        }
        catch (ArgumentException)
        {
            return false; // such as a range that runs backwards
        }
    }

    /// <param name="path">Relative to the file that the pattern stands in, with <c>/</c> between names.</param>
    public bool Matches(string path, bool isDirectory) => (isDirectory || !_directoriesOnly) && _pattern.IsMatch(path);

    private static string? Translate(string glob)
    {
        var regex = new StringBuilder();
        for (var i = 0; i < glob.Length; i++)
        {
            switch (glob[i])
            {
                case '*' when IsAlone(glob, i):
                    // **/ at the start or between names, /** at the end
                    regex.Append(i + 2 < glob.Length ? "(?:.*/)?" : ".+");
                    i += i + 2 < glob.Length ? 2 : 1;
                    break;
                case '*':
                    regex.Append("[^/]*");
                    break;
                case '?':
                    regex.Append("[^/]");
                    break;
                case '[':
                    var end = glob.IndexOf(']', Math.Min(glob.Length, i + 2));
                    if (end < 0)
                    {
                        return null;
                    }

                    var members = glob[(i + 1)..end];
                    var isNegated = members[0] is '!' or '^';
                    regex.Append(isNegated ? "[^/" : "[").Append((isNegated ? members[1..] : members).Replace(@"\", @"\\", StringComparison.Ordinal).Replace("[", @"\[", StringComparison.Ordinal)).Append(']');
                    i = end;
                    break;
                case '\\' when i + 1 == glob.Length:
                    return null;
                default:
                    i += glob[i] == '\\' ? 1 : 0;
                    regex.Append(Regex.Escape(glob[i].ToString()));
                    break;
            }
        }

        return regex.ToString();
    }

    private static bool IsAlone(string glob, int at) =>
        at + 1 < glob.Length && glob[at + 1] == '*' && (at == 0 || glob[at - 1] == '/') && (at + 2 == glob.Length || glob[at + 2] == '/');
}
