using System.Text;
using FsCheck;
using FsCheck.Fluent;
using SecretsFirewall.Protocols;

namespace SecretsFirewall.Tests.Protocols;

public sealed class TrafficRecogniserTests
{
    [Theory]
    [InlineData("/v1/messages", LlmDialect.Anthropic)]
    [InlineData("/v1/messages?beta=true", LlmDialect.Anthropic)]
    [InlineData("/v1/messages/count_tokens", LlmDialect.Anthropic)]
    [InlineData("/gateway/team/v1/messages", LlmDialect.Anthropic)]
    [InlineData("/v1/chat/completions", LlmDialect.OpenAiChat)]
    [InlineData("/V1/Chat/Completions/", LlmDialect.OpenAiChat)]
    [InlineData("/openai/deployments/gpt/chat/completions", LlmDialect.OpenAiChat)]
    [InlineData("/v1/responses", LlmDialect.OpenAiResponses)]
    [InlineData("/backend-api/codex/responses", LlmDialect.OpenAiResponses)]
    [InlineData("/v1beta/models/gemini-pro:generateContent", LlmDialect.Gemini)]
    [InlineData("/v1beta/models/gemini-pro%3AstreamGenerateContent", LlmDialect.Gemini)]
    [InlineData("/v1/projects/p/locations/l/publishers/google/models/m:streamGenerateContent", LlmDialect.Gemini)]
    [InlineData("/v1/projects/p/locations/l/publishers/anthropic/models/m:streamRawPredict", LlmDialect.Anthropic)]
    [InlineData("/v1internal:streamGenerateContent", LlmDialect.Gemini)]
    [InlineData("/model/anthropic.claude-v1%3A0/converse", LlmDialect.Bedrock)]
    [InlineData("/model/m/invoke-with-response-stream", LlmDialect.Bedrock)]
    [InlineData("/api/chat", LlmDialect.Ollama)]
    [InlineData("/", LlmDialect.None)]
    [InlineData("", LlmDialect.None)]
    [InlineData("/repos/team/project/issues", LlmDialect.None)]
    [InlineData("/model/m/other", LlmDialect.None)]
    public void DialectOfPath_EachProvider_IsToldByItsPath(string path, LlmDialect expected) =>
        Assert.Equal(expected, TrafficRecogniser.DialectOfPath("POST", path));

    [Theory]
    [InlineData("/any", """{"model":"m","messages":[{"role":"user","content":"x"}]}""", LlmDialect.OpenAiChat)]
    [InlineData("/any", """{"model":"m","messages":[],"system":"s","max_tokens":1}""", LlmDialect.Anthropic)]
    [InlineData("/v1/messages", """{"model":"m","messages":[],"max_tokens":1}""", LlmDialect.Anthropic)]
    [InlineData("/any", """{"m\u006fdel":"m","mess\u0061ges":[]}""", LlmDialect.OpenAiChat)]
    [InlineData("/any", """{"model":"m","input":"x"}""", LlmDialect.OpenAiResponses)]
    [InlineData("/any", """{"model":"m","input":[{"role":"user"}]}""", LlmDialect.OpenAiResponses)]
    [InlineData("/any", """{"model":"m","prompt":"x"}""", LlmDialect.OpenAiChat)]
    [InlineData("/any", """{"contents":[{"parts":[]}],"generationConfig":{}}""", LlmDialect.Gemini)]
    [InlineData("/any", """{"contents":[{"role":"user","parts":[{"text":"x"}]}]}""", LlmDialect.Gemini)]
    [InlineData("/api/chat", """{"model":"m","messages":[]}""", LlmDialect.Ollama)]
    [InlineData("/api/generate", """{"model":"m","prompt":"x"}""", LlmDialect.Ollama)]
    [InlineData("/openai/deployments/d/chat/completions", """{"messages":[]}""", LlmDialect.OpenAiChat)]
    [InlineData("/model/m/converse", """{"messages":[]}""", LlmDialect.Bedrock)]
    [InlineData("/any", """{"messages":[{"role":"user","content":"x"}]}""", LlmDialect.Generic)]
    public void Recognise_ModelTraffic_IsToldByItsBodyOnAnyHost(string path, string body, LlmDialect expected)
    {
        var traffic = TrafficRecogniser.Recognise("POST", path, Encoding.UTF8.GetBytes(body));

        Assert.Equal((TrafficShape.Llm, expected), (traffic.Shape, traffic.Dialect));
    }

