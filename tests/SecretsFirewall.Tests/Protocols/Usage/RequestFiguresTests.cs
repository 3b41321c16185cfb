using SecretsFirewall.Protocols.Usage;
using static SecretsFirewall.Tests.Protocols.Usage.UsageAnswers;

namespace SecretsFirewall.Tests.Protocols.Usage;

public sealed class RequestFiguresTests
{
    [Theory]
    [InlineData("/v1/messages", """{"model":"claude-x","max_tokens":1024,"messages":[]}""", "claude-x", 1024L)]
    [InlineData("/v1/chat/completions", """{"model":"gpt-x","max_completion_tokens":100,"n":3,"messages":[]}""", "gpt-x", 300L)]
    [InlineData("/v1/chat/completions", """{"model":"gpt-x","messages":[{"model":"other","max_tokens":9}]}""", "gpt-x", null)]
    [InlineData("/v1/responses", """{"model":"gpt-x","max_output_tokens":100,"input":"Hi"}""", "gpt-x", 100L)]
    [InlineData("/v1beta/models/gemini-x:generateContent", """{"contents":[],"generationConfig":{"maxOutputTokens":100,"candidateCount":2}}""", "gemini-x", 200L)]
    [InlineData("/v1/projects/p/locations/l/publishers/google/models/gemini-x:streamGenerateContent", """{"contents":[]}""", "gemini-x", null)]
    [InlineData("/model/us.anthropic.claude-x-v1%3A0/converse", """{"messages":[],"inferenceConfig":{"maxTokens":100}}""", "us.anthropic.claude-x-v1:0", 100L)]
    [InlineData("/openai/deployments/mine/chat/completions", """{"messages":[]}""", "mine", null)]
    [InlineData("/api/chat", """{"model":"llama-x","messages":[],"options":{"num_predict":100}}""", "llama-x", 100L)]
    [InlineData("/v1/embeddings", """{"model":"embed-x","input":["a","b"]}""", "embed-x", 0L)]
    [InlineData("/anything", """{"model":"gpt-x","messages":[],"max_tokens":5}""", "gpt-x", 5L)]
    [InlineData("/v1/messages", """{"model":"cheap","max_tokens":1,"model":"dear","max_tokens":900,"messages":[]}""", null, 900L)]
    [InlineData("/v1/messages", """{"mod\u0065l":"claude-x","max_tokens":-1,"messages":[]}""", "claude-x", null)]
    public void Call_SaysItsModelAndTheMostThatItMayWrite(string path, string body, string? model, long? most)
    {
        var figures = RequestFigures.Read(path, Utf8(body));

        Assert.Equal((model, most, true), (figures.Model, figures.MostOutput, figures.IsCall));
        Assert.Equal((body.Length + 3) / 4, figures.InputEstimate);
    }

    [Theory]
    [InlineData("/v1/messages/count_tokens", """{"model":"claude-x","messages":[]}""")]
    [InlineData("/v1/messages/batches", """{"requests":[]}""")]
    [InlineData("/v1beta/models/gemini-x:countTokens", """{"contents":[]}""")]
    [InlineData("/api/event_logging/v2/batch", """{"events":[{"model":"claude-x","messages":[]}]}""")]
    public void WhatNoModelAnswers_IsNoCall(string path, string body) => Assert.False(RequestFigures.Read(path, Utf8(body)).IsCall);

    [Theory]
    [InlineData("""{"model":"m","stream":true,"messages":[]}""", true)]
    [InlineData("""{"model":"m","stream":false,"messages":[{"stream":true}]}""", false)]
    [InlineData("""{"model":"m","stream":"true","messages":[]}""", false)]
    [InlineData("""{"model":"m","messages":[]}""", false)]
    public void IsStream_WhereTheBodyAsksForOne(string body, bool isStream) =>
        Assert.Equal(isStream, RequestFigures.Read("/v1/chat/completions", System.Text.Encoding.UTF8.GetBytes(body)).IsStream);

    [Fact]
    public void Image_CountsAsAnImage()
    {
        var body = """{"model":"m","messages":[{"role":"user","content":[{"type":"image","source":{"type":"base64","data":"AAAA"}}]}]}""".Replace("AAAA", new string('A', 400_000), StringComparison.Ordinal);

        Assert.InRange(RequestFigures.Read("/v1/messages", Utf8(body)).InputEstimate, 2_000, 2_100);
    }

    [Fact]
    public void BackgroundCall_IsKnown() => Assert.True(RequestFigures.Read("/v1/responses", Utf8("""{"model":"m","background":true,"input":"x"}""")).IsBackground);
}
