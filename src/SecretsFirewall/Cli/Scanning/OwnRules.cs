using SecretsFirewall.Bundles;
using SecretsFirewall.Inspection.Detection.Rules;

namespace SecretsFirewall.Cli.Scanning;

/// <summary>Rule files that a command line names, and the shipped ones with them.</summary>
internal static class OwnRules
{
    /// <param name="named">Files, or directories whose <c>*.json</c> are meant.</param>
    /// <returns>Null if one cannot be read; <paramref name="problem"/> then says which.</returns>
    public static IReadOnlyList<RuleFile>? Read(IEnumerable<string> named, out string problem)
    {
        var files = new List<RuleFile>();
        foreach (var path in named)
        {
            try
            {
                var paths = Directory.Exists(path) ? Directory.GetFiles(path, "*.json") : [path];
                files.AddRange(paths.Select(file => new RuleFile(file, File.ReadAllBytes(file))));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                problem = $"The rules in {path} cannot be read. Check the name and its mode.";
                return null;
            }
        }

        problem = "";
        return files;
    }

    /// <returns>The shipped rules with those that are named; null with everything that is wrong, a line each.</returns>
    public static RuleSet? Load(IReadOnlyList<string> named, out IReadOnlyList<string> problems)
    {
        problems = [];
        if (named.Count == 0)
        {
            return ShippedRules.Set;
        }

        if (Read(named, out var problem) is not { } files)
        {
            problems = [problem];
            return null;
        }

        var set = ShippedRules.LoadWith(files, out var errors);
        problems = [.. errors.Select(error => error.ToString())];
        return set;
    }
}
