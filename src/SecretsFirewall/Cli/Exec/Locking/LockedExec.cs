using System.Globalization;
using System.Net.Sockets;
using SecretsFirewall.Cli.Environments;

namespace SecretsFirewall.Cli.Exec.Locking;

/// <summary>
/// Runs a command in namespaces of its own (namespaces(7)), made by util-linux' <c>unshare</c>, for which no rights are needed where the system
/// allows user namespaces:
/// <list type="bullet">
/// <item>network: a loopback interface and nothing else; the proxy is the only way out;</item>
/// <item>mount: the home, and the places of other programs' sockets, are not seen;</item>
/// <item>process: neither this process nor the firewall, nor anybody else's, is seen.</item>
/// </list>
/// What these do not hold is forbidden by <see cref="CallFilter"/>.
/// </summary>
internal static class LockedExec
{
    private static readonly string[] Namespaces =
        ["--user", "--map-current-user", "--keep-caps", "--net", "--mount", "--ipc", "--pid", "--fork", "--kill-child", "--mount-proc"];

    /// <param name="keep">Directories that are seen although they lie where everything is hidden.</param>
    /// <returns>How the command ended, and what it tried past the proxy, where that was watched.</returns>
    public static async Task<(ChildResult Result, IReadOnlyList<Leak> Leaks)> RunAsync(
        FirewallHome home, AgentConnection connection, IReadOnlyList<string> command, IReadOnlyList<string> keep, bool watchesLeaks)
    {
        if (Missing(watchesLeaks) is { } missing)
        {
            return (new ChildResult(ExitCodes.ExecFailed, missing), []);
        }

        using var folder = LockFolder.Create();
        var inside = folder.Copy(connection);
        var (plan, problem) = LockPlanner.Plan(home, folder, inside, keep, watchesLeaks);
        if (plan is null)
        {
            return (new ChildResult(ExitCodes.ExecFailed, problem), []);
        }

        plan.Write(folder.FullPath);
        await using var relay = ProxyRelay.Start(new UnixDomainSocketEndPoint(folder.Socket), connection.Proxy);
        string[] line = [ExecutablePath.Find("unshare")!, .. Namespaces, "--", .. SelfCommand.With("locked", folder.FullPath, "--"), .. command];
        var result = await ChildProcess.RunAsync(line, AgentEnvironment.For(inside), FirstInside);
        return File.Exists(folder.ReadyFile)
            ? (result, folder.ReadLeaks())
            : (new ChildResult(ExitCodes.ExecFailed, Forbidden), []);
    }

    private static string Forbidden =>
        "The command was not run: this system does not let this user make namespaces, which --lock needs (what was tried is said above). "
        + "Allow them (sysctl user.max_user_namespaces; on Ubuntu kernel.apparmor_restrict_unprivileged_userns=0; in a container, its security profile), "
        + "or lock the network from outside: docs/lock-the-network.md has recipes.";

    private static string? Missing(bool watchesLeaks) =>
        !OperatingSystem.IsLinux() ? "--lock rests on Linux namespaces. On other systems, run the agent in a container: docs/lock-the-network.md has recipes."
        : ExecutablePath.Find("unshare") is null || ExecutablePath.Find("setpriv") is null ? "--lock needs the programs unshare and setpriv: install util-linux."
        : watchesLeaks && ExecutablePath.Find("ip") is null ? "--leaks needs the program ip: install iproute2."
        : null;

    /// <summary>
    /// <c>unshare</c> waits and takes no signals: they go to its child, the first process inside. (The fourth column of <c>/proc/N/stat</c> is the
    /// parent; the second may hold blanks.)
    /// </summary>
    private static int FirstInside(int unshare)
    {
        foreach (var process in Directory.EnumerateDirectories("/proc").Where(static path => char.IsAsciiDigit(Path.GetFileName(path)[0])))
        {
            try
            {
                var stat = File.ReadAllText(Path.Combine(process, "stat"));
                var columns = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
                if (columns[1] == unshare.ToString(CultureInfo.InvariantCulture))
                {
                    return int.Parse(Path.GetFileName(process), CultureInfo.InvariantCulture);
                }
            }
            catch (IOException)
            {
                // It has just ended.
            }
        }

        return unshare;
    }
}
