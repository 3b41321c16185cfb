using System.Diagnostics;
using System.Text;
using SecretsFirewall.Cli.Control;
using SecretsFirewall.Cli.Environments;

namespace SecretsFirewall.Cli.Exec;

/// <summary>Finds the firewall that runs on a home, or starts a private one in the background, which ends with its last session.</summary>
internal static class FirewallStarter
{
    // Cold start on a loaded machine takes two or three seconds.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(30);

    /// <summary>Null if there is none and none starts; <c>Problem</c> then says why.</summary>
    public static async Task<(ControlClient? Client, string Problem)> FindOrStartAsync(FirewallHome home, TimeProvider time, CancellationToken cancellationToken)
    {
        if (await ControlAccess.FindRunningAsync(home, cancellationToken) is { } running)
        {
            return (running, "");
        }

        var said = new StringBuilder();
        using var process = Start(home, said);
        var deadline = time.GetUtcNow() + Patience;
        while (time.GetUtcNow() < deadline)
        {
            if (await ControlAccess.FindRunningAsync(home, cancellationToken) is { } started)
            {
                return (started, "");
            }

            // Two that start at once: the one that did not get the lock waits for the other.
            if (process.HasExited && process.ExitCode != ExitCodes.HomeInUse)
            {
                process.WaitForExit();
                return (null, said.Length > 0 ? said.ToString().TrimEnd() : $"The firewall ended at once with exit code {process.ExitCode}.");
            }

            await Task.Delay(Pause, time, cancellationToken);
        }

        return (null, $"The firewall did not answer within {Patience.TotalSeconds} s. See its log in {home.LogDirectory}.");
    }

    /// <summary>
    /// Apart from our terminal, as far as the system can: its own session where <c>setsid</c> exists, and none of our streams, since
    /// whoever reads our output would otherwise wait for a firewall that may outlive us.
    /// </summary>
    private static Process Start(FirewallHome home, StringBuilder said)
    {
        string[] arguments = ["run", "--attached", "--home", home.Root, "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"];
        var command = SelfCommand.With(arguments);
        if (ExecutablePath.Find("setsid") is { } setsid)
        {
            command = [setsid, .. command];
        }

        var start = new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var process = Process.Start(start)!;
        process.StandardInput.Close();
        process.OutputDataReceived += static (_, _) => { };
        process.ErrorDataReceived += (_, line) => said.AppendLine(line.Data?.Replace("sfw: ", "", StringComparison.Ordinal));
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }
}
