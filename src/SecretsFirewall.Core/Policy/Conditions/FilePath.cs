namespace SecretsFirewall.Policy.Conditions;

/// <summary>A file's path in one spelling: slashes, no empty and no dot segments. What leads above its beginning keeps its <c>..</c>.</summary>
internal static class FilePath
{
    public static string Normalise(string path)
    {
        var isRooted = path.StartsWith('/') || path.StartsWith('\\');
        var kept = new List<string>();
        foreach (var segment in path.Replace('\\', '/').Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (segment == ".." && kept.Count > 0 && kept[^1] != "..")
            {
                kept.RemoveAt(kept.Count - 1);
            }
            else if (segment != "." && !(segment == ".." && isRooted))
            {
                kept.Add(segment);
            }
        }

        return (isRooted ? "/" : "") + string.Join('/', kept);
    }
}
