using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using SecretsFirewall.EndToEnd.Tests.Harness;
using SecretsFirewall.EndToEnd.Tests.Upstreams;
using SecretsFirewall.Model;
using Xunit.Abstractions;

namespace SecretsFirewall.EndToEnd.Tests.Metering;

/// <summary>What models answer is counted, whatever its shape and however it ends.</summary>
public sealed class UsageTests(FirewallFixture firewall, ITestOutputHelper log) : FirewallTests(firewall), IClassFixture<FirewallFixture>
{
    private static readonly int Calls =
        int.TryParse(Environment.GetEnvironmentVariable("SFW_METERED_CALLS"), NumberStyles.None, CultureInfo.InvariantCulture, out var calls) ? calls : 2_000;

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    public async Task CodedAnswer_IsCountedAsItDecodes_AndStandsInTheAuditWithItsCost(string coding)
    {
        Upstream.Reset(Answer.Coded(coding, "application/json", """{"model":"gpt-4o-mini-2024-07-18","choices":[],"usage":{"prompt_tokens":1000,"completion_tokens":100,"prompt_tokens_details":{"cached_tokens":600}}}"""u8.ToArray()));
        Firewall.MarkAudit();

        await PostAsync(Hosts.OpenAi, Prompts.ChatPath, Prompts.Chat("Hi"), coding);

        var record = await Firewall.AuditAsync(one => one is { Type: "outcome", Usage: not null });
        Assert.Equal(("openai", "gpt-4o-mini-2024-07-18", new TokenUsage(400, 100, 600), false, false),
            (record.Usage!.Provider, record.Usage.Model, record.Usage.Tokens, record.Usage.IsEstimated, record.Usage.IsSuspect));
        Assert.Equal(("0.000165", "USD"), (record.Cost!.Amount, record.Cost.Currency)); // 400 × 0.15 + 600 × 0.075 + 100 × 0.6 a million
        Assert.True(Firewall.VerifyAudit().IsWhole);
    }

    [Fact]
    public async Task ModelWithoutAPrice_IsUnpriced_NotFree()
    {
        Upstream.Reset(Answer.Json(Prompts.ChatAnswer));
        Firewall.MarkAudit();

        await PostAsync(Hosts.OpenAi, Prompts.ChatPath, Prompts.Chat("Hi"));

        Assert.Null((await Firewall.AuditAsync(one => one is { Type: "outcome", Usage: not null })).Cost!.Amount);
    }

    [Theory]
    [InlineData("/v1/messages/count_tokens")]
    [InlineData("/api/event_logging/v2/batch")]
    public async Task WhatNoModelAnswers_IsNotCounted(string path)
    {
        Upstream.Reset(Answer.Json("""{"input_tokens":500,"usage":{"input_tokens":7}}"""));
        Firewall.MarkAudit();

        await PostAsync(Hosts.Anthropic, path, """{"messages":[]}""");

        Assert.Null((await Firewall.AuditAsync(one => one.Type == "outcome")).Usage);
    }

    [Theory]
    [InlineData(429)]
    [InlineData(500)]
    public async Task AnswerThatTheProviderRefused_IsNotCounted(int status)
    {
        Upstream.Reset(async exchange =>
        {
            await exchange.ReadBodyAsync();
            exchange.Status(status).Header("Content-Type", "application/json");
            await exchange.SendAsync("""{"error":{},"usage":{"prompt_tokens":7}}"""u8.ToArray());
        });
        Firewall.MarkAudit();

        await PostAsync(Hosts.OpenAi, Prompts.ChatPath, Prompts.Chat("Hi"));

        Assert.Null((await Firewall.AuditAsync(one => one.Type == "outcome")).Usage);
    }

    [Fact]
    public async Task ClientThatHangsUpBeforeTheAnswer_IsCountedByItsEstimate()
    {
        Upstream.Reset(async exchange =>
        {
            await exchange.ReadBodyAsync();
            await Task.Delay(Timeout.InfiniteTimeSpan, exchange.PeerGone);
        });
        Firewall.MarkAudit();
        var body = Prompts.Messages("Hi");
        await using (var client = await Firewall.TunnelAsync(Hosts.Anthropic))
        {
            await client.SendAsync($"POST {Prompts.MessagesPath} HTTP/1.1\r\nHost: {Hosts.Anthropic}\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}");
            await Upstream.NextAsync();
            client.Reset();
        }

        var usage = (await Firewall.AuditAsync(one => one is { Type: "outcome", Usage: not null })).Usage!;
        Assert.Equal((new TokenUsage((body.Length + 3) / 4, 16), true), (usage.Tokens, usage.IsEstimated));
    }