    [Theory]
    [InlineData("/api/chat", """{"text":"hello"}""")]
    [InlineData("/v1/messages", """{"to":"+123","body":"hello"}""")]
    [InlineData("/repos/a/b/contents/c", """{"message":"m","content":"x"}""")]
    [InlineData("/any", """{"messages":["one","two"]}""")]
    [InlineData("/any", """{"contents":["a","b"]}""")]
    [InlineData("/any", """{"nested":{"model":"m","messages":[]}}""")]
    [InlineData("/any", """{"jsonrpc":"1.0","method":"tools/call"}""")]
    [InlineData("/any", """{"method":"tools/call"}""")]
    [InlineData("/any", "[1,2,3]")]
    [InlineData("/any", "model=m&messages=[]")]
    [InlineData("/any", "")]
    public void Recognise_OtherTraffic_IsOther(string path, string body) =>
        Assert.Equal(TrafficShape.Other, TrafficRecogniser.Recognise("POST", path, Encoding.UTF8.GetBytes(body)).Shape);

    [Theory]
    [InlineData("/v1/messages", """{"model":"m","messages":[],"stream":true}""", true)]
    [InlineData("/v1/messages", """{"model":"m","messages":[],"stream":false}""", false)]
    [InlineData("/v1/messages", """{"model":"m","messages":[]}""", false)]
    [InlineData("/api/chat", """{"model":"m","messages":[]}""", true)]
    [InlineData("/api/chat", """{"model":"m","messages":[],"stream":false}""", false)]
    [InlineData("/v1beta/models/m:streamGenerateContent", """{"contents":[]}""", true)]
    [InlineData("/model/m/converse-stream", "{}", true)]
    public void Recognise_ModelTraffic_KnowsWhetherItStreams(string path, string body, bool expected) =>
        Assert.Equal(expected, TrafficRecogniser.Recognise("POST", path, Encoding.UTF8.GetBytes(body)).Streams);

