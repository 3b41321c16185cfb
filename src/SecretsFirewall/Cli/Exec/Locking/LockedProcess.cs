using System.Net;
using System.Net.Sockets;
using SecretsFirewall.Cli.Environments;
using SecretsFirewall.Cli.Terminal;

namespace SecretsFirewall.Cli.Exec.Locking;

/// <summary>
/// The first process inside: it puts everything in place, begins the command without any of its own capabilities, and carries connections out for
/// as long as the command runs. When it ends, the kernel ends everything inside.
/// </summary>
internal static class LockedProcess
{
    // Nothing that the command starts may gain what this process has.
    private static readonly string[] WithoutCapabilities = ["--no-new-privs", "--bounding-set=-all", "--inh-caps=-all", "--ambient-caps=-all", "--"];

    public static async Task<int> RunAsync(string path, IReadOnlyList<string> command, Output output)
    {
        var folder = LockFolder.Open(path);
        var plan = LockPlan.Read(path);
        var setpriv = ExecutablePath.Find("setpriv")!;
        try
        {
            LinuxCalls.BringLoopbackUp();
            PrivateView.Apply(plan);
            CallFilter.Apply();
        }
        catch (IOException e)
        {
            return output.Fail(e.Message, ExitCodes.ExecFailed);
        }

        using var watch = plan.WatchesLeaks ? await LeakWatch.StartAsync() : null;
        await using var relay = ProxyRelay.Start(IPEndPoint.Parse(plan.Proxy), new UnixDomainSocketEndPoint(folder.Socket));
        PrivateFile.Write(folder.ReadyFile, "");
        var result = await ChildProcess.RunAsync([setpriv, .. WithoutCapabilities, .. command], []);
        if (watch is not null)
        {
            folder.WriteLeaks(await watch.StopAsync());
        }

        return result.Problem is { } problem ? output.Fail(problem, result.ExitCode) : result.ExitCode;
    }
}
