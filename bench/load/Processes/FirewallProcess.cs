using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace SecretsFirewall.Load.Processes;

/// <summary>The product itself: the built <c>sfw</c> executable, started as an operator starts it, on a home of its own.</summary>
internal sealed class FirewallProcess : IDisposable
{
    private readonly Process _process;

    private FirewallProcess(Process process, FirewallHomeFiles home, long startedAt)
    {
        _process = process;
        Home = home;
        StartedAt = startedAt;
    }

    public int Id => _process.Id;

    public FirewallHomeFiles Home { get; }

    /// <summary>Stopwatch ticks just before the process was made.</summary>
    public long StartedAt { get; }

    public static FirewallProcess Start(string executable, FirewallHomeFiles home)
    {
        var start = new ProcessStartInfo(executable, ["run", "--home", home.Root])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var startedAt = Stopwatch.GetTimestamp();
        var process = Process.Start(start)!;
        process.OutputDataReceived += static (_, _) => { };
        process.ErrorDataReceived += static (_, line) =>
        {
            if (line.Data is not null)
            {
                Console.Error.WriteLine($"  sfw: {line.Data}");
            }
        };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return new FirewallProcess(process, home, startedAt);
    }

    /// <summary>Runs one command to its end; its output is shown only if it fails.</summary>
    public static async Task RunCommandAsync(string executable, params IReadOnlyList<string> arguments)
    {
        var start = new ProcessStartInfo(executable, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"sfw {string.Join(' ', arguments)} ended with {process.ExitCode}: {await output}{await error}");
        }
    }

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            _process.WaitForExit();
        }

        _process.Dispose();
    }
}
