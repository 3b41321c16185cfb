using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using SecretsFirewall.Cli;
using SecretsFirewall.EndToEnd.Tests.Drivers;

namespace SecretsFirewall.EndToEnd.Tests.Cli;

/// <summary>
/// <c>sfw exec --lock</c> and <c>sfw doctor --leaks</c>. Where the system forbids namespaces, there is nothing to lock with: then each of these tests
/// asserts that the command was not run and that the reason is said.
/// </summary>
public sealed class LockTests(LockTests.RunningHome running) : IClassFixture<LockTests.RunningHome>
{
    private const int NotLocked = 125;

    private static readonly Lazy<Task<bool>> NamespacesAreAllowed = new(async () =>
        (await ClientProcess.RunAsync("unshare", ["--user", "--map-current-user", "--net", "--mount", "--pid", "--fork", "--mount-proc", "true"], new Dictionary<string, string>())).ExitCode == 0);

    [Fact]
    public async Task Lock_ConnectionPastTheProxy_HasNoRoute()
    {
        using var listener = new TcpListener(IPAddress.Any, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        var addresses = NetworkInterface.GetAllNetworkInterfaces().SelectMany(static one => one.GetIPProperties().UnicastAddresses)
            .Select(static one => one.Address).Where(static one => one.AddressFamily is AddressFamily.InterNetwork);
        var targets = addresses.Select(address => $"http://{address}:{port}/");
        var sfw = running.Sfw;

        var result = await sfw.RunAsync(["exec", "--lock", "--", "sh", "-c", $"for url in {string.Join(' ', targets)}; do curl --noproxy '*' -sS -m 5 $url; echo $?; done"]);

        if (await IsLockedAsync(result))
        {
            Assert.All(result.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries), static code => Assert.Equal("7", code));
            Assert.False(listener.Pending());
        }
    }

