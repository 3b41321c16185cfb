using System.Globalization;

namespace SecretsFirewall.Audit;

/// <summary>The files of a chain: <c>audit-000001.ndjson</c> and on, mode 0600 in a folder of mode 0700.</summary>
internal static class AuditSegments
{
    private const string Prefix = "audit-";
    private const string Suffix = ".ndjson";
    private const string TornSuffix = ".torn";

    private const UnixFileMode FileMode0600 = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode FolderMode0700 = FileMode0600 | UnixFileMode.UserExecute;

    public const string WatchPattern = Prefix + "*" + Suffix;

    public static string Path(string directory, int number) =>
        System.IO.Path.Combine(directory, string.Create(CultureInfo.InvariantCulture, $"{Prefix}{number:d6}{Suffix}"));

    /// <summary>The numbers of the segments that exist, in order. Other files are none of ours.</summary>
    public static IReadOnlyList<int> List(string directory)
    {
        var numbers = new List<int>();
        foreach (var path in Directory.EnumerateFiles(directory, WatchPattern))
        {
            var name = System.IO.Path.GetFileName(path.AsSpan())[Prefix.Length..^Suffix.Length];
            if (int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0)
            {
                numbers.Add(number);
            }
        }

        numbers.Sort();
        return numbers;
    }

    /// <summary>Bytes that count against the cap: segments, and what repairs put aside.</summary>
    public static long TotalBytes(string directory)
    {
        var total = 0L;
        foreach (var file in new DirectoryInfo(directory).EnumerateFiles(Prefix + "*"))
        {
            total += file.Name.EndsWith(Suffix, StringComparison.Ordinal) || file.Name.EndsWith(TornSuffix, StringComparison.Ordinal) ? file.Length : 0;
        }

        return total;
    }

    public static void CreateFolder(string directory)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(directory);
        }
        else
        {
            Directory.CreateDirectory(directory, FolderMode0700);
        }
    }

    /// <summary>Opens for writing at the end. Unbuffered: what is written is in the kernel's hands when the call returns.</summary>
    public static FileStream OpenForAppend(string path)
    {
        var file = new FileStream(path, Options(FileMode.OpenOrCreate));
        file.Seek(0, SeekOrigin.End);
        return file;
    }

    /// <summary>Puts bytes that are no record aside, in a new file beside the segment, and syncs them. Returns its name.</summary>
    public static string PutAside(string segmentPath, ReadOnlySpan<byte> torn)
    {
        for (var copy = 1; ; copy++)
        {
            var path = System.IO.Path.ChangeExtension(segmentPath, copy == 1 ? TornSuffix : $".{copy}{TornSuffix}");
            if (File.Exists(path))
            {
                continue;
            }

            using var file = new FileStream(path, Options(FileMode.CreateNew));
            file.Write(torn);
            file.Flush(flushToDisk: true);
            return System.IO.Path.GetFileName(path);
        }
    }

    /// <summary>Removes a segment and what repairs put aside of it.</summary>
    public static void Delete(string directory, int number)
    {
        var path = Path(directory, number);
        foreach (var torn in Directory.EnumerateFiles(directory, System.IO.Path.GetFileNameWithoutExtension(path) + ".*" + TornSuffix[1..]))
        {
            File.Delete(torn);
        }

        File.Delete(path);
    }

    private static FileStreamOptions Options(FileMode mode)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.ReadWrite, Share = FileShare.ReadWrite | FileShare.Delete, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = FileMode0600;
        }

        return options;
    }
}
