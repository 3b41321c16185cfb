using System.Diagnostics;
using System.Globalization;
using System.Net;
using SecretsFirewall.Cli.Bench;
using SecretsFirewall.Cli.Bench.Processes;
using SecretsFirewall.Cli.Bench.Runs;

namespace SecretsFirewall.Load.Processes;

/// <summary>A proxy of somebody else, started by its script in <c>bench/peers</c> on a folder of its own, which goes with it.</summary>
internal sealed class PeerProcess : IPeer
{
    /// <summary>What a user could take instead.</summary>
    public static readonly IReadOnlyList<string> Names = ["mitmproxy", Squid];

    // Knows the upstream's address by a hosts file, which has no ports.
    private const string Squid = "squid";

    private static readonly string Scripts = Path.Combine("bench", "peers");

    private readonly Process _process;
    private readonly DirectoryInfo _folder;

    private PeerProcess(Process process, DirectoryInfo folder, Subject subject, string version)
    {
        _process = process;
        _folder = folder;
        Subject = subject;
        Version = version;
        StartedAt = Stopwatch.GetTimestamp();
    }

    public Subject Subject { get; }

    public string Version { get; }

    public long StartedAt { get; }

    /// <summary>The script becomes the proxy, so that its process is the one to count; that of its helpers counts with it.</summary>
    public static async Task<IPeer> StartAsync(BenchOptions options, string name, Listening upstream)
    {
        var script = Path.Combine(Scripts, name);
        var version = await VersionAsync(script);
        var folder = Directory.CreateTempSubdirectory("sfw-peer-");
        var names = options.NewNames().Prepend(options.Hosts.Model).Prepend(options.Hosts.Tool);
        await File.WriteAllLinesAsync(Path.Combine(folder.FullName, "hosts"), names.Select(static name => $"127.0.0.1 {name}"));
        var port = FirewallProcess.FreePort();
        var start = new ProcessStartInfo(
            script, ["start", folder.FullName, port.ToString(CultureInfo.InvariantCulture), upstream.EndPoint, upstream.CaFile])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var process = Process.Start(start)!;
        process.OutputDataReceived += static (_, _) => { };
        process.ErrorDataReceived += (_, line) => Say(name, line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        var proxy = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}");
        var subject = new Subject(name, proxy, process.Id, [Path.Combine(folder.FullName, "ca.pem")])
        {
            Port = name == Squid ? IPEndPoint.Parse(upstream.EndPoint).Port : 443,
        };
        return new PeerProcess(process, folder, subject, version);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            _process.WaitForExit();
        }

        _process.Dispose();
        _folder.Delete(recursive: true);
    }

    private static async Task<string> VersionAsync(string script)
    {
        using var process = Process.Start(new ProcessStartInfo(script, ["version"]) { RedirectStandardOutput = true })!;
        var version = (await process.StandardOutput.ReadToEndAsync()).Trim();
        await process.WaitForExitAsync();
        return version.Length > 0 ? version : throw new InvalidOperationException($"{script} does not run: bench/peers/install installs it.");
    }

    private static void Say(string name, string? line)
    {
        if (line is not null)
        {
            Console.Error.WriteLine($"  {name}: {line}");
        }
    }
}