    [Fact]
    public async Task SecretAsAModelsName_IsMaskedInAuditAndBuckets()
    {
        var canary = Firewall.Register();
        Upstream.Reset(Answer.Json($$$"""{"model":"{{{canary.Value}}}","choices":[],"usage":{"prompt_tokens":7,"completion_tokens":1}}"""));
        Firewall.MarkAudit();

        await PostAsync(Hosts.OpenAi, Prompts.ChatPath, $$"""{"model":"{{canary.Value}}","messages":[]}""");

        Assert.Equal(canary.Reference, (await Firewall.AuditAsync(one => one is { Type: "outcome", Usage: not null })).Usage!.Model);
        Assert.True(Firewall.Meter.Usage(DateTimeOffset.MinValue, DateTimeOffset.MaxValue) is { Count: > 0 }); // written
        new LeakCheck([canary]).AssertCleanFolder(Firewall.HomeFolder);
    }

    [Fact]
    public async Task ManyCalls_OfEveryShape_ATenthBrokenOff_BucketsAreTheirSumsExactly()
    {
        var before = Sums();
        var calls = Enumerable.Range(0, Calls).Select(KnownCall.Of).ToArray();
        Upstream.Reset(async exchange =>
        {
            await exchange.ReadBodyAsync();
            var call = calls[int.Parse(exchange.Request.Header("X-Call")!, CultureInfo.InvariantCulture)];
            exchange.Header("Content-Type", call.ContentType);
            await exchange.SendAsync(call.Answer);
            if (call.BreaksOff)
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, exchange.PeerGone);
            }
        });
        Firewall.MarkAudit();
        var watch = Stopwatch.StartNew();
        using var client = Firewall.CreateHttpClient(HttpVersion.Version20);
        await Parallel.ForAsync(0, Calls, new ParallelOptions { MaxDegreeOfParallelism = 24 }, async (i, cancellation) => await CallAsync(client, calls[i], i));
        log.WriteLine($"{Calls} calls in {watch.Elapsed.TotalSeconds:0.0} s");

        var ended = 0;
        await Firewall.AuditAsync(one => one is { Type: "outcome", Usage: not null } && ++ended == Calls);

        var expected = calls.GroupBy(call => call.Model).ToDictionary(group => group.Key, group => group.Aggregate(default(TokenUsage), (sum, call) => sum + call.Usage));
        var counted = Sums().ToDictionary(one => one.Key, one => Minus(one.Value, before.GetValueOrDefault(one.Key)));
        foreach (var (model, usage) in expected)
        {
            Assert.Equal((model, usage), (model, counted[model]));
        }
    }

    private static async Task CallAsync(HttpClient client, KnownCall call, int number)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"https://{call.Host}{call.Path}") { Content = new StringContent(call.Request, Encoding.UTF8, "application/json") };
        request.Headers.Add("X-Call", number.ToString(CultureInfo.InvariantCulture));
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var stream = await response.Content.ReadAsStreamAsync();
        var buffer = new byte[16 * 1024];
        while (await stream.ReadAsync(buffer) > 0 && !call.BreaksOff)
        {
        }
    }

    private Dictionary<string, TokenUsage> Sums() => Firewall.Meter.Usage(DateTimeOffset.MinValue, DateTimeOffset.MaxValue)!
        .GroupBy(row => row.Key.Model)
        .ToDictionary(group => group.Key, group => group.Aggregate(default(TokenUsage), (sum, row) => sum + row.Totals.Tokens));

    private static TokenUsage Minus(TokenUsage one, TokenUsage other) => new(
        one.Input - other.Input, one.Output - other.Output, one.CacheRead - other.CacheRead, one.CacheWrite - other.CacheWrite, one.Reasoning - other.Reasoning);

    private async Task PostAsync(string host, string path, string body, string? coding = null)
    {
        await using var client = await Firewall.TunnelAsync(host);
        await client.RequestAsync("POST", path, host, Encoding.UTF8.GetBytes(body), ["Content-Type: application/json", .. coding is null ? Array.Empty<string>() : [$"Accept-Encoding: {coding}"]]);
    }
}
