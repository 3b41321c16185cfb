using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using SecretsFirewall.Cli;
using SecretsFirewall.EndToEnd.Tests.Drivers;
using SecretsFirewall.EndToEnd.Tests.Upstreams;

namespace SecretsFirewall.EndToEnd.Tests.Harness;

/// <summary>The product as a user has it: <c>sfw run</c> as its own process on a home of its own, configured by file, and <c>sfw</c> commands beside it.</summary>
internal sealed class FirewallProcess : IAsyncDisposable
{
    private static readonly Dictionary<string, string> NoVariables = [];

    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("sfw-e2e-");
    private readonly FirewallHome _home;
    private ClientProcess? _process;

    private readonly ProcessLimits _limits;

    private FirewallProcess(ProcessLimits? limits)
    {
        _limits = limits ?? new ProcessLimits();
        _home = new FirewallHome(Path.Combine(_root.FullName, "home"));
    }

    public IPEndPoint Proxy { get; } = new(IPAddress.Loopback, FreePort());

    public string HomeFolder => _home.Root;

    public string AuditFolder => _home.AuditDirectory;

    private static string Program => typeof(Firewall).Assembly.Location;

    /// <summary>A home whose configuration leads every test host to <paramref name="upstream"/>, and a process that runs on it.</summary>
    public static async Task<FirewallProcess> StartAsync(TestAuthority authority, RecordingUpstream upstream, ProcessLimits? limits = null)
    {
        var self = new FirewallProcess(limits);
        var authorityFile = Path.Combine(self._root.FullName, "upstream.pem");
        await File.WriteAllTextAsync(authorityFile, authority.Pem);
        Assert.Null(self._home.Prepare());
        PrivateFile.Write(self._home.ConfigFile, JsonSerializer.Serialize(new Dictionary<string, object>(self._limits.Configuration)
        {
            ["process"] = new { dumps = self._limits.IsWatched },
            ["listen"] = new { proxy = self.Proxy.ToString(), admin = $"127.0.0.1:{FreePort()}" },
            ["upstream"] = new
            {
                ca_files = new[] { authorityFile },
                hosts = Hosts.All.ToDictionary(host => $"{host}:443", _ => $"127.0.0.1:{upstream.TlsPort}"),
            },
        }));
        await self.RunAsync();
        return self;
    }

    /// <summary>Starts <c>sfw run</c>, also again after it has ended, and waits until it says where it listens.</summary>
    public async Task RunAsync()
    {
        string[] command = ["dotnet", Program, "run", "--home", _home.Root];
        _process = _limits.IsOrdinary
            ? ClientProcess.Start("sh", ["-c", "trap '' XFSZ && exec \"$@\"", "sh", .. WithoutCapabilities, .. command], _limits.Variables)
            : _limits.Files is { } files
            ? ClientProcess.Start("sh", ["-c", $"ulimit -n {files} && exec \"$@\"", "sh", .. command], _limits.Variables)
            : ClientProcess.Start(command[0], command[1..], _limits.Variables);
        while (await _process.ReadLineAsync() is { } line)
        {
            if (line.Contains(Proxy.ToString(), StringComparison.Ordinal))
            {
                return;
            }
        }

        var result = await _process.FinishAsync();
        throw new InvalidOperationException($"sfw run ended with {result.ExitCode}: {result.ErrorText}{result.Text}");
    }

    /// <summary>What stands before a command that is to have none of root's rights but its files.</summary>
    public static IReadOnlyList<string> WithoutCapabilities { get; } = Environment.UserName == "root" ? ["setpriv", "--bounding-set=-all", "--inh-caps=-all"] : [];

    /// <summary>Runs another command on the same home.</summary>
    public Task<ClientResult> CommandAsync(string[] arguments, string input = "") =>
        ClientProcess.RunAsync("dotnet", [Program, .. arguments, "--home", _home.Root], NoVariables, Encoding.UTF8.GetBytes(input));

    /// <summary>As Ctrl-C does; what it printed, up to the end.</summary>
    public async Task<ClientResult> InterruptAsync()
    {
        (await ClientProcess.RunAsync("kill", ["-INT", $"{_process!.Id}"], NoVariables)).Succeeded();
        return await _process.FinishAsync();
    }

    public async Task SignalAsync(string signal) => (await ClientProcess.RunAsync("kill", [$"-{signal}", $"{_process!.Id}"], NoVariables)).Succeeded();

    /// <summary>What it printed, once it has ended.</summary>
    public Task<ClientResult> EndedAsync() => _process!.FinishAsync();

    /// <summary>As the kernel does when memory runs out.</summary>
    public async Task KillAsync() => await _process!.DisposeAsync();

    public HttpClient CreateHttpClient(Version version) => HttpClients.Create(Proxy, credentials: null, File.ReadAllText(_home.CaCertificate), version);

    public int Id => _process!.Id;

    /// <summary>The certificate that clients must trust.</summary>
    public string CaFile => _home.CaCertificate;

    /// <summary>How many files and sockets it holds open.</summary>
    public int Handles => Directory.GetFileSystemEntries($"/proc/{_process!.Id}/fd").Length;

    /// <summary>Takes the resident set now, and its peak from now on.</summary>
    public async Task<MemoryWatch> WatchMemoryAsync()
    {
        await File.WriteAllTextAsync($"/proc/{_process!.Id}/clear_refs", "5"); // resets the peak (proc(5))
        return new MemoryWatch(this, await StatusAsync("VmRSS"));
    }

    public async ValueTask DisposeAsync()
    {
        await _process!.DisposeAsync();
        _root.Delete(recursive: true);
    }

    private async Task<long> StatusAsync(string field)
    {
        var lines = await File.ReadAllLinesAsync($"/proc/{_process!.Id}/status");
        var kilobytes = lines.First(line => line.StartsWith(field + ":", StringComparison.Ordinal))[(field.Length + 1)..].Trim().Split(' ')[0];
        return 1024 * long.Parse(kilobytes, CultureInfo.InvariantCulture);
    }

    private static int FreePort()
    {
        using var listener = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    internal sealed class MemoryWatch(FirewallProcess process, long before)
    {
        /// <summary>Bytes by which the resident set's peak exceeds where it began.</summary>
        public async Task<long> GrowthAsync() => await process.StatusAsync("VmHWM") - before;
    }
}
