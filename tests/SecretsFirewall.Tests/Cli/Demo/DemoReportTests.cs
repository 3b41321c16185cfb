using System.Text;
using SecretsFirewall.Cli.Demo;
using SecretsFirewall.Model;

namespace SecretsFirewall.Tests.Cli.Demo;

public sealed class DemoReportTests
{
    private const string Value = "fake-0123456789";

    private const string Reference = "SECRET_REF(GITHUB_TOKEN)";

    [Fact]
    public void Succeeded_EverythingObserved_IsTrue() => Assert.True(Report().Succeeded);

    [Fact]
    public void Masked_ModelReceivedTheValue_IsFalse() => Assert.False(Report(modelBody: $"{Reference} {Value}").Masked);

    [Fact]
    public void Masked_ModelReceivedNeitherValueNorReference_IsFalse() => Assert.False(Report(modelBody: "hello").Masked);

    [Fact]
    public void Masked_ModelReceivedTheValueInAHeader_IsFalse() =>
        Assert.False(Report(modelHeader: $"Bearer {Value}").Masked);

    [Fact]
    public void Bound_ToolReceivedTheReference_IsFalse() => Assert.False(Report(toolHeader: $"Bearer {Reference}").Bound);

    [Fact]
    public void Bound_ToolReceivedNothing_IsFalse() =>
        Assert.False((Report() with { Tool = new DemoExchange(Sent(), null, 403, "{}") }).Bound);

    [Fact]
    public void MaskedInAnswer_AgentReadTheValue_IsFalse() => Assert.False(Report(answer: $"Bearer {Value}").MaskedInAnswer);

    [Fact]
    public void Audited_ARecordHoldsTheValue_IsFalse() => Assert.False(Report(audit: $$"""{"path":"/{{Value}}"}""").Audited);

    [Fact]
    public void Audited_NoRecords_IsFalse() => Assert.False((Report() with { Audit = [] }).Audited);

    private static DemoReport Report(
        string modelBody = Reference,
        string? modelHeader = null,
        string toolHeader = $"Bearer {Value}",
        string answer = $"Bearer {Reference}",
        string audit = "{}") => new(
            SecretName.Create("GITHUB_TOKEN"),
            Value,
            new DemoExchange(Sent(), Received(modelHeader, modelBody), 200, "{}"),
            new DemoExchange(Sent(), Received(toolHeader, ""), 200, answer),
            [audit, "{}"]);

    private static DemoRequest Sent() => new("POST", "https://api.example.com/", null, "");

    private static ReceivedRequest Received(string? authorization, string body) => new(
        "POST",
        "api.example.com",
        "/",
        authorization is null ? [] : [KeyValuePair.Create("Authorization", authorization)],
        Encoding.UTF8.GetBytes(body));
}