    [Fact]
    public async Task Lock_RequestThroughTheProxy_ReachesTheFirewall()
    {
        var sfw = running.Sfw;

        // Refused by the firewall itself, with its own code: nothing else could have answered.
        var result = await sfw.RunAsync(["exec", "--lock", "--", "curl", "-sS", "-m", "20", "https://10.0.0.1/"]);

        if (await IsLockedAsync(result))
        {
            Assert.Contains("\"code\"", result.Text, StringComparison.Ordinal);
            Assert.Contains("1 exchanges", result.ErrorText, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Lock_HomeAndOtherProcesses_AreNotSeen()
    {
        var sfw = running.Sfw;

        var result = await sfw.RunAsync(
            ["exec", "--lock", "--keep", Path.GetDirectoryName(sfw.Home.Root)!, "--", "sh", "-c", $"ls -A '{sfw.Home.Root}' | wc -l; ls -d /proc/[0-9]* | wc -l; test -r \"$SSL_CERT_FILE\" && echo trusts"]);

        if (await IsLockedAsync(result))
        {
            var lines = result.Text.Split('\n');
            Assert.Equal("0", lines[0].Trim());
            Assert.InRange(int.Parse(lines[1], System.Globalization.CultureInfo.InvariantCulture), 1, 6); // ours inside, and the command's own
            Assert.Equal("trusts", lines[2]);
        }
    }

    [Fact]
    public async Task Lock_SocketOfAnotherProgram_LeadsNowhere()
    {
        var folder = Directory.CreateTempSubdirectory("sfw-sock-");
        var path = Path.Combine(folder.FullName, "engine.sock");
        using var engine = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        engine.Bind(new UnixDomainSocketEndPoint(path));
        engine.Listen();
        var sfw = running.Sfw;

        // Hidden with its directory, and hidden where the directory is kept.
        var hidden = await sfw.RunAsync(["exec", "--lock", "--", "curl", "-sS", "-m", "5", "--unix-socket", path, "http://localhost/"]);
        var kept = await sfw.RunAsync(["exec", "--lock", "--keep", folder.FullName, "--", "curl", "-sS", "-m", "5", "--unix-socket", path, "http://localhost/"]);

        if (await IsLockedAsync(hidden) && await IsLockedAsync(kept))
        {
            Assert.Equal(7, hidden.ExitCode);
            Assert.Equal(7, kept.ExitCode);
        }

        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Lock_Capabilities_AreNone()
    {
        var sfw = running.Sfw;

        var result = await sfw.RunAsync(["exec", "--lock", "--", "sh", "-c", "grep -E '^(CapPrm|CapEff|CapBnd|CapAmb|NoNewPrivs)' /proc/self/status; umount /tmp && echo uncovered"]);

        if (await IsLockedAsync(result))
        {
            Assert.Equal(4, result.Text.Split('\n').Count(static line => line.EndsWith("\t0000000000000000", StringComparison.Ordinal)));
            Assert.Contains("NoNewPrivs:\t1", result.Text, StringComparison.Ordinal);
            Assert.DoesNotContain("uncovered", result.Text, StringComparison.Ordinal);
        }
    }

    /// <summary>
    /// What is typed into the shared terminal runs in the user's shell once the command has ended. Without the filter this call says that a file is no terminal (25); with it
    /// the call is not permitted (1), whatever the file is. 97: no such family of addresses. 38: no such call.
    /// </summary>
    [Fact]
    public async Task Lock_CallsThatLeadOutOfNamespaces_AreRefused()
    {
        var sfw = running.Sfw;
        const string Script = """
            import ctypes
            libc = ctypes.CDLL(None, use_errno=True)
            def fails(result):
                print(ctypes.get_errno() if result < 0 else 'done')
            null = libc.open(b'/dev/null', 2)
            fails(libc.ioctl(null, ctypes.c_ulong(0x5412), b'x'))
            fails(libc.ioctl(null, ctypes.c_ulong(0x100005412), b'x'))
            fails(libc.ioctl(null, ctypes.c_ulong(0x541C), b'x'))
            fails(libc.ioctl(null, ctypes.c_ulong(0x5413), b' ' * 8))
            fails(libc.socket(40, 1, 0))
            fails(libc.syscall(425, 1, 0))
            """;

        var result = await sfw.RunAsync(["exec", "--lock", "-q", "--", "python3", "-c", Script]);

        if (await IsLockedAsync(result))
        {
            Assert.Equal(["1", "1", "1", "25", "97", "38"], result.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        }
    }

    [Fact]
    public async Task Lock_Command_HasItsStreamsItsDirectoryAndItsExitCode()
    {
        var sfw = running.Sfw;

        var result = await sfw.RunAsync(Encoding.UTF8.GetBytes("typed"), "exec", "--lock", "-q", "--", "sh", "-c", "cat; exit 7");

        if (await IsLockedAsync(result))
        {
            Assert.Equal("typed", result.Text);
            Assert.Equal("", result.ErrorText);
            Assert.Equal(7, result.ExitCode);
        }
    }

    [Fact]
    public async Task Lock_WhereNamespacesAreForbidden_Is125AndSaysWhatToDo()
    {
        var sfw = running.Sfw;
        string[] line = ["dotnet", typeof(Firewall).Assembly.Location, "exec", "--lock", "--", "echo", "ran"];
        if (await NamespacesAreAllowed.Value)
        {
            // A namespace in which no further one may be made: what a hardened system looks like from inside.
            line = ["unshare", "--user", "--map-root-user", "sh", "-c", "echo 0 > /proc/sys/user/max_user_namespaces; exec \"$@\"", "sh", .. line];
        }

        var result = await ClientProcess.RunAsync(line[0], line[1..], sfw.Variables, folder: sfw.Folder);

        Assert.Equal(NotLocked, result.ExitCode);
        Assert.Equal("", result.Text);
        Assert.Contains("does not let this user make namespaces", result.ErrorText, StringComparison.Ordinal);
        Assert.Contains("docs/lock-the-network.md", result.ErrorText, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Leaks_CommandThatConnectsDirectly_IsReportedWithWhatItTried()
    {
        var sfw = running.Sfw;

        var result = await sfw.RunAsync(["doctor", "--leaks", "--json", "--", "curl", "--noproxy", "*", "-sS", "-m", "5", "https://198.51.100.7/"]);

        if (await IsLockedAsync(result))
        {
            using var report = JsonDocument.Parse(result.Text);
            var leak = Assert.Single(report.RootElement.GetProperty("leaks").EnumerateArray());
            Assert.Equal(("tcp", "198.51.100.7", 443), (leak.GetProperty("protocol").GetString(), leak.GetProperty("address").GetString(), leak.GetProperty("port").GetInt32()));
            Assert.Equal(1, result.ExitCode);
        }
    }

    [Fact]
    public async Task Leaks_CommandThatUsesTheProxy_ReportsNone()
    {
        var sfw = running.Sfw;

        var result = await sfw.RunAsync(["doctor", "--leaks", "--", "curl", "-sS", "-m", "20", "-o", "/dev/null", "https://198.51.100.7/"]);

        if (await IsLockedAsync(result))
        {
            Assert.Equal("", result.Text);
            Assert.Contains("It tried nothing past the proxy.", result.ErrorText, StringComparison.Ordinal);
            Assert.Equal(0, result.ExitCode);
        }
    }

    /// <summary>One firewall for all: each command then is one process, not three.</summary>
    public sealed class RunningHome : IAsyncLifetime
    {
        internal SfwHome Sfw { get; } = new();

        public Task InitializeAsync() => Sfw.StartAsync();

        public Task DisposeAsync() => Sfw.DisposeAsync().AsTask();
    }

    private static async Task<bool> IsLockedAsync(ClientResult result)
    {
        if (await NamespacesAreAllowed.Value)
        {
            return true;
        }

        Assert.Equal(NotLocked, result.ExitCode);
        Assert.Equal("", result.Text);
        return false;
    }
}
