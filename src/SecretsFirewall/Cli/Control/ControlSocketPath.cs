using System.Text;

namespace SecretsFirewall.Cli.Control;

/// <summary>
/// Where the control socket lies. A Unix socket's address holds about a hundred bytes; in a home with a longer path the socket lies in a
/// fresh private directory below the temporary one, and a file in the home says where.
/// </summary>
internal static class ControlSocketPath
{
    // sockaddr_un.sun_path: 108 bytes on Linux, 104 on macOS, with the ending zero.
    private const int LongestPath = 103;

    /// <summary>For the process that will listen; it holds the lock.</summary>
    public static string Prepare(FirewallHome home)
    {
        Forget(home);
        if (Encoding.UTF8.GetByteCount(home.ControlSocket) <= LongestPath)
        {
            return home.ControlSocket;
        }

        // mkdtemp: a name that nobody could have taken before, mode 0700.
        var directory = Directory.CreateTempSubdirectory("sfw-").FullName;
        var path = Path.Combine(directory, "control.sock");
        PrivateFile.Write(home.ControlSocketPointer, path);
        return path;
    }

    /// <summary>For the process that will connect. There may be nobody behind it.</summary>
    public static string Find(FirewallHome home) =>
        File.Exists(home.ControlSocketPointer) ? File.ReadAllText(home.ControlSocketPointer) : home.ControlSocket;

    /// <summary>Removes what a process left, orderly or killed.</summary>
    public static void Forget(FirewallHome home)
    {
        if (!File.Exists(home.ControlSocketPointer))
        {
            return;
        }

        var directory = Path.GetDirectoryName(File.ReadAllText(home.ControlSocketPointer));
        if (directory is not null && Path.GetFileName(directory).StartsWith("sfw-", StringComparison.Ordinal) && Directory.Exists(directory))
        {
            Directory.Delete(directory, recursive: true);
        }

        File.Delete(home.ControlSocketPointer);
    }
}
