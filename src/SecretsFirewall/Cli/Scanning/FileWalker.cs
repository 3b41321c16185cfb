namespace SecretsFirewall.Cli.Scanning;

/// <summary>A file to be read, or why one cannot be.</summary>
/// <param name="Path">As it is reported: what was named, and below it <c>/</c> between names.</param>
internal sealed record ScanFile(string Path, string FullPath, long Length, string? Problem = null);

/// <summary>
/// The files below what was named, in the order of their names (ordinal), so that two scans of one tree say the same. Left out are
/// <c>.git</c>, what <c>.sfwignore</c> names, symbolic links (what they lead to is found where it lies), and what has no length, such as
/// empty files and pipes. A directory that cannot be read is a problem, not an empty one.
/// </summary>
internal sealed class FileWalker(Ignores ignores)
{
    private const string Git = ".git";

    /// <summary>How many files and directories were left out because of a <c>.sfwignore</c>.</summary>
    public int Ignored { get; private set; }

    /// <param name="named">A file or directory as the command line names it.</param>
    public IEnumerable<ScanFile> Walk(string named)
    {
        var full = Path.GetFullPath(named);
        if (Directory.Exists(full))
        {
            return WalkFolder(new DirectoryInfo(full), Shown(named));
        }

        if (!File.Exists(full))
        {
            return [new ScanFile(named, full, 0, "There is no such file or directory.")];
        }

        if (ignores.IgnoresNamed(full))
        {
            Ignored++;
            return [];
        }

        return [new ScanFile(named.Replace(Path.DirectorySeparatorChar, '/'), full, new FileInfo(full).Length)];
    }

    private IEnumerable<ScanFile> WalkFolder(DirectoryInfo folder, string shown)
    {
        FileSystemInfo[]? entries = null;
        var problem = "";
        try
        {
            entries = folder.GetFileSystemInfos();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problem = e is UnauthorizedAccessException ? "This directory may not be read." : "This directory cannot be read.";
        }

        if (entries is null)
        {
            yield return new ScanFile(shown.Length == 0 ? "." : shown.TrimEnd('/'), folder.FullName, 0, problem);
            yield break;
        }

        Array.Sort(entries, static (a, b) => string.CompareOrdinal(a.Name, b.Name));
        foreach (var entry in entries)
        {
            foreach (var file in WalkEntry(entry, shown + entry.Name))
            {
                yield return file;
            }
        }
    }

    private IEnumerable<ScanFile> WalkEntry(FileSystemInfo entry, string shown)
    {
        if (entry.Name == Git || entry.LinkTarget is not null)
        {
            return [];
        }

        if (ignores.Leaves(entry.FullName, entry is DirectoryInfo))
        {
            Ignored++;
            return [];
        }

        return entry is DirectoryInfo folder ? WalkFolder(folder, shown + "/")
            : LengthOf((FileInfo)entry) is var length and not 0 ? [new ScanFile(shown, entry.FullName, Math.Max(0, length))]
            : [];
    }

    // A file that has gone since its directory was read is reported when it is opened.
    private static long LengthOf(FileInfo file)
    {
        try
        {
            return file.Length;
        }
        catch (IOException)
        {
            return -1;
        }
    }

    /// <summary><c>.</c> is not shown: <c>sfw scan .</c> reports <c>src/a</c>.</summary>
    private static string Shown(string named)
    {
        var shown = named.Replace(Path.DirectorySeparatorChar, '/').TrimEnd('/');
        return named is "." or "./" ? "" : shown + "/";
    }
}
