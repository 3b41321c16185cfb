using System.Net;
using System.Text.Json;
using SecretsFirewall.Audit;
using SecretsFirewall.EndToEnd.Tests.Drivers;
using SecretsFirewall.EndToEnd.Tests.Harness;
using SecretsFirewall.EndToEnd.Tests.Upstreams;

namespace SecretsFirewall.EndToEnd.Tests.Processes;

/// <summary>The kill switch as an operator has it: commands, a signal and a file, beside a process that is restarted.</summary>
public sealed class KillProcessTests : IAsyncLifetime
{
    private readonly TestAuthority _authority = new();
    private RecordingUpstream _upstream = null!;
    private FirewallProcess _process = null!;

    public async Task InitializeAsync()
    {
        _upstream = await RecordingUpstream.StartAsync(_authority);
        _process = await FirewallProcess.StartAsync(_authority, _upstream);
    }

    public async Task DisposeAsync()
    {
        await _process.DisposeAsync();
        await _upstream.DisposeAsync();
        _authority.Dispose();
    }

    [Fact]
    public async Task Kill_ByCommand_HoldsOverARestartUntilItIsLifted()
    {
        Assert.Equal(HttpStatusCode.OK, await GetAsync());
        (await _process.CommandAsync(["kill", "system", "--reason", "strange traffic"])).Succeeded();
        Assert.Equal(HttpStatusCode.Forbidden, await GetAsync());
        await _process.KillAsync();
        await _process.RunAsync();

        Assert.Equal(HttpStatusCode.Forbidden, await GetAsync());
        var listed = (await _process.CommandAsync(["kill", "list", "--json"])).Succeeded();
        using (var document = JsonDocument.Parse(listed.Text))
        {
            var kill = Assert.Single(document.RootElement.GetProperty("kills").EnumerateArray());
            Assert.Equal(("system", "strange traffic"), (kill.GetProperty("scope").GetString(), kill.GetProperty("reason").GetString()));
        }

        Assert.Contains("sfw unkill system", (await _process.CommandAsync(["status"])).ErrorText, StringComparison.Ordinal);
        (await _process.CommandAsync(["unkill", "system"])).Succeeded();
        Assert.Equal(HttpStatusCode.OK, await GetAsync());
        Assert.Equal(2, _upstream.Requests.Count);

        // When it was done, again after the restart, and when it ended.
        var types = AuditReader.Read(_process.AuditFolder).Select(entry => entry.Record.Type).Where(type => type is AuditTypes.Killed or AuditTypes.Unkilled);
        Assert.Equal([AuditTypes.Killed, AuditTypes.Killed, AuditTypes.Unkilled], types);
    }

    [Fact]
    public async Task Kill_ByCommandWhileNothingRuns_HoldsFromTheStartAndIsAudited()
    {
        await _process.InterruptAsync();
        (await _process.CommandAsync(["kill", "host", Hosts.Tool, "--reason", "odd answers"])).Succeeded();
        await _process.RunAsync();

        Assert.Equal(HttpStatusCode.Forbidden, await GetAsync());
        await _process.InterruptAsync();
        (await _process.CommandAsync(["unkill", "host", Hosts.Tool.ToUpperInvariant()])).Succeeded();
        await _process.RunAsync();
        Assert.Equal(HttpStatusCode.OK, await GetAsync());

        var records = AuditReader.Read(_process.AuditFolder).Select(entry => entry.Record).Where(record => record.Type is AuditTypes.Killed or AuditTypes.Unkilled).ToList();
        Assert.Equal([AuditTypes.Killed, AuditTypes.Killed, AuditTypes.Unkilled], records.Select(record => record.Type));
        Assert.Contains("odd answers", records[0].Detail, StringComparison.Ordinal);
        Assert.True(AuditReader.Verify(_process.AuditFolder).IsWhole);
    }

