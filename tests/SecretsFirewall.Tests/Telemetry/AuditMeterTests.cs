using Microsoft.Extensions.Logging.Abstractions;
using SecretsFirewall.Audit;
using SecretsFirewall.Model;
using SecretsFirewall.Telemetry;

namespace SecretsFirewall.Tests.Telemetry;

[Collection(nameof(AuditMeter))] // meters of one name hear each other
public sealed class AuditMeterTests
{
    private static readonly AuditRecord Call = new()
    {
        Type = AuditTypes.Outcome,
        Agent = "builder",
        Verdict = Verdict.Forwarded,
        Path = "/v1/messages",
        Usage = new AuditUsage("anthropic", "claude-x", new TokenUsage(30, 5, 12, 8), false, false),
        Cost = new AuditCost("0.25", "USD"),
        TimingsUs = new Dictionary<string, long> { ["total"] = 2_000_000 },
    };

    [Fact]
    public void Count_ModelCalls_AreTheTokensAndTheMoneyOfTheRecords()
    {
        var text = Export(Call, Call, Call with { Agent = "other", Usage = Call.Usage! with { IsEstimated = true } });

        foreach (var line in (string[])
        [
            "sfw_model_calls_total{agent=\"builder\",provider=\"anthropic\",model=\"claude-x\",estimated=\"false\"} 2",
            "sfw_model_calls_total{agent=\"other\",provider=\"anthropic\",model=\"claude-x\",estimated=\"true\"} 1",
            "sfw_tokens_total{agent=\"builder\",provider=\"anthropic\",model=\"claude-x\",kind=\"input\"} 60",
            "sfw_tokens_total{agent=\"builder\",provider=\"anthropic\",model=\"claude-x\",kind=\"output\"} 10",
            "sfw_tokens_total{agent=\"builder\",provider=\"anthropic\",model=\"claude-x\",kind=\"cache_read\"} 24",
            "sfw_tokens_total{agent=\"builder\",provider=\"anthropic\",model=\"claude-x\",kind=\"cache_write\"} 16",
            "sfw_cost_total{agent=\"builder\",provider=\"anthropic\",model=\"claude-x\",currency=\"USD\"} 0.5",
            "gen_ai_client_token_usage_sum{gen_ai_operation_name=\"chat\",gen_ai_provider_name=\"anthropic\",gen_ai_request_model=\"claude-x\",gen_ai_token_type=\"input\"} 150",
            "gen_ai_client_token_usage_bucket{gen_ai_operation_name=\"chat\",gen_ai_provider_name=\"anthropic\",gen_ai_request_model=\"claude-x\",gen_ai_token_type=\"output\",le=\"16\"} 3",
            "gen_ai_client_operation_duration_seconds_sum{gen_ai_operation_name=\"chat\",gen_ai_provider_name=\"anthropic\",gen_ai_request_model=\"claude-x\"} 6",
        ])
        {
            Assert.Contains(line + "\n", text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Count_ModelWithoutAPrice_NamesNoModel()
    {
        var text = Export(Call with { Usage = Call.Usage! with { Model = "whatever-an-agent-says" }, Cost = AuditCost.Unpriced });

        Assert.DoesNotContain("whatever", text, StringComparison.Ordinal);
        Assert.Contains("sfw_tokens_total{agent=\"builder\",provider=\"anthropic\",model=\"other\",kind=\"input\"} 30\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("sfw_cost_total", text.Replace("# HELP sfw_cost_total", "", StringComparison.Ordinal).Replace("# TYPE sfw_cost_total", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/v1/messages", "chat")]
    [InlineData("/v1/chat/completions", "chat")]
    [InlineData("/v1/completions", "text_completion")]
    [InlineData("/v1/embeddings", "embeddings")]
    [InlineData("/v1beta/models/gemini-x:embedContent", "embeddings")]
    [InlineData("/v1beta/models/gemini-x:streamGenerateContent", "generate_content")]
    [InlineData(null, "chat")]
    public void OperationOf_Path_IsTheWordOfTheConventions(string? path, string operation) => Assert.Equal(operation, GenAi.OperationOf(path));

    private static string Export(params AuditRecord[] records)
    {
        using var folder = new TempFolder();
        using var log = AuditLog.Open(new AuditOptions { Directory = folder["audit"] }, TimeProvider.System, NullLogger.Instance);
        using var text = new PrometheusText(AuditMeter.Name);
        using var meter = new AuditMeter(log);
        Assert.All(records, record => Assert.True(log.TryAppend(record)));
        return text.Write();
    }
}
