using System.Text;

namespace SecretsFirewall.Cli;

/// <summary>Files that only their owner reads (0600, directories 0700), and that are either whole or not there.</summary>
internal static class PrivateFile
{
    private const UnixFileMode OwnerFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private const UnixFileMode DirectoryMode = OwnerFile | UnixFileMode.UserExecute;

    private const UnixFileMode OpenToOthers = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    public static void CreateDirectory(string path)
    {
        if (Directory.Exists(path))
        {
            return;
        }

        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            Directory.CreateDirectory(path, DirectoryMode);
        }
    }

    /// <summary>Opens a new private file; fails if <paramref name="path"/> exists.</summary>
    public static FileStream Create(string path) => new(path, Options(FileMode.CreateNew));

    /// <summary>Opens or creates a file and locks it (<c>flock</c>); throws <see cref="IOException"/> while another handle has it.</summary>
    public static FileStream OpenExclusively(string path) => new(path, Options(FileMode.OpenOrCreate));

    /// <summary>Replaces the file as a whole: a reader sees the old content or the new, never a part.</summary>
    public static void Write(string path, ReadOnlySpan<byte> content)
    {
        var temporary = $"{path}.{Environment.ProcessId}.tmp";
        using (var stream = new FileStream(temporary, Options(FileMode.Create)))
        {
            stream.Write(content);
            stream.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
    }

    public static void Write(string path, string text) => Write(path, Encoding.UTF8.GetBytes(text));

    /// <summary>Whether nobody but the owner has any right to the file. True on Windows, where the profile's ACL says it.</summary>
    public static bool IsPrivate(string path) =>
        OperatingSystem.IsWindows() || (File.GetUnixFileMode(path) & OpenToOthers) == 0;

    private static FileStreamOptions Options(FileMode mode)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.Write, Share = FileShare.None };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerFile;
        }

        return options;
    }
}
