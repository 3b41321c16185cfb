using SecretsFirewall.Cli.Environments;

namespace SecretsFirewall.Cli.Exec.Locking;

/// <summary>Finds out what must be hidden from a locked command.</summary>
internal static class LockPlanner
{
    // Where programs put sockets that other programs are to find: container engines, desktops, agents of keys.
    private static readonly string[] SocketDirectories = ["/tmp", "/run", "/var/run", "/dev/shm"];

    /// <summary>Null if the command could not work there; <c>Problem</c> then says why.</summary>
    /// <param name="keep">What the user wants to see besides, of the directories that are fresh inside.</param>
    public static (LockPlan? Plan, string Problem) Plan(
        FirewallHome home, LockFolder folder, AgentConnection connection, IReadOnlyList<string> keep, bool watchesLeaks)
    {
        var runtime = Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR");
        var fresh = new List<string>();
        foreach (var directory in SocketDirectories.Append(runtime).OfType<string>().Where(Directory.Exists))
        {
            var real = RealPath(directory);
            if (!fresh.Exists(one => IsAtOrUnder(real, one)))
            {
                fresh.Add(real);
            }
        }

        var here = Environment.CurrentDirectory;
        if (fresh.Contains(RealPath(here)))
        {
            return (null, $"--lock gives the command a {here} of its own, which is empty: run it from another directory.");
        }

        if (keep.FirstOrDefault(path => !Directory.Exists(path)) is { } missing)
        {
            return (null, $"--keep {missing}: there is no such directory.");
        }

        var user = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        string[] wanted = [folder.FullPath, here, user, AppContext.BaseDirectory, .. keep];
        List<string> kept = [.. wanted.Where(path => path.Length > 0).Select(RealPath).Where(path => fresh.Exists(one => path != one && IsAtOrUnder(path, one))).Distinct()];
        return (new LockPlan
        {
            Proxy = connection.Proxy.ToString(),
            Home = RealPath(home.Root),
            Fresh = fresh,
            Kept = kept,
            Sockets = [.. BoundSockets().Where(path => path != folder.Socket && (IsSeen(path, kept) || !IsSeen(path, fresh)) && File.Exists(path)).Distinct()],
            WatchesLeaks = watchesLeaks,
        }, "");
    }

    /// <summary>The paths of all Unix sockets that somebody listens at (proc(5), /proc/net/unix: the eighth column). Abstract ones end with the network namespace.</summary>
    private static IEnumerable<string> BoundSockets() => File.ReadLines("/proc/net/unix")
        .Select(static line => line.Split(' ', 8, StringSplitOptions.RemoveEmptyEntries))
        .Where(static columns => columns.Length == 8 && columns[7].StartsWith('/'))
        .Select(static columns => columns[7]);

    private static bool IsSeen(string path, List<string> directories) => directories.Exists(one => IsAtOrUnder(path, one));

    private static bool IsAtOrUnder(string path, string directory) =>
        path == directory || (path.StartsWith(directory, StringComparison.Ordinal) && (directory.EndsWith('/') || path[directory.Length] == '/'));

    private static string RealPath(string path)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        return Directory.ResolveLinkTarget(full, returnFinalTarget: true)?.FullName ?? full;
    }
}
