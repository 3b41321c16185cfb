using System.ComponentModel;
using System.Diagnostics;
using SecretsFirewall.Cli.Environments;

namespace SecretsFirewall.Cli.Doctor;

/// <summary>Runs one probe as an agent would run it, and keeps what it wrote.</summary>
internal static class ProbeRun
{
    // A virtual machine that compiles its program on a loaded computer.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>What it wrote to standard output; empty if it could not be run or did not end in time.</summary>
    public static async Task<string> RunAsync(
        IReadOnlyList<string> command, IReadOnlyList<EnvironmentVariable> environment, string directory, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = directory,
        };
        AgentEnvironment.Apply(start.Environment, environment);
        start.Environment["GIT_TERMINAL_PROMPT"] = "0";
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Patience);
        try
        {
            using var process = Process.Start(start)!;
            process.StandardInput.Close();
            try
            {
                var output = process.StandardOutput.ReadToEndAsync(limit.Token);
                await Task.WhenAll(output, process.StandardError.ReadToEndAsync(limit.Token), process.WaitForExitAsync(limit.Token));
                return await output;
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                process.Kill(entireProcessTree: true);
                return "";
            }
        }
        catch (Win32Exception)
        {
            return "";
        }
    }
}
