using System.Text.Json;
using SecretsFirewall.Model;
using SecretsFirewall.Protocols;

namespace SecretsFirewall.Tests.Protocols;

public sealed class RefusalResponsesTests
{
    private static readonly Refusal Denied = new(RefusalCode.PolicyDenied, "This \"host\" is not listed — \u202e", "unlisted-write", "Read it with GET");

    [Fact]
    public void Render_ToOtherTraffic_IsAProblemDocument()
    {
        var answer = RefusalResponses.Render(Denied, "ex1", RecognisedTraffic.Other);

        using var json = Parse(answer.Body);
        var problem = json.RootElement;
        Assert.Equal((403, "application/problem+json"), (answer.Status, answer.ContentType));
        Assert.Equal(
            ["code", "decision_id", "detail", "instance", "rule", "status", "title", "type"],
            problem.EnumerateObject().Select(member => member.Name).Order(StringComparer.Ordinal));
        Assert.Equal("policy_denied", problem.GetProperty("code").GetString());
        Assert.Equal("unlisted-write", problem.GetProperty("rule").GetString());
        Assert.Equal("ex1", problem.GetProperty("decision_id").GetString());
        Assert.Equal(403, problem.GetProperty("status").GetInt32());
        AssertSaysAll(problem.GetProperty("detail").GetString()!);
    }

    [Theory]
    [InlineData(LlmDialect.Anthropic, """{"type":"error","error":{"type":"invalid_request_error","message":"*"}}""")]
    [InlineData(LlmDialect.OpenAiChat, """{"error":{"message":"*","type":"invalid_request_error","param":null,"code":"policy_denied"}}""")]
    [InlineData(LlmDialect.OpenAiResponses, """{"error":{"message":"*","type":"invalid_request_error","param":null,"code":"policy_denied"}}""")]
    [InlineData(LlmDialect.Generic, """{"error":{"message":"*","type":"invalid_request_error","param":null,"code":"policy_denied"}}""")]
    [InlineData(LlmDialect.Gemini, """{"error":{"code":400,"message":"*","status":"INVALID_ARGUMENT"}}""")]
    [InlineData(LlmDialect.Bedrock, """{"message":"*"}""")]
    [InlineData(LlmDialect.Ollama, """{"error":"*"}""")]
    public void Render_ToAModel_Is400InTheProvidersShape(LlmDialect dialect, string shape)
    {
        var answer = RefusalResponses.Render(Denied, "ex1", RecognisedTraffic.Llm(dialect));

        var message = FindMessage(answer.Body);
        using var expected = JsonDocument.Parse(shape.Replace("\"*\"", JsonSerializer.Serialize(message), StringComparison.Ordinal));
        using var actual = Parse(answer.Body);
        Assert.Equal((400, "application/json"), (answer.Status, answer.ContentType));
        Assert.True(JsonElement.DeepEquals(expected.RootElement, actual.RootElement), actual.RootElement.ToString());
        AssertSaysAll(message);
    }

    [Theory]
    [InlineData(RefusalCode.SecretBlocked, 400)]
    [InlineData(RefusalCode.UpstreamAddressDenied, 400)]
    [InlineData(RefusalCode.ProxyAuthenticationRequired, 407)]
    [InlineData(RefusalCode.TooLarge, 413)]
    [InlineData(RefusalCode.TargetTooLong, 414)]
    [InlineData(RefusalCode.Uninspectable, 415)]
    [InlineData(RefusalCode.HeadTooLarge, 431)]
    [InlineData(RefusalCode.Timeout, 408)]
    [InlineData(RefusalCode.HostMismatch, 421)]
    [InlineData(RefusalCode.UpgradeRefused, 426)]
    [InlineData(RefusalCode.RateLimited, 429)]
    [InlineData(RefusalCode.UpstreamUnreachable, 502)]
    [InlineData(RefusalCode.Overloaded, 503)]
    [InlineData(RefusalCode.UpstreamTimeout, 504)]
    public void Render_ToAModel_OnlyWhatIsForbiddenBecomes400(RefusalCode code, int expected)
    {
        foreach (var dialect in Enum.GetValues<LlmDialect>())
        {
            Assert.Equal(expected, RefusalResponses.Render(new Refusal(code, "Detail."), "ex1", RecognisedTraffic.Llm(dialect)).Status);
        }
    }

