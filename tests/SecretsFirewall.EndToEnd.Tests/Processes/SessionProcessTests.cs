using System.Net;
using System.Text.Json;
using SecretsFirewall.EndToEnd.Tests.Harness;
using SecretsFirewall.EndToEnd.Tests.Upstreams;

namespace SecretsFirewall.EndToEnd.Tests.Processes;

/// <summary>Sessions as an operator sees them, and limits as an operator sets them.</summary>
public sealed class SessionProcessTests : IAsyncLifetime
{
    private readonly TestAuthority _authority = new();
    private RecordingUpstream _upstream = null!;
    private FirewallProcess _process = null!;

    public async Task InitializeAsync()
    {
        _upstream = await RecordingUpstream.StartAsync(_authority);
        _process = await FirewallProcess.StartAsync(
            _authority, _upstream, new ProcessLimits { Variables = new Dictionary<string, string> { ["SFW_LIMITS__SESSION__REQUESTS"] = "2", ["SFW_RISK__ALERT"] = "0" } });
    }

    public async Task DisposeAsync()
    {
        await _process.DisposeAsync();
        await _upstream.DisposeAsync();
        _authority.Dispose();
    }

    [Fact]
    public async Task Sessions_Listed_ShowWhatWasDoneAndEndWhenTheyAreTold()
    {
        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.Forbidden], [await GetAsync("s1"), await GetAsync("s2"), await GetAsync("s1")]);

        var listed = (await _process.CommandAsync(["sessions", "--json"])).Succeeded();
        using (var document = JsonDocument.Parse(listed.Text))
        {
            var all = document.RootElement.GetProperty("sessions").EnumerateArray().ToDictionary(one => one.GetProperty("id").GetString()!, one => one.GetProperty("requests").GetInt32());
            Assert.Equal([("local", 2), ("local/s1", 1), ("local/s2", 1)], all.Select(one => (one.Key, one.Value)).Order());
        }

        Assert.Contains("local/s1\t", (await _process.CommandAsync(["sessions", "list"])).Text, StringComparison.Ordinal);
        Assert.Contains($"host      {Hosts.Tool}", (await _process.CommandAsync(["sessions", "show", "local/s1"])).Text, StringComparison.Ordinal);
        Assert.Equal(1, (await _process.CommandAsync(["sessions", "show", "local/s3"])).ExitCode);
        (await _process.CommandAsync(["sessions", "end", "local/s1"])).Succeeded();
        Assert.Equal(HttpStatusCode.Forbidden, await GetAsync("s1")); // a new session, and the agent's limit all the same
        (await _process.CommandAsync(["sessions", "end", "local"])).Succeeded();
        Assert.Equal(HttpStatusCode.OK, await GetAsync("s1"));
    }

    [Fact]
    public async Task SpentLimit_StaysSpentOverARestartAndAKill()
    {
        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.OK], [await GetAsync("s1"), await GetAsync("s1")]);

        await _process.InterruptAsync();
        await _process.RunAsync();
        Assert.Equal(HttpStatusCode.Forbidden, await GetAsync("s1"));
        Assert.Equal(HttpStatusCode.Forbidden, await GetAsync("s2"));

        await _process.KillAsync();
        await _process.RunAsync();
        Assert.Equal(HttpStatusCode.Forbidden, await GetAsync("s1"));
        (await _process.CommandAsync(["sessions", "end", "local"])).Succeeded();
        Assert.Equal(HttpStatusCode.OK, await GetAsync("s1"));
    }

    private async Task<HttpStatusCode> GetAsync(string session)
    {
        using var client = _process.CreateHttpClient(HttpVersion.Version20);
        client.DefaultRequestHeaders.Add("X-SFW-Session", session);
        using var response = await client.GetAsync($"https://{Hosts.Tool}/thing");
        return response.StatusCode;
    }
}
