using System.Net;
using System.Text;
using SecretsFirewall.Audit;
using SecretsFirewall.EndToEnd.Tests.Drivers;
using SecretsFirewall.EndToEnd.Tests.Harness;
using SecretsFirewall.EndToEnd.Tests.Upstreams;

namespace SecretsFirewall.EndToEnd.Tests.Processes;

/// <summary>A user's day: run, register, bind, send, stop, and the crash in between. Everything that the process wrote anywhere is searched.</summary>
public sealed class RunTests : IAsyncLifetime
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
    public async Task Run_SecretRegisteredAndBoundByCommand_IsMaskedBoundAndNowhereElse()
    {
        var canary = Canary.Make();
        var outputs = new List<ClientResult>
        {
            await _process.CommandAsync(["secrets", "add", canary.Name, "--value-stdin"], canary.Value),
            await _process.CommandAsync(["secrets", "bind", canary.Name, "--host", Hosts.Tool, "--header", "Authorization", "--format", "Bearer {}"]),
        };
        using (var client = _process.CreateHttpClient(HttpVersion.Version20))
        {
            Assert.Equal($"Bearer {canary.Reference}", await GetAsync(client, canary));
            using var prompt = new StringContent(Prompts.Chat(canary.Value), Encoding.UTF8, "application/json");
            using var answer = await client.PostAsync($"https://{Hosts.OpenAi}{Prompts.ChatPath}", prompt);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }

        outputs.Add(await _process.CommandAsync(["secrets", "list"]));
        outputs.Add(await _process.CommandAsync(["tail", "--json"]));
        outputs.Add(await _process.CommandAsync(["status"]));
        outputs.Add(await _process.InterruptAsync());

        Assert.All(outputs, output => output.Succeeded());
        Assert.Equal($"Bearer {canary.Value}", _upstream.Requests[0].Header("Authorization"));
        Assert.Equal(canary.Reference, Prompts.PromptOf(_upstream.Requests[1].Body));
        var check = new LeakCheck(canary);
        Assert.All(outputs, output => check.AssertClean("An output", [.. output.Output, .. output.Errors]));
        check.AssertCleanFolder(_process.HomeFolder);
    }

    [Fact]
    public async Task Interrupt_WithAStreamOpen_StopsWithinFiveSecondsAndEndsTheChain()
    {
        _upstream.Reset(async exchange =>
        {
            await exchange.ReadBodyAsync();
            exchange.Header("Content-Type", "text/event-stream");
            await exchange.SendAsync("data: one\n\n"u8.ToArray());
            await Task.Delay(Timeout.InfiniteTimeSpan, exchange.PeerGone);
        });
        using var client = _process.CreateHttpClient(HttpVersion.Version11);
        using var response = await client.GetAsync($"https://{Hosts.Tool}/stream", HttpCompletionOption.ResponseHeadersRead);
        var stream = await response.Content.ReadAsStreamAsync();
        Assert.True(await stream.ReadAsync(new byte[100]) > 0);

        var started = TimeProvider.System.GetTimestamp();
        var result = await _process.InterruptAsync();

        Assert.Equal(0, result.ExitCode);
        Assert.InRange(TimeProvider.System.GetElapsedTime(started), TimeSpan.Zero, TimeSpan.FromSeconds(8)); // 5 s, on busy cores
        Assert.True(AuditReader.Verify(_process.AuditFolder).IsWhole);
        Assert.Equal([AuditTypes.Stopped, AuditTypes.Checkpoint], AuditReader.ReadLast(_process.AuditFolder, 2).Select(static entry => entry.Record.Type));
    }

    [Fact]
    public async Task Kill_InTheMiddleOfExchanges_LosesNoIntentAndTheNextRunContinuesTheChain()
    {
        using var client = _process.CreateHttpClient(HttpVersion.Version20);
        using var enough = new Gate();
        _upstream.Reset(async exchange =>
        {
            enough.Open();
            await exchange.SendAsync("ok"u8.ToArray());
        });
        var requests = Enumerable.Range(0, 200).Select(i => client.GetAsync($"https://{Hosts.Tool}/{i}")).ToList();
        for (var i = 0; i < 50; i++)
        {
            await enough.PassAsync();
        }

        await _process.KillAsync();
        await Task.WhenAll(requests.Select(request => request.ContinueWith(static _ => { }, TaskScheduler.Default)));
        var seen = _upstream.Requests.Select(request => request.Target).ToHashSet();
        await _process.RunAsync();

        var intents = AuditReader.Read(_process.AuditFolder).Where(entry => entry.Record.Type == AuditTypes.Intent).Select(entry => entry.Record.Path);
        Assert.Subset(intents.ToHashSet()!, seen!);
        Assert.True(AuditReader.Verify(_process.AuditFolder).IsWhole);
        using var again = _process.CreateHttpClient(HttpVersion.Version20);
        Assert.Equal("ok", await again.GetStringAsync($"https://{Hosts.Tool}/again"));
    }

    [Fact]
    public async Task SecondRun_OnTheSameHome_IsRefusedAndTheFirstGoesOn()
    {
        var second = await _process.CommandAsync(["run"]);

        Assert.Equal(3, second.ExitCode);
        Assert.Contains(_process.HomeFolder, second.ErrorText, StringComparison.Ordinal);
        using var client = _process.CreateHttpClient(HttpVersion.Version20);
        Assert.Equal("ok", await client.GetStringAsync($"https://{Hosts.Tool}/thing"));
    }

    private async Task<string> GetAsync(HttpClient client, Canary canary)
    {
        _upstream.Reset(Answer.EchoHeader("Authorization"));
        using var request = new HttpRequestMessage(HttpMethod.Get, $"https://{Hosts.Tool}/user") { Version = HttpVersion.Version20 };
        request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {canary.Reference}");
        using var response = await client.SendAsync(request);
        return await response.Content.ReadAsStringAsync();
    }
}
