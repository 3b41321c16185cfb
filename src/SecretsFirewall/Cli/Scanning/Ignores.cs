namespace SecretsFirewall.Cli.Scanning;

/// <summary>
/// The <c>.sfwignore</c> files of one scan: that of the working directory and those of the directories that are named. Files further down do
/// not count: what came with somebody else's code does not say what is looked at.
/// </summary>
internal sealed class Ignores
{
    private readonly IReadOnlyList<IgnoreFile> _files;
    private readonly HashSet<string> _allowed;

    private Ignores(IReadOnlyList<IgnoreFile> files, DateOnly today)
    {
        _files = files;
        Expired = [.. files.SelectMany(file => file.Allowed).Where(entry => entry.Until < today)];
        _allowed = new HashSet<string>(files.SelectMany(file => file.Allowed).Where(entry => entry.Until >= today).Select(entry => entry.Fingerprint), StringComparer.Ordinal);
    }

    /// <summary>Entries that hide nothing any more.</summary>
    public IReadOnlyList<AllowEntry> Expired { get; }

    /// <param name="folders">Where to look for the files; where there is none, nothing is ignored.</param>
    /// <param name="errors">Gets what is wrong with them; with any, the result is not to be used.</param>
    public static Ignores Read(IEnumerable<string> folders, DateOnly today, List<string> errors)
    {
        var files = new List<IgnoreFile>();
        foreach (var path in folders.DistinctBy(Path.GetFullPath, StringComparer.Ordinal).Select(folder => Path.Combine(folder, IgnoreFile.Name)).Where(File.Exists))
        {
            try
            {
                files.Add(IgnoreFile.Parse(path, File.ReadLines(path), errors));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                errors.Add($"{path}: cannot be read.");
            }
        }

        return new Ignores(files, today);
    }

    public bool Leaves(string fullPath, bool isDirectory) => _files.Any(file => file.Ignores(fullPath, isDirectory));

    /// <summary>For a file that was named itself: also when one of the directories above it is ignored.</summary>
    public bool IgnoresNamed(string fullPath)
    {
        for (var folder = Path.GetDirectoryName(fullPath); folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (Leaves(folder, isDirectory: true))
            {
                return true;
            }
        }

        return Leaves(fullPath, isDirectory: false);
    }

    public bool Allows(ScanFinding finding) => finding.Fingerprints.Any(_allowed.Contains);
}
