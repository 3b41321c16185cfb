using SecretsFirewall.Model;
using SecretsFirewall.Protocols.Usage;
using SecretsFirewall.Tests.Fuzzing;
using static SecretsFirewall.Tests.Protocols.Usage.UsageAnswers;

namespace SecretsFirewall.Tests.Protocols.Usage;

public sealed class UsageReaderTests
{
    private static readonly RequestFigures Request = new("asked", 500, 123, IsCall: true, IsBackground: false);

    public static TheoryData<string> Names => [.. All.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Answer_IsReadAsItsProviderMeansIt_HoweverItIsCut(string name)
    {
        var (body, usage, model) = All[name];
        for (var cut = 0; cut <= body.Length; cut++)
        {
            Assert.Equal(new UsageReading(usage, model, false, false), Read(body, cut));
        }

        Assert.Equal(new UsageReading(usage, model, false, false), ReadByteByByte(body));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Answer_ThatBreaksOff_NeverCountsMoreThanItSaidNorFails(string name)
    {
        var (body, usage, _) = All[name];
        for (var length = 0; length < body.Length; length++)
        {
            var reading = Read(body[..length], length / 2);

            Assert.InRange(reading.Usage.CacheRead, 0, usage.CacheRead);
            Assert.InRange(reading.Usage.Output, 0, Math.Max(usage.Output, body.Length / 4 + 1));
            Assert.True(reading.Usage.Input is >= 0 and <= 123, $"{length}: {reading}");
        }
    }

    [Fact]
    public void AnthropicStream_BrokenOff_CountsItsInputAndGuessesWhatWasWritten()
    {
        var body = Events(
            """{"type":"message_start","message":{"model":"claude-x","usage":{"input_tokens":10,"cache_read_input_tokens":300,"output_tokens":1}}}""",
            """{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"twelve bytes"}}""");

        Assert.Equal(new UsageReading(new TokenUsage(10, 3, 300), "claude-x", IsEstimated: true, IsSuspect: false), Read(body, 20));
    }

    [Fact]
    public void ChatStream_WithoutUsage_IsGuessedFromRequestAndText()
    {
        var body = Events("""{"model":"gpt-x","choices":[{"delta":{"content":"twelve bytes"}}]}""", """{"model":"gpt-x","choices":[{"delta":{"content":"and nine!"}}]}""", "[DONE]");

        Assert.Equal(new UsageReading(new TokenUsage(123, 6), "gpt-x", IsEstimated: true, IsSuspect: false), Read(body, 9));
    }

    [Fact]
    public void ResponsesStream_BrokenOff_CountsTheTextOnce()
    {
        var body = Events(
            """{"type":"response.output_text.delta","delta":"twelve bytes"}""",
            """{"type":"response.output_text.done","text":"twelve bytes"}""",
            """{"type":"response.content_part.done","part":{"type":"output_text","text":"twelve bytes"}}""");

        Assert.Equal(new TokenUsage(123, 3), Read(body, 9).Usage);
    }

    [Fact]
    public void BackgroundAnswer_IsTakenForAllThatWasAskedFor()
    {
        using var reader = new UsageReader();
        reader.Write(Utf8("""{"id":"r","status":"queued","model":"gpt-x","usage":null}"""));

        var reading = reader.Complete(Request with { IsBackground = true });

        Assert.Equal(new TokenUsage(123, 500), reading.Usage);
        Assert.True(reading.IsEstimated);
    }

    [Fact]
    public void InvokeModel_WithoutUsageInItsBody_IsReadFromItsHead()
    {
        using var reader = new UsageReader();
        reader.ReadHeader("X-Amzn-Bedrock-Input-Token-Count", "26");
        reader.ReadHeader("x-amzn-bedrock-output-token-count", "8");
        reader.ReadHeader("Date", "x");
        reader.Write(Utf8("""{"generation":"Hi"}"""));

        Assert.Equal(new UsageReading(new TokenUsage(26, 8), null, false, false), reader.Complete(Request));
    }

    [Theory]
    [InlineData("""{"usage":{"prompt_tokens":-5,"completion_tokens":4}}""", 123, 4)]
    [InlineData("""{"usage":{"prompt_tokens":1e999,"completion_tokens":4}}""", TokenUsage.MostPerCall, 4)]
    [InlineData("""{"usage":{"prompt_tokens":99999999999999999999999999,"completion_tokens":4}}""", TokenUsage.MostPerCall, 4)]
    [InlineData("""{"usage":{"prompt_tokens":9223372036854775807,"completion_tokens":9223372036854775807}}""", TokenUsage.MostPerCall, TokenUsage.MostPerCall)]
    [InlineData("""{"usage":{"prompt_tokens":"NaN","completion_tokens":4}}""", 123, 4)]
    [InlineData("""{"usage":{"prompt_tokens":3.5,"completion_tokens":4}}""", 123, 4)]
    [InlineData("""{"usage":{"prompt_tokens":3,"completion_tokens":4,"prompt_tokens":30}}""", 30, 4)]
    [InlineData("""{"usage":{"prompt_tokens":30,"completion_tokens":4,"prompt_tokens":3}}""", 30, 4)]
    [InlineData("""{"usage":{"prompt_tokens":30,"completion_tokens":4,"prompt_tokens":}}""", 30, 4)]
    public void HostileUsage_IsCutOrNotBelieved_AndMarked(string body, long input, long output)
    {
        var reading = Read(Utf8(body), 7);

        Assert.Equal(new TokenUsage(input, output), reading.Usage);
        Assert.True(reading.IsSuspect);
    }

    [Fact]
    public void CacheLargerThanTheInput_IsCutToIt_AndMarked() => Assert.Equal(
        new UsageReading(new TokenUsage(0, 1, 10), null, false, IsSuspect: true),
        Read(Utf8("""{"usage":{"prompt_tokens":10,"completion_tokens":1,"prompt_tokens_details":{"cached_tokens":60}}}"""), 3));

    [Fact]
    public void WholeNumbersWithAFraction_AreCounts() =>
        Assert.Equal(new TokenUsage(12, 30), Read(Utf8("""{"usage":{"prompt_tokens":12.0,"completion_tokens":3e1}}"""), 3).Usage);

    [Fact]
    public void AnythingAtAll_IsReadWithoutFailing()
    {
        var random = new Random(11);
        var bodies = All.Values.Select(one => one.Body).ToArray();
        for (var round = FuzzRounds.Or(20_000); round > 0; round--)
        {
            var body = bodies[random.Next(bodies.Length)].ToArray();
            for (var change = random.Next(8); change >= 0; change--)
            {
                body[random.Next(body.Length)] = random.Next(3) == 0 ? (byte)"{}[]\":,\\\n9-"[random.Next(11)] : (byte)random.Next(256);
            }

            var reading = Read(body, random.Next(body.Length));

            Assert.True(
                reading.Usage is { Input: >= 0 and <= TokenUsage.MostPerCall, Output: >= 0 and <= TokenUsage.MostPerCall, CacheRead: >= 0 and <= TokenUsage.MostPerCall, CacheWrite: >= 0 and <= TokenUsage.MostPerCall },
                $"{round}: {reading}");
        }
    }

    private static UsageReading Read(byte[] body, int cut)
    {
        using var reader = new UsageReader(IsFrames(body));
        reader.Write(body.AsSpan(0, cut));
        reader.Write(body.AsSpan(cut));
        return reader.Complete(Request);
    }

    private static UsageReading ReadByteByByte(byte[] body)
    {
        using var reader = new UsageReader(IsFrames(body));
        foreach (var one in body)
        {
            reader.Write([one]);
        }

        return reader.Complete(Request);
    }

    private static bool IsFrames(byte[] body) => body is [0, ..];
}
