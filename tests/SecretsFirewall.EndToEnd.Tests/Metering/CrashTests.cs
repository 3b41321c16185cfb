using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using SecretsFirewall.EndToEnd.Tests.Drivers;
using SecretsFirewall.EndToEnd.Tests.Harness;
using SecretsFirewall.EndToEnd.Tests.Upstreams;

namespace SecretsFirewall.EndToEnd.Tests.Metering;

/// <summary>The process as a user has it, killed between reservation and settlement, and the commands beside it.</summary>
public sealed class CrashTests : IAsyncLifetime
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
    public async Task Kill9_BetweenReservationAndSettlement_LosesNothing_SpendsNothingTwice_AndNoReservationStays()
    {
        (await CommandAsync("budget", "set", "two", "--window", "month", "--hard", "--requests", "2")).Succeeded();
        _upstream.Reset(Answer.Json("""{"model":"m","content":[],"usage":{"input_tokens":11,"output_tokens":7}}"""));
        Assert.Equal(HttpStatusCode.OK, await CallAsync());
        _upstream.Reset(async exchange =>
        {
            await exchange.ReadBodyAsync();
            await Task.Delay(Timeout.InfiniteTimeSpan, exchange.PeerGone);
        });
        var underWay = CallAsync();
        await _upstream.NextAsync();

        await _process.KillAsync();
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => underWay);
        await _process.RunAsync();

        // What was settled is there once; what was under way is there once, as estimated; nothing is reserved any more.
        var total = await TotalAsync();
        Assert.Equal((2, 1), ((int?)total["calls"], (int?)total["estimated"]));
        Assert.Equal(7 + 16, (int?)total["output"]);
        var account = JsonNode.Parse((await CommandAsync("budget", "show", "--json")).Succeeded().Text)!["budgets"]![0]!["accounts"]![0]!;
        Assert.Equal((2, 0, 100), ((int?)account["requests"], (int?)account["reserved_requests"], (int?)account["percent"]));
        Assert.Equal(HttpStatusCode.BadRequest, await CallAsync());
        await _process.KillAsync();
        await _process.RunAsync();
        Assert.Equal(2, (int?)(await TotalAsync())["calls"]);

        (await CommandAsync("budget", "reset", "two")).Succeeded();
        _upstream.Reset(Answer.Json(Prompts.MessagesAnswer));
        Assert.Equal(HttpStatusCode.OK, await CallAsync());
    }

    [Fact]
    public async Task Commands_WorkWithAndWithoutARunningFirewall()
    {
        _upstream.Reset(Answer.Json("""{"model":"gpt-4o-mini","content":[],"usage":{"input_tokens":1000000,"output_tokens":0}}"""));
        Assert.Equal(HttpStatusCode.OK, await CallAsync());

        var running = (await CommandAsync("usage", "--by", "model", "--format", "csv")).Succeeded().Text;
        (await CommandAsync("budget", "set", "b", "--window", "day", "--money", "1.50", "--warn-at", "80")).Succeeded();
        await _process.InterruptAsync();
        var idle = (await CommandAsync("usage", "--by", "model", "--format", "csv")).Succeeded().Text;
        var budgets = (await CommandAsync("budget", "show")).Succeeded().Text;
        (await CommandAsync("budget", "remove", "b")).Succeeded();
        var refused = await CommandAsync("budget", "reset", "b");
        await _process.RunAsync();

        Assert.Equal("model,calls,input,output,cache_read,cache_write,reasoning,estimated,suspect,unpriced,cost,currency\ngpt-4o-mini,1,1000000,0,0,0,0,0,0,0,0.15,USD\n", running.Replace("\r", "", StringComparison.Ordinal));
        Assert.Equal(running, idle);
        Assert.Contains("0.15 of 1.50 USD", budgets, StringComparison.Ordinal);
        Assert.Contains("10 %", budgets, StringComparison.Ordinal);
        Assert.NotEqual(0, refused.ExitCode);
        Assert.Contains("No budget b was set", refused.ErrorText, StringComparison.Ordinal);
    }

    private async Task<JsonNode> TotalAsync() => JsonNode.Parse((await CommandAsync("usage", "--format", "json")).Succeeded().Text)!["total"]!;

    private Task<ClientResult> CommandAsync(params string[] arguments) => _process.CommandAsync(arguments);

    private async Task<HttpStatusCode> CallAsync()
    {
        using var client = _process.CreateHttpClient(HttpVersion.Version11);
        using var body = new StringContent(Prompts.Messages("Hi"), Encoding.UTF8, "application/json");
        using var response = await client.PostAsync($"https://{Hosts.Anthropic}{Prompts.MessagesPath}", body);
        return response.StatusCode;
    }
}
