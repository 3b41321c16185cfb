using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using SecretsFirewall.EndToEnd.Tests.Harness;
using SecretsFirewall.EndToEnd.Tests.Upstreams;

namespace SecretsFirewall.EndToEnd.Tests.Processes;

/// <summary>
/// A few connections of many streams to an upstream that takes one request for each connection: the last file goes to it, and who comes then is told that
/// it is us and not the upstream.
/// </summary>
public sealed class UpstreamFileLimitTests : IAsyncLifetime
{
    private const int Files = 512;

    /// <summary>Each with the streams that a connection may have.</summary>
    private const int Clients = 4;

    private const int Streams = 100;

    private readonly TestAuthority _authority = new();
    private RecordingUpstream _upstream = null!;
    private FirewallProcess _process = null!;

    public async Task InitializeAsync()
    {
        _upstream = await RecordingUpstream.StartAsync(_authority, HttpProtocols.Http1);
        _process = await FirewallProcess.StartAsync(_authority, _upstream, new ProcessLimits(Files: Files));
    }

    public async Task DisposeAsync()
    {
        await _process.DisposeAsync();
        await _upstream.DisposeAsync();
        _authority.Dispose();
    }

    [Fact]
    public async Task Streams_MoreThanThereAreFilesFor_Are503AndTheOthersAndTheNextAreServed()
    {
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _upstream.Script = async exchange =>
        {
            await release.Task;
            await Answer.Ok(exchange);
        };
        var clients = Enumerable.Range(0, Clients).Select(_ => _process.CreateHttpClient(HttpVersion.Version20)).ToList();
        var exchanges = clients.SelectMany(client => Enumerable.Range(0, Streams).Select(_ => GetAsync(client))).ToList();

        var refused = await (await Task.WhenAny(exchanges)).WaitAsync(Patience.Long); // the others wait for the upstream
        release.SetResult();
        var all = await Task.WhenAll(exchanges);

        Assert.Equal((HttpStatusCode.ServiceUnavailable, true), (refused.Status, refused.IsToBeRetried));
        Assert.Contains("\"overloaded\"", refused.Text, StringComparison.Ordinal);
        Assert.Contains("may not open more connections", refused.Text, StringComparison.Ordinal);
        Assert.All(all, answer => Assert.Contains(answer.Status, new[] { HttpStatusCode.OK, HttpStatusCode.ServiceUnavailable }));
        Assert.Contains(all, answer => answer.Status is HttpStatusCode.OK);
        clients.ForEach(client => client.Dispose());
        using var next = _process.CreateHttpClient(HttpVersion.Version20);
        Assert.Equal(HttpStatusCode.OK, (await GetAsync(next)).Status);
    }

    private static async Task<(HttpStatusCode Status, bool IsToBeRetried, string Text)> GetAsync(HttpClient client)
    {
        using var response = await client.GetAsync($"https://{Hosts.Tool}/thing");
        return (response.StatusCode, response.Headers.RetryAfter is not null, await response.Content.ReadAsStringAsync());
    }
}
