using System.Globalization;
using System.Text;
using SecretsFirewall.EndToEnd.Tests.Drivers;
using SecretsFirewall.EndToEnd.Tests.Harness;
using SecretsFirewall.EndToEnd.Tests.Upstreams;

namespace SecretsFirewall.EndToEnd.Tests.Processes;

/// <summary>512 MB and more bodies than fit: some are served, the others are told to come again, and the process lives.</summary>
public sealed class MemoryLimitTests : IAsyncLifetime
{
    private const long HeapBytes = 512L * 1024 * 1024;

    private const int BodyBytes = 24 * 1024 * 1024;

    private const int Clients = 20;

    private readonly TestAuthority _authority = new();
    private readonly Canary _canary = Canary.Make();
    private RecordingUpstream _upstream = null!;
    private FirewallProcess _process = null!;

    public async Task InitializeAsync()
    {
        _upstream = await RecordingUpstream.StartAsync(_authority);
        _process = await FirewallProcess.StartAsync(_authority, _upstream, new ProcessLimits(HeapBytes: HeapBytes, IsWatched: true));
        (await _process.CommandAsync(["secrets", "add", _canary.Name, "--value-stdin"], _canary.Value)).Succeeded();
    }

    public async Task DisposeAsync()
    {
        await _process.DisposeAsync();
        await _upstream.DisposeAsync();
        _authority.Dispose();
    }

    [Theory]
    [InlineData(null)]
    [InlineData("gzip")]
    public async Task Prompts_MoreThanFitIntoMemory_AreServedOrToldToComeAgain(string? coding)
    {
        _upstream.Reset(async exchange =>
        {
            await exchange.ReadBodyAsync();
            await Answer.Json(Prompts.ChatAnswer)(exchange);
        });
        var prompt = Encoding.ASCII.GetBytes(Prompts.Chat($"{_canary.Value} {Filler()}"));
        var body = coding is null ? prompt : Answer.Encode(coding, prompt);
        var handles = _process.Handles;

        var responses = await Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => PostAsync(body, coding)));

        Assert.All(responses, response => Assert.Contains(response.Status, new[] { 200, 503 }));
        Assert.Contains(responses, response => response.Status == 200);
        Assert.Contains(responses, response => response.Status == 503);
        Assert.All(responses.Where(response => response.Status == 503), response =>
        {
            Assert.Contains("overloaded", response.Text, StringComparison.Ordinal);
            Assert.True(int.Parse(response.Header("Retry-After")!, CultureInfo.InvariantCulture) > 0);
        });
        Assert.All(_upstream.Requests, request => new LeakCheck(_canary).AssertClean("A body", request.Body));
        Assert.Equal(200, (await PostAsync(body, coding)).Status);
        Assert.InRange(_process.Handles, 0, handles + Clients);
    }

    /// <summary>Words, as prompts are made of; a gzip of them stays below the ratio of a bomb.</summary>
    private static string Filler()
    {
        var random = new Random(512);
        var text = new StringBuilder(BodyBytes + 16);
        while (text.Length < BodyBytes)
        {
            text.Append("word").Append(random.Next(1000)).Append(' ');
        }

        return text.ToString();
    }

    private async Task<RawResponse> PostAsync(byte[] body, string? coding)
    {
        await using var client = await RawClient.TunnelAsync(_process.Proxy, await File.ReadAllTextAsync(_process.CaFile), Hosts.OpenAi);
        var field = coding is null ? "" : $"Content-Encoding: {coding}\r\n";
        await client.SendAsync($"POST {Prompts.ChatPath} HTTP/1.1\r\nHost: {Hosts.OpenAi}\r\nContent-Type: application/json\r\n{field}Content-Length: {body.Length}\r\n\r\n");
        var sending = SendAsync(client, body);
        var response = await client.ReadResponseAsync("POST");
        await sending;
        return response;
    }

    private static async Task SendAsync(RawClient client, byte[] body)
    {
        try
        {
            await client.SendAsync(body);
        }
        catch (IOException)
        {
            // Refused before all of it was sent.
        }
    }
}
