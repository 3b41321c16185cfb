using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using SecretsFirewall.Cli.Configuration;

namespace SecretsFirewall.Cli.Bench.Processes;

/// <summary>The product itself: an <c>sfw</c> executable, started as an operator starts it, on a home of its own.</summary>
internal sealed class FirewallProcess : IDisposable
{
    private readonly Process _process;

    private FirewallProcess(Process process, BenchHome home, long startedAt)
    {
        _process = process;
        Home = home;
        StartedAt = startedAt;
    }

    public int Id => _process.Id;

    public BenchHome Home { get; }

    /// <summary>Stopwatch ticks just before the process was made.</summary>
    public long StartedAt { get; }

    /// <param name="command">The executable and what stands before its own arguments.</param>
    public static FirewallProcess Start(IReadOnlyList<string> command, BenchHome home)
    {
        var start = StartOf(command, home, "run");
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
    public static async Task RunCommandAsync(IReadOnlyList<string> command, BenchHome home, params IReadOnlyList<string> arguments)
    {
        var start = StartOf(command, home, arguments);
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"sfw {string.Join(' ', arguments)} ended with {process.ExitCode}: {await output}{await error}");
        }
    }

    // Without the variables that configure the operator's own firewall: they would win over this home's configuration.
    private static ProcessStartInfo StartOf(IReadOnlyList<string> command, BenchHome home, params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(command[0], [.. command.Skip(1), .. arguments, "--home", home.Files.Root])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var name in start.Environment.Keys.Where(static name => name.StartsWith(ConfigurationLoader.VariablePrefix, StringComparison.Ordinal)).ToList())
        {
            start.Environment.Remove(name);
        }

        foreach (var (name, value) in home.Variables)
        {
            start.Environment[name] = value;
        }

        return start;
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