    [Fact]
    public async Task Kill_BySignal_CutsWhatIsOpenAndTheProcessGoesOn()
    {
        _upstream.Reset(async exchange =>
        {
            exchange.Header("Content-Type", "text/event-stream");
            await exchange.SendAsync("data: one\n\n"u8.ToArray());
            await Task.Delay(Timeout.InfiniteTimeSpan, exchange.PeerGone);
        });
        using var client = _process.CreateHttpClient(HttpVersion.Version11);
        using var response = await client.GetAsync($"https://{Hosts.Tool}/stream", HttpCompletionOption.ResponseHeadersRead);
        await using var stream = await response.Content.ReadAsStreamAsync();
        await stream.ReadExactlyAsync(new byte[11]);

        await _process.SignalAsync("USR1");

        await Assert.ThrowsAnyAsync<Exception>(async () => await stream.ReadExactlyAsync(new byte[1]).AsTask().WaitAsync(Patience.Long));
        Assert.Equal(HttpStatusCode.Forbidden, await GetAsync());
        Assert.Contains("SIGUSR1", (await _process.CommandAsync(["kill", "list"])).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Kill_ByFile_HoldsWhenItGoesAndUntilItIsLifted()
    {
        var file = Path.Combine(_process.HomeFolder, "KILL");
        await File.WriteAllTextAsync(file, "");
        using (var patience = new CancellationTokenSource(Patience.Long))
        {
            while (await GetAsync() is HttpStatusCode.OK)
            {
                patience.Token.ThrowIfCancellationRequested(); // it is looked for four times a second
            }
        }

        var early = await _process.CommandAsync(["unkill", "system"]);
        Assert.Equal(1, early.ExitCode);
        Assert.Contains("remove it first", early.ErrorText, StringComparison.Ordinal);
        File.Delete(file);
        Assert.Equal(HttpStatusCode.Forbidden, await GetAsync());
        (await _process.CommandAsync(["unkill", "system"])).Succeeded();
        Assert.Equal(HttpStatusCode.OK, await GetAsync());
    }

    [Fact]
    public async Task Gate_UnlockedByCommand_IsListedOverARestartUntilItIsLocked()
    {
        (await _process.CommandAsync(["gate", "unlock", "local", "mail.example.com", "--for", "2h", "--reason", "release notes"])).Succeeded();
        (await _process.CommandAsync(["gate", "unlock", "local", "--tool", "send_mail", "--until", "2026-01-01T00:00Z", "--reason", "too late"])).ExpectedFailure("The gate opens for a time");
        (await _process.CommandAsync(["gate", "unlock", "nobody", "mail.example.com", "--for", "2h", "--reason", "release notes"])).ExpectedFailure("There is no such agent");
        (await _process.CommandAsync(["gate", "unlock", "local", "mail.example.com", "--reason", "no end"])).ExpectedFailure("--for", 2);
        await _process.KillAsync();
        await _process.RunAsync();

        var listed = (await _process.CommandAsync(["gate", "list"])).Succeeded();
        Assert.Contains("local\thttps://mail.example.com\t", listed.Text, StringComparison.Ordinal);
        (await _process.CommandAsync(["gate", "lock", "local", "https://mail.example.com"])).Succeeded();
        Assert.Equal("", (await _process.CommandAsync(["gate", "list"])).Text);
        var types = AuditReader.Read(_process.AuditFolder).Select(entry => entry.Record.Type).Where(type => type is AuditTypes.GateUnlocked or AuditTypes.GateLocked);
        Assert.Equal([AuditTypes.GateUnlocked, AuditTypes.GateLocked], types);
    }

    private async Task<HttpStatusCode> GetAsync()
    {
        using var client = _process.CreateHttpClient(HttpVersion.Version20);
        using var response = await client.GetAsync($"https://{Hosts.Tool}/thing");
        return response.StatusCode;
    }
}

internal static class ClientResultChecks
{
    public static void ExpectedFailure(this ClientResult result, string sentence, int exitCode = 1)
    {
        Assert.Equal(exitCode, result.ExitCode);
        Assert.Contains(sentence, result.ErrorText, StringComparison.Ordinal);
    }
}
