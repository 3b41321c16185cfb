namespace SecretsFirewall.Cli.Exec.Locking;

/// <summary>
/// Makes the file system what a locked command may see. It runs in mount and user namespaces of its own; what it hides cannot be uncovered by
/// a process without this one's capabilities, nor from a further namespace (mount_namespaces(7), locked mounts).
/// </summary>
internal static class PrivateView
{
    public static void Apply(LockPlan plan)
    {
        var here = Environment.CurrentDirectory;

        // Held before anything covers them.
        var kept = plan.Kept.Select(path => (Path: path, Held: LinuxCalls.Hold(path))).ToList();
        foreach (var directory in plan.Fresh)
        {
            LinuxCalls.MountFresh(directory, "1777");
        }

        foreach (var (path, held) in kept)
        {
            Directory.CreateDirectory(path);
            LinuxCalls.MountBind($"/proc/self/fd/{held}", path);
        }

        foreach (var socket in plan.Sockets.Where(File.Exists))
        {
            LinuxCalls.MountBind("/dev/null", socket);
        }

        if (Directory.Exists(plan.Home))
        {
            LinuxCalls.MountFresh(plan.Home, "0700");
        }

        Directory.SetCurrentDirectory(here); // the same name, as it is seen now
    }
}
