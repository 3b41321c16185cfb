using System.Globalization;
using System.Net;
using System.Text.Json;
using SecretsFirewall.Cli;
using SecretsFirewall.EndToEnd.Tests.Drivers;
using SecretsFirewall.EndToEnd.Tests.Upstreams;

namespace SecretsFirewall.EndToEnd.Tests.Harness;

/// <summary>The product as its own process: <c>sfw run</c> on a home of its own, configured by file.</summary>
internal sealed class FirewallProcess : IAsyncDisposable
{
    private readonly ClientProcess _process;
    private readonly DirectoryInfo _root;
    private readonly FirewallHome _home;

    private FirewallProcess(ClientProcess process, DirectoryInfo root, FirewallHome home, IPEndPoint proxy)
    {
        _process = process;
        _root = root;
        _home = home;
        Proxy = proxy;
    }

    public IPEndPoint Proxy { get; }

    public static async Task<FirewallProcess> StartAsync(TestAuthority authority, RecordingUpstream upstream)
    {
        var root = Directory.CreateTempSubdirectory("sfw-e2e-");
        var home = new FirewallHome(Path.Combine(root.FullName, "home"));
        var authorityFile = Path.Combine(root.FullName, "upstream.pem");
        await File.WriteAllTextAsync(authorityFile, authority.Pem);
        Assert.Null(home.Prepare());
        var proxy = new IPEndPoint(IPAddress.Loopback, FreePort());
        PrivateFile.Write(home.ConfigFile, JsonSerializer.Serialize(new Dictionary<string, object>
        {
            ["listen"] = new { proxy = proxy.ToString(), admin = $"127.0.0.1:{FreePort()}" },
            ["upstream"] = new
            {
                ca_files = new[] { authorityFile },
                hosts = Hosts.All.ToDictionary(host => $"{host}:443", _ => $"127.0.0.1:{upstream.TlsPort}"),
            },
        }));
        var process = ClientProcess.Start("dotnet", [typeof(Firewall).Assembly.Location, "run", "--home", home.Root], new Dictionary<string, string>());
        var self = new FirewallProcess(process, root, home, proxy);
        while (await process.ReadLineAsync() is { } line)
        {
            if (line.Contains(proxy.ToString(), StringComparison.Ordinal))
            {
                process.Drain();
                return self;
            }
        }

        var result = await process.FinishAsync();
        await self.DisposeAsync();
        throw new InvalidOperationException($"sfw run ended with {result.ExitCode}: {result.ErrorText}{result.Text}");
    }

    public HttpClient CreateHttpClient(Version version) => HttpClients.Create(Proxy, credentials: null, File.ReadAllText(_home.CaCertificate), version);

    /// <summary>Takes the resident set now, and its peak from now on.</summary>
    public async Task<MemoryWatch> WatchMemoryAsync()
    {
        // Resets the peak (proc(5), clear_refs).
        await File.WriteAllTextAsync($"/proc/{_process.Id}/clear_refs", "5");
        return new MemoryWatch(this, await StatusAsync("VmRSS"));
    }

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        _root.Delete(recursive: true);
    }

    private async Task<long> StatusAsync(string field)
    {
        var lines = await File.ReadAllLinesAsync($"/proc/{_process.Id}/status");
        var value = lines.First(line => line.StartsWith(field + ":", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2];
        return 1024 * long.Parse(value.Split('\t')[^1], CultureInfo.InvariantCulture);
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
