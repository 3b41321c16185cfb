using Microsoft.Extensions.Logging.Abstractions;
using SecretsFirewall.Metering;
using SecretsFirewall.Model;
using SecretsFirewall.Protocols.Usage;
using SecretsFirewall.Storage;
using SecretsFirewall.Tests.Protocols.Usage;

namespace SecretsFirewall.Tests.Metering;

/// <summary>From the bytes of answers to the buckets, through a real store.</summary>
public sealed class ManyAnswersTests : IDisposable
{
    private const int Calls = 10_000;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void TenThousandAnswers_OfEveryShape_ATenthBrokenOff_BucketsAreTheirSumsExactly()
    {
        var whole = UsageAnswers.All.Values.ToArray();
        var start = UsageAnswers.Events(
            """{"type":"message_start","message":{"model":"claude-x","usage":{"input_tokens":10,"cache_read_input_tokens":300,"output_tokens":1}}}""",
            """{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"twelve bytes"}}""");
        var request = new RequestFigures("asked", 500, 123, IsCall: true, IsBackground: false);
        var budget = new Budget("b", BudgetWindow.Day, BudgetPool.Agent, true, [NamePattern.Any], [NamePattern.Any], long.MaxValue / 4);
        using var store = SqliteStore.Open(_folder["firewall.db"], NullLogger.Instance, out _)!;
        using var meter = Meter.Open(store.Metering, new FakeTime(), NullLogger.Instance)!;

        Parallel.For(0, Calls, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i =>
        {
            var body = IsBrokenOff(i) ? start : whole[i % whole.Length].Body;
            var call = meter.TryBegin(
                new ModelCall($"{i}", new FakeTime().GetUtcNow(), $"agent-{i % 5}", "s", "p", "asked"), new TokenUsage(100, 100), null, [budget], out _)!;
            using var reader = new UsageReader(body is [0, ..]);
            reader.Write(body.AsSpan(0, i % body.Length));
            reader.Write(body.AsSpan(i % body.Length));
            var reading = reader.Complete(request);
            meter.End(call, new CallResult(reading.Usage, reading.Model ?? "", null, reading.IsEstimated, reading.IsSuspect));
        });

        var rows = meter.Usage(DateTimeOffset.MinValue, DateTimeOffset.MaxValue)!;
        for (var agent = 0; agent < 5; agent++)
        {
            var expected = Enumerable.Range(0, Calls).Where(i => i % 5 == agent)
                .Aggregate(default(TokenUsage), (sum, i) => sum + (IsBrokenOff(i) ? new TokenUsage(10, 3, 300) : whole[i % whole.Length].Usage));
            var mine = rows.Where(row => row.Key.Agent == $"agent-{agent}").ToList();
            Assert.Equal(expected, mine.Aggregate(default(TokenUsage), (sum, row) => sum + row.Totals.Tokens));
            Assert.Equal(Calls / 5, mine.Sum(row => row.Totals.Calls));
        }

        Assert.Equal(Calls / 10, rows.Sum(row => row.Totals.Estimated));
        Assert.Equal(0, rows.Sum(row => row.Totals.Suspect));
    }

    private static bool IsBrokenOff(int call) => call % 10 == 9;
}
