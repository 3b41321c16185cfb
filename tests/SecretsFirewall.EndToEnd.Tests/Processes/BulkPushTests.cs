using SecretsFirewall.EndToEnd.Tests.Drivers;
using SecretsFirewall.EndToEnd.Tests.Harness;
using SecretsFirewall.EndToEnd.Tests.Upstreams;

namespace SecretsFirewall.EndToEnd.Tests.Processes;

/// <summary>A large push streams through a <c>sfw run</c> of its own.</summary>
public sealed class BulkPushTests : IAsyncLifetime
{
    private const long AllowedGrowth = 128L * 1024 * 1024;
    private const int Mebi = 1024 * 1024;

    private readonly TestAuthority _authority = new();
    private readonly GitBackend _backend = new();
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("sfw-e2e-push-");
    private readonly Random _random = new(3);
    private RecordingUpstream _upstream = null!;
    private FirewallProcess _process = null!;

    public async Task InitializeAsync()
    {
        _upstream = await RecordingUpstream.StartAsync(_authority);
        _process = await FirewallProcess.StartAsync(_authority, _upstream, new ProcessLimits(IsWatched: true));
    }

    public async Task DisposeAsync()
    {
        await _process.DisposeAsync();
        await _upstream.DisposeAsync();
        _authority.Dispose();
        _backend.Dispose();
        _folder.Delete(recursive: true);
    }

    [ClientFact(Client.Git)]
    public async Task GitPush_Of200Megabytes_ArrivesWholeInLittleMemory()
    {
        await _backend.CreateEmptyAsync("empty.git");
        _upstream.Reset(_backend.Script());
        (await GitAsync("init", "-q", "-b", "main", ".")).Succeeded();
        await WriteNoiseAsync("small", 64 * 1024);
        await CommitAsync();
        (await PushAsync()).Succeeded();
        await WriteNoiseAsync("one", 100 * Mebi);
        for (var i = 0; i < 100; i++)
        {
            await WriteNoiseAsync($"file{i}", Mebi + (i % 2)); // on both sides of what is inspected whole
        }

        await CommitAsync();
        var memory = await _process.WatchMemoryAsync();

        (await PushAsync()).Succeeded();

        Assert.InRange(_upstream.Requests[^1].BodyLength, 200L * Mebi, 202L * Mebi);
        Assert.Equal((await GitAsync("rev-parse", "HEAD")).Text, await _backend.AskAsync("empty.git", "rev-parse", "main"));
        Assert.InRange(await memory.GrowthAsync(), long.MinValue, AllowedGrowth);
    }

    private async Task WriteNoiseAsync(string name, int length)
    {
        var noise = new byte[length];
        _random.NextBytes(noise);
        await File.WriteAllBytesAsync(Path.Combine(_folder.FullName, name), noise);
    }

    private async Task CommitAsync()
    {
        (await GitAsync("add", ".")).Succeeded();
        (await GitAsync("commit", "-q", "-m", "A change")).Succeeded();
    }

    // A tool that is no git host in the default policy.
    private Task<ClientResult> PushAsync() => GitAsync("push", "-q", $"https://{Hosts.Tool}/empty.git", "main");

    private Task<ClientResult> GitAsync(params string[] arguments) => ClientProcess.RunAsync(
        ClientPrograms.Executable(Client.Git),
        ["-c", "user.name=Test", "-c", "user.email=test@example.com", "-c", "core.compression=0", .. arguments],
        new Dictionary<string, string>
        {
            ["GIT_TERMINAL_PROMPT"] = "0",
            ["HTTPS_PROXY"] = $"http://{_process.Proxy}",
            ["GIT_SSL_CAINFO"] = _process.CaFile,
        },
        folder: _folder.FullName);
}
