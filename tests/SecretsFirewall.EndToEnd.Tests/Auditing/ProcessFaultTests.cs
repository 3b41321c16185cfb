using System.Net;
using SecretsFirewall.EndToEnd.Tests.Drivers;
using SecretsFirewall.EndToEnd.Tests.Harness;
using SecretsFirewall.EndToEnd.Tests.Upstreams;

namespace SecretsFirewall.EndToEnd.Tests.Auditing;

/// <summary>The disk and the memory of a real process.</summary>
public sealed class ProcessFaultTests : IAsyncLifetime
{
    private const int RoomBytes = 20_000;

    private readonly TestAuthority _authority = new();
    private RecordingUpstream _upstream = null!;
    private FirewallProcess _process = null!;

    public async Task InitializeAsync()
    {
        _upstream = await RecordingUpstream.StartAsync(_authority);
        _process = await FirewallProcess.StartAsync(_authority, _upstream, new ProcessLimits { IsOrdinary = true });
    }

    public async Task DisposeAsync()
    {
        await _process.DisposeAsync();
        await _upstream.DisposeAsync();
        _authority.Dispose();
    }

    [Fact]
    public async Task DiskFull_NothingIsForwardedWithTheReason_AndItRecoversWhenThereIsRoom()
    {
        using var client = _process.CreateHttpClient(HttpVersion.Version11);
        Assert.Equal(HttpStatusCode.OK, (await GetAsync(client)).Status);
        var log = Directory.GetFiles(_process.AuditFolder, "*.ndjson").Single();
        await LimitFilesAsync($"{new FileInfo(log).Length + RoomBytes}");

        (HttpStatusCode Status, string Body) answer;
        do
        {
            answer = await GetAsync(client);
        }
        while (answer.Status == HttpStatusCode.OK);

        Assert.True(answer.Status == HttpStatusCode.ServiceUnavailable, answer.Body);
        Assert.Contains("The audit log cannot be written", answer.Body, StringComparison.Ordinal);
        var received = _upstream.Requests.Count;
        await GetAsync(client);
        Assert.Equal(received, _upstream.Requests.Count);

        await LimitFilesAsync("unlimited");
        Assert.Equal(HttpStatusCode.OK, (await GetAsync(client)).Status);
        Assert.Contains("\"result\":\"verified\"", (await _process.CommandAsync(["audit", "verify", "--json"])).Succeeded().Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Process_MakesNoCoreDumpsAndCannotBeLookedInto()
    {
        var limits = await File.ReadAllLinesAsync($"/proc/{_process.Id}/limits");

        Assert.Equal(["0", "0"], limits.Single(static line => line.StartsWith("Max core file size", StringComparison.Ordinal))["Max core file size".Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[..2]);

        // The same user, with the same rights, reads the environment of this process's other children, and not of what is not dumpable (ptrace(2)).
        await using var child = ClientProcess.Start("sh", ["-c", "exec \"$@\"", "sh", .. FirewallProcess.WithoutCapabilities, "sleep", "60"], new Dictionary<string, string>());
        await LookedIntoAsync(child.Id);
        Assert.NotEqual(0, await LookIntoAsync(_process.Id));
    }

    /// <summary>Nobody looks into a process that has more rights: the child has them until <c>setpriv</c> has given them up.</summary>
    private static async Task LookedIntoAsync(int process)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (await LookIntoAsync(process) != 0)
        {
            await Task.Delay(50, patience.Token);
        }
    }

    private static async Task<int> LookIntoAsync(int process)
    {
        IReadOnlyList<string> command = [.. FirewallProcess.WithoutCapabilities, "cat", $"/proc/{process}/environ"];
        return (await ClientProcess.RunAsync(command[0], command.Skip(1), new Dictionary<string, string>())).ExitCode;
    }

    private async Task LimitFilesAsync(string bytes) =>
        (await ClientProcess.RunAsync("prlimit", ["--pid", $"{_process.Id}", $"--fsize={bytes}:unlimited"], new Dictionary<string, string>())).Succeeded();

    private static async Task<(HttpStatusCode Status, string Body)> GetAsync(HttpClient client)
    {
        using var response = await client.GetAsync(new Uri($"https://{Hosts.Tool}/thing"));
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }
}