    [Theory]
    [InlineData("""{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{}}""", "tools/call", "7")]
    [InlineData("""{"params":{"model":"m"},"method":"tools/list","id":"a\"b","jsonrpc":"2.0"}""", "tools/list", "\"a\\\"b\"")]
    [InlineData("""{"jsonrpc":"2.0","method":"notifications/initialized"}""", "notifications/initialized", "")]
    [InlineData("""{"jsonrpc":"2.0","id":null,"method":"ping"}""", "ping", "null")]
    [InlineData("""{"jsonrpc":"2.0","id":{"a":1},"method":"ping"}""", "ping", "")]
    [InlineData("""{"jsonrpc":"2.0","id":"\ud800","method":"ping"}""", "ping", "")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"result":{}}""", null, "1")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"tools/call","method":"ping"}""", "tools/call", "1")]
    public void Recognise_JsonRpc_IsMcpWithItsMethodAndId(string body, string? method, string id)
    {
        var traffic = TrafficRecogniser.Recognise("POST", "/any", Encoding.UTF8.GetBytes(body));

        Assert.Equal((TrafficShape.Mcp, method, id), (traffic.Shape, traffic.McpMethod, Encoding.UTF8.GetString(traffic.JsonRpcId.Span)));
    }

    /// <summary>A server of models does not mind members that it does not know.</summary>
    [Fact]
    public void Recognise_ModelTrafficDressedAsACall_IsBoth()
    {
        var body = """{"jsonrpc":"2.0","id":1,"method":"ping","model":"m","messages":[{"role":"user","content":"hi"}]}""";

        var traffic = TrafficRecogniser.Recognise("POST", "/any", Encoding.UTF8.GetBytes(body));

        Assert.Equal((TrafficShape.Mcp, LlmDialect.OpenAiChat, "ping"), (traffic.Shape, traffic.Dialect, traffic.McpMethod));
    }

    [Fact]
    public void Recognise_OverlongJsonRpcId_IsNotRepeated()
    {
        var body = $$"""{"jsonrpc":"2.0","id":"{{new string('x', 257)}}","method":"tools/call"}""";

        Assert.True(TrafficRecogniser.Recognise("POST", "/mcp", Encoding.UTF8.GetBytes(body)).JsonRpcId.IsEmpty);
    }

    [Fact]
    public void Recognise_JsonRpcBatch_IsMcpByItsStrictestMethod()
    {
        var body = """[{"jsonrpc":"2.0","method":"ping","id":1},{"jsonrpc":"2.0","method":"n"},{"jsonrpc":"2.0","method":"tools/call","id":2}]""";

        var traffic = TrafficRecogniser.Recognise("POST", "/any", Encoding.UTF8.GetBytes(body));

        Assert.Equal((TrafficShape.Mcp, "tools/call", "2"), (traffic.Shape, traffic.McpMethod, Encoding.UTF8.GetString(traffic.JsonRpcId.Span)));
        Assert.Equal(2, traffic.Batch!.Count);
    }

    [Fact]
    public void Recognise_EndlessBatch_IsAnsweredInPartAndStillMcp()
    {
        var calls = Enumerable.Range(0, 5000).Select(i => $$"""{"jsonrpc":"2.0","method":"ping","id":{{i}}}""");
        var body = $"[{string.Join(',', calls)},{{\"jsonrpc\":\"2.0\",\"method\":\"tools/call\",\"id\":5000}}]";

        var traffic = TrafficRecogniser.Recognise("POST", "/any", Encoding.UTF8.GetBytes(body));

        Assert.Equal("tools/call", traffic.McpMethod);
        Assert.Equal(256, traffic.Batch!.Count);
    }

    [Theory]
    [InlineData("\uFEFF{\"model\":\"m\",\"messages\":[]}")]
    [InlineData("{\"model\":\"m\",\"messages\":[{\"role\":\"us")]
    [InlineData("{\"model\":\"m\",\"messages\":[]} trailing")]
    [InlineData("{\"model\":\"m\",\"messages\":[],\"model\":\"n\"}")]
    public void Recognise_BrokenModelTraffic_IsStillModelTraffic(string body) =>
        Assert.Equal(TrafficShape.Llm, TrafficRecogniser.Recognise("POST", "/any", Encoding.UTF8.GetBytes(body)).Shape);

    [Fact]
    public void Recognise_AnyBytes_NeverThrows()
    {
        var seeds = new[]
        {
            """{"model":"m","messages":[{"role":"user","content":"x"}],"stream":true}""",
            """[{"jsonrpc":"2.0","id":"a","method":"tools/call"},{"contents":[{"parts":[]}]}]""",
        };
        Check.QuickThrowOnFailure(Prop.ForAll<byte[], int, byte>((bytes, at, value) =>
        {
            TrafficRecogniser.Recognise("POST", Encoding.Latin1.GetString(bytes), bytes);
            foreach (var seed in seeds)
            {
                var mutated = Encoding.UTF8.GetBytes(seed);
                mutated[(at & int.MaxValue) % mutated.Length] = value;
                TrafficRecogniser.Recognise("POST", "/%" + seed[..((at & int.MaxValue) % seed.Length)], mutated);
                TrafficRecogniser.Recognise("POST", "/", mutated.AsSpan(0, value % mutated.Length));
            }
        }));
    }

    [Fact]
    public void Recognise_DeepNesting_NeverThrows()
    {
        var deep = Encoding.ASCII.GetBytes("{\"model\":\"m\",\"messages\":[],\"x\":" + new string('[', 100_000));

        Assert.Equal(TrafficShape.Llm, TrafficRecogniser.Recognise("POST", "/", deep).Shape);
    }
}
