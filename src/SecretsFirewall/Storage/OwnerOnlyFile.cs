namespace SecretsFirewall.Storage;

/// <summary>
/// Files of mode 0600. SQLite gives its journal files the mode of the database, so it is made before SQLite opens it. (Never touch it while
/// SQLite has it open: closing any handle of a file drops all of the process's POSIX locks on it.)
/// </summary>
internal static class OwnerOnlyFile
{
    private const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Creates an empty file where there is none, and takes rights of others away where there is one.</summary>
    public static void CreateOrTighten(string path)
    {
        new FileStream(path, Options(FileMode.OpenOrCreate)).Dispose();
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & ~Mode) != 0)
        {
            File.SetUnixFileMode(path, Mode);
        }
    }

    /// <summary>Creates an empty file.</summary>
    /// <exception cref="IOException">It exists, and <paramref name="replace"/> is false.</exception>
    public static void Create(string path, bool replace)
    {
        if (replace)
        {
            File.Delete(path);
        }

        new FileStream(path, Options(FileMode.CreateNew)).Dispose();
    }

    private static FileStreamOptions Options(FileMode mode)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.ReadWrite };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = Mode;
        }

        return options;
    }
}
