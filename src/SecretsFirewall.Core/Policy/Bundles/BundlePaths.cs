namespace SecretsFirewall.Policy.Bundles;

/// <summary>
/// What a file of a bundle may be called: <c>name.json</c> for policy, <c>rules/name.json</c> for detection rules, and nothing else, so that no
/// path leads anywhere (no separators, dots in a row, drives or devices).
/// </summary>
internal static class BundlePaths
{
    public const string Rules = "rules/";

    private const string Extension = ".json";
    private const int MaxName = 64;

    public static bool IsPath(string path)
    {
        var name = path.StartsWith(Rules, StringComparison.Ordinal) ? path[Rules.Length..] : path;
        return name.Length is > 5 and <= MaxName
            && name.EndsWith(Extension, StringComparison.Ordinal)
            && char.IsAsciiLetterOrDigit(name[0])
            && !name.Contains("..", StringComparison.Ordinal)
            && name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_');
    }

    public static bool IsRules(string path) => path.StartsWith(Rules, StringComparison.Ordinal);

    /// <summary>The first path that is none, or that another one equals but for capitals; null if all are well.</summary>
    public static string? Fault(IEnumerable<string> paths)
    {
        // Files are written out by `inspect --extract`, also where a file system sees no capitals.
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        return paths.FirstOrDefault(path => !IsPath(path) || !seen.Add(path));
    }
}
