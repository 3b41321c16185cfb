using System.Net;
using SecretsFirewall.Audit;
using SecretsFirewall.EndToEnd.Tests.Drivers;
using SecretsFirewall.EndToEnd.Tests.Harness;
using SecretsFirewall.EndToEnd.Tests.Upstreams;

namespace SecretsFirewall.EndToEnd.Tests.Processes;

/// <summary>More connections than the process may open files for: some are served, the others hear of it, and nothing is left of it afterwards.</summary>
public sealed class FileLimitTests : IAsyncLifetime
{
    private const int Files = 512;

    private const int Clients = 500;

    /// <summary>What pools may still hold: the upstream's connection, the log's and the audit's next file.</summary>
    private const int PooledHandles = 12;

    private readonly TestAuthority _authority = new();
    private RecordingUpstream _upstream = null!;
    private FirewallProcess _process = null!;

    public async Task InitializeAsync()
    {
        _upstream = await RecordingUpstream.StartAsync(_authority);
        _process = await FirewallProcess.StartAsync(_authority, _upstream, new ProcessLimits(Files: Files, IsWatched: true));
    }

    public async Task DisposeAsync()
    {
        await _process.DisposeAsync();
        await _upstream.DisposeAsync();
        _authority.Dispose();
    }

    [Fact]
    public async Task Tunnels_MoreThanTheFilesAllow_AreAnsweredAndTheProcessRecovers()
    {
        await ServeAsync();
        var before = _process.Handles;

        var tunnels = await Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => OpenAsync()));
        var opened = tunnels.Where(tunnel => tunnel.Status == 200).ToList();
        var underLoad = (Handles: _process.Handles, Status: await _process.CommandAsync(["status"]));
        var served = await Task.WhenAll(opened.Select(tunnel => ServeAsync(tunnel.Client)));
        foreach (var (client, _) in tunnels)
        {
            await client.DisposeAsync();
        }

        Assert.NotEmpty(opened);
        Assert.Contains(tunnels, tunnel => tunnel.Status == 503);
        Assert.All(tunnels, tunnel => Assert.Contains(tunnel.Status, new[] { 200, 503 }));
        Assert.All(served, status => Assert.Equal(200, status));
        Assert.InRange(underLoad.Handles, before, Files - 1);
        Assert.Contains("connections were refused", underLoad.Status.Succeeded().Text + underLoad.Status.ErrorText, StringComparison.Ordinal);
        await UntilAsync(() => _process.Handles <= before + PooledHandles, () => $"{_process.Handles - before} handles were not closed.");
        await ServeAsync();
        var refused = AuditReader.Read(_process.AuditFolder).Select(entry => entry.Record).Where(record => record.Code == "overloaded").ToList();
        Assert.Equal(tunnels.Count(tunnel => tunnel.Status == 503), refused.Count);
        Assert.All(refused, record => Assert.Contains("limits.connections", record.Detail, StringComparison.Ordinal));
    }

    /// <summary>A tunnel that stays open if it was granted.</summary>
    private async Task<(RawClient Client, int Status)> OpenAsync()
    {
        var client = await RawClient.DialAsync(_process.Proxy);
        return (client, (await client.ConnectAsync($"{Hosts.Tool}:443")).Status);
    }

    private async Task<int> ServeAsync(RawClient client)
    {
        await client.StartTlsAsync(Hosts.Tool, await File.ReadAllTextAsync(_process.CaFile));
        return (await client.RequestAsync("GET", "/thing", Hosts.Tool)).Status;
    }

    private async Task ServeAsync()
    {
        using var client = _process.CreateHttpClient(HttpVersion.Version20);
        Assert.Equal("ok", await client.GetStringAsync($"https://{Hosts.Tool}/thing"));
    }

    /// <summary>The last of it is given back a little after the clients are gone.</summary>
    private static async Task UntilAsync(Func<bool> isSo, Func<string> otherwise)
    {
        using var patience = new CancellationTokenSource(Patience.Long);
        while (!isSo())
        {
            Assert.False(patience.IsCancellationRequested, otherwise());
            await Task.Yield();
        }
    }
}