    [Fact]
    public void Render_ToAToolCall_IsAResultThatFailed()
    {
        var answer = RefusalResponses.Render(Denied, "ex1", Mcp("tools/call", "\"a\\u0022\""));

        using var json = Parse(answer.Body);
        Assert.Equal((200, "application/json"), (answer.Status, answer.ContentType));
        Assert.Equal("2.0", json.RootElement.GetProperty("jsonrpc").GetString());
        Assert.Equal("a\"", json.RootElement.GetProperty("id").GetString());
        var result = json.RootElement.GetProperty("result");
        Assert.True(result.GetProperty("isError").GetBoolean());
        Assert.Equal("complete", result.GetProperty("resultType").GetString());
        AssertSaysAll(result.GetProperty("content")[0].GetProperty("text").GetString()!);
    }

    [Fact]
    public void Render_ToAnotherMcpMethod_IsAnErrorWithItsId()
    {
        var answer = RefusalResponses.Render(Denied, "ex1", Mcp("tools/list", "17"));

        using var json = Parse(answer.Body);
        var error = json.RootElement.GetProperty("error");
        Assert.Equal((200, 17), (answer.Status, json.RootElement.GetProperty("id").GetInt32()));
        Assert.InRange(error.GetProperty("code").GetInt32(), -32019, -32000);
        Assert.NotEqual(-32001, error.GetProperty("code").GetInt32());
        AssertSaysAll(error.GetProperty("message").GetString()!);
    }

    [Theory]
    [InlineData("notifications/initialized", "")]
    [InlineData("tools/call", "")]
    [InlineData(null, "1")]
    public void Render_ToAMessageThatExpectsNoAnswer_IsTheStatus(string? method, string id) =>
        Assert.Equal(403, RefusalResponses.Render(Denied, "ex1", Mcp(method, id)).Status);

    [Fact]
    public void Render_ToABatch_AnswersEachRequest()
    {
        var batch = Mcp("tools/call", "2") with { Batch = [new("ping", "1"u8.ToArray()), new("tools/call", "2"u8.ToArray())] };

        var answer = RefusalResponses.Render(Denied, "ex1", batch);

        using var json = Parse(answer.Body);
        Assert.Equal(2, json.RootElement.GetArrayLength());
        Assert.True(json.RootElement[0].TryGetProperty("error", out _));
        Assert.True(json.RootElement[1].TryGetProperty("result", out _));
    }

    [Fact]
    public void Render_EveryCodeAndShape_IsStrictJsonThatSaysWhatAndWhere()
    {
        RecognisedTraffic[] shapes = [RecognisedTraffic.Other, Mcp("tools/call", "1"), .. Enum.GetValues<LlmDialect>().Select(dialect => RecognisedTraffic.Llm(dialect))];
        foreach (var code in Enum.GetValues<RefusalCode>())
        {
            foreach (var shape in shapes)
            {
                var answer = RefusalResponses.Render(new Refusal(code, "Half a pair: \ud83d, a control: \u0001"), "ex1", shape);

                Assert.Equal(JsonDefect.None, JsonBody.Check(answer.Body));
                Assert.Contains("sfw explain ex1", FindMessage(answer.Body), StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void Render_WhatPassesByItself_SaysWhenToTryAgain() =>
        Assert.Contains(
            "tried again in 5 s",
            FindMessage(RefusalResponses.Render(new Refusal(RefusalCode.RateLimited, "Too many.", RetryAfterSeconds: 5), "ex1", RecognisedTraffic.Other).Body),
            StringComparison.Ordinal);

    private static RecognisedTraffic Mcp(string? method, string id) =>
        new(TrafficShape.Mcp, LlmDialect.None, false, method, System.Text.Encoding.UTF8.GetBytes(id));

    private static JsonDocument Parse(byte[] body)
    {
        Assert.Equal(JsonDefect.None, JsonBody.Check(body));
        return JsonDocument.Parse(body);
    }

    private static void AssertSaysAll(string text)
    {
        Assert.Contains("is not listed", text, StringComparison.Ordinal);
        Assert.Contains("unlisted-write", text, StringComparison.Ordinal);
        Assert.Contains("Read it with GET.", text, StringComparison.Ordinal);
        Assert.Contains("Do not retry; ask the operator.", text, StringComparison.Ordinal);
        Assert.Contains("sfw explain ex1", text, StringComparison.Ordinal);
    }

    // The longest string of any answer is its message.
    private static string FindMessage(byte[] body)
    {
        using var json = JsonDocument.Parse(body);
        return Texts(json.RootElement).MaxBy(text => text.Length)!;
    }

    private static IEnumerable<string> Texts(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(member => Texts(member.Value)),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(Texts),
        JsonValueKind.String => [element.GetString()!],
        _ => [],
    };
}
