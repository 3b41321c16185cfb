using System.Globalization;
using System.Net;
using SecretsFirewall.EndToEnd.Tests.Harness;
using SecretsFirewall.EndToEnd.Tests.Upstreams;

namespace SecretsFirewall.EndToEnd.Tests.Processes;

/// <summary>Large bodies stream: the process that carries them stays small. Measured on a <c>sfw run</c> of its own.</summary>
public sealed class BulkTests : IAsyncLifetime
{
    /// <summary>64 MiB; 1 GiB in the long form.</summary>
    private static readonly long Size =
        1024L * 1024 * int.Parse(Environment.GetEnvironmentVariable("SFW_TEST_BULK_MIB") ?? "64", CultureInfo.InvariantCulture);

    private const long AllowedGrowth = 64L * 1024 * 1024;

    private readonly TestAuthority _authority = new();
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
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Download_Large_ArrivesWholeInLittleMemory(string version)
    {
        _upstream.Reset(async exchange =>
        {
            exchange.Header("Content-Type", "application/octet-stream").Header("Content-Length", Size.ToString(CultureInfo.InvariantCulture));
            for (var sent = 0L; sent < Size; sent += Block.Length)
            {
                await exchange.SendAsync(Block);
            }
        });
        using var client = _process.CreateHttpClient(Version.Parse(version));
        await WarmUpAsync(client);
        var memory = await _process.WatchMemoryAsync();

        using var response = await client.GetAsync($"https://{Hosts.Tool}/big", HttpCompletionOption.ResponseHeadersRead);
        var stream = await response.Content.ReadAsStreamAsync();
        var buffer = new byte[256 * 1024];
        var received = 0L;
        for (int count; (count = await stream.ReadAsync(buffer)) > 0;)
        {
            received += count;
        }

        Assert.Equal(Size, received);
        Assert.InRange(await memory.GrowthAsync(), long.MinValue, AllowedGrowth);
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Upload_Large_ArrivesWholeInLittleMemory(string version)
    {
        _upstream.Reset();
        using var client = _process.CreateHttpClient(Version.Parse(version));
        await WarmUpAsync(client);
        var memory = await _process.WatchMemoryAsync();
        using var content = new RepeatedContent(Block, Size / Block.Length);

        using var response = await client.PutAsync($"https://{Hosts.Tool}/big", content);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(Size, _upstream.Requests[^1].BodyLength);
        Assert.InRange(await memory.GrowthAsync(), long.MinValue, AllowedGrowth);
    }

    /// <summary>Compiled code and grown pools are no growth of this transfer.</summary>
    private async Task WarmUpAsync(HttpClient client)
    {
        var script = _upstream.Script;
        _upstream.Script = Answer.Ok;
        using var content = new RepeatedContent(Block, 16);
        using var response = await client.PutAsync($"https://{Hosts.Tool}/warm", content);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        _upstream.Script = script;
    }

    /// <summary>A mebibyte that compresses badly and holds nothing.</summary>
    private static byte[] Block { get; } = MakeBlock();

    private static byte[] MakeBlock()
    {
        var block = new byte[1024 * 1024];
        new Random(7).NextBytes(block);
        return block;
    }
}
