using System.Buffers;
using System.Text;
using System.Text.Json;
using SecretsFirewall.Protocols;
using SecretsFirewall.Protocols.ModelRequests;
using SecretsFirewall.Tests.Fuzzing;
using SecretsFirewall.Tests.Listener;

namespace SecretsFirewall.Tests.Protocols.ModelRequests;

public sealed class ModelRequestTests
{
    private static ModelRequest? Read(string json, LlmDialect dialect = LlmDialect.OpenAiChat, string path = "/v1/chat/completions", string? provider = null) =>
        ModelRequest.Read(dialect, provider, path, Encoding.UTF8.GetBytes(json));

    /// <summary>The request without the tools of these names; null where it asks for one of them.</summary>
    private static string? Without(string json, params string[] names)
    {
        var request = Read(json)!;
        var output = new ArrayBufferWriter<byte>();
        return request.TryRemove(request.Offers.Where(offer => offer.Names.Intersect(names).Any()).ToHashSet(), output) ? Encoding.UTF8.GetString(output.WrittenSpan) : null;
    }

    private static IEnumerable<string> NamesIn(string json) => Read(json)!.Offers.Select(offer => string.Join('+', offer.Names));

    [Theory]
    [InlineData(LlmDialect.Anthropic, "/v1/messages", """{"model":"m","max_tokens":5,"stream":true}""", "m", 5L, true)]
    [InlineData(LlmDialect.OpenAiChat, "/v1/chat/completions", """{"model":"m","max_completion_tokens":5,"max_tokens":4}""", "m", 5L, false)]
    [InlineData(LlmDialect.OpenAiChat, "/v1/chat/completions", """{"model":"m","max_output_tokens":5}""", "m", null, false)]
    [InlineData(LlmDialect.OpenAiResponses, "/v1/responses", """{"model":"m","max_output_tokens":5,"stream":null}""", "m", 5L, false)]
    [InlineData(LlmDialect.OpenAiResponses, "/v1/responses", """{"model":"m","max_tokens":5}""", "m", null, false)]
    [InlineData(LlmDialect.Gemini, "/v1beta/models/g-1:generateContent", """{"generationConfig":{"maxOutputTokens":5}}""", "g-1", 5L, false)]
    [InlineData(LlmDialect.Gemini, "/v1beta/models/g-1:streamGenerateContent?alt=sse", """{"generation_config":{"max_output_tokens":5}}""", "g-1", 5L, true)]
    [InlineData(LlmDialect.Gemini, "/v1beta/tunedModels/t:generateContent", "{}", "tunedModels/t", null, false)]
    [InlineData(LlmDialect.Gemini, "/v1beta/models/g-1%3AgenerateContent", """{"model":"models/g-1"}""", "g-1", null, false)]
    [InlineData(LlmDialect.Bedrock, "/model/anthropic.claude-v2%3A1/converse", """{"inferenceConfig":{"maxTokens":5}}""", "anthropic.claude-v2:1", 5L, false)]
    [InlineData(LlmDialect.Bedrock, "/model/arn%3Aaws%3Abedrock%3Ax%2Fy/converse-stream", "{}", "arn:aws:bedrock:x/y", null, true)]
    [InlineData(LlmDialect.Ollama, "/api/chat", """{"model":"m","options":{"num_predict":5}}""", "m", 5L, true)]
    [InlineData(LlmDialect.Ollama, "/api/chat", """{"model":"m","options":{"num_predict":-1},"stream":false}""", "m", long.MaxValue, false)]
    [InlineData(LlmDialect.OpenAiChat, "/openai/deployments/d/chat/completions", """{"model":"small"}""", "d", null, false)]
    [InlineData(LlmDialect.OpenAiChat, "/v1/embeddings", """{"model":"m","input":"x"}""", "m", 0L, false)]
    [InlineData(LlmDialect.Anthropic, "/v1/messages/count_tokens", """{"model":"m"}""", "m", 0L, false)]
    [InlineData(LlmDialect.Anthropic, "/v1/messages", """{"model":"m","max_tokens":1e9}""", "m", long.MaxValue, false)]
    [InlineData(LlmDialect.Anthropic, "/v1/messages", """{"model":"m","max_tokens":"5"}""", "m", long.MaxValue, false)]
    [InlineData(LlmDialect.OpenAiChat, "/v1/chat/completions", """{"stream":"true"}""", null, null, null)]
    public void Read_EachProvider_SaysModelBoundAndStream(LlmDialect dialect, string path, string json, string? model, long? maxTokens, bool? stream) =>
        Assert.Equal(new ModelRequestPart(model, stream, maxTokens), Assert.Single(Read(json, dialect, path)!.Parts));

    [Fact]
    public void Read_Mistral_MindsItsOwnBoundOnly() =>
        Assert.Null(Assert.Single(Read("""{"model":"m","max_completion_tokens":5}""", provider: "mistral")!.Parts).MaxTokens);

    [Fact]
    public void Read_Batch_GivesEachRequestAndAMessageWithSuchAMemberDoesNot()
    {
        const string Json = """{"model":"big","requests":[{"custom_id":"1","params":{"model":"a","max_tokens":1}},{"params":{"model":"b"}}]}""";

        Assert.Equal(["a", "b"], Read(Json, LlmDialect.Anthropic, "/v1/messages/batches")!.Parts.Select(part => part.Model));
        Assert.Equal(["big"], Read(Json, LlmDialect.Anthropic, "/v1/messages")!.Parts.Select(part => part.Model));
    }

    [Theory]
    [InlineData("""{"model":"a","model":"b"}""")]
    [InlineData("""{"model":"a","Model":"b"}""")]
    [InlineData("""{"model":"a","MAX_TOKENS":5}""")]
    [InlineData("""{"model":["a"]}""")]
    [InlineData("\uFEFF{\"model\":\"a\"}")]
    [InlineData("""{"model":"a"}x""")]
    [InlineData("[]")]
    [InlineData("""{"tools":{"a":1}}""")]
    [InlineData("""{"tools":["a"]}""")]
    [InlineData("""{"tools":[{}],"x":1,"Tools":[]}""")]
    [InlineData("""{"Tools":[{"name":"a"}]}""")]
    [InlineData("""{"tools":[{"type":"function"}]}""")]
    [InlineData("""{"tools":[{"type":"function","function":{"name":7}}]}""")]
    [InlineData("""{"tools":[{"name":""}]}""")]
    [InlineData("""{"tools":[{"type":"namespace","name":"n"}]}""")]
    [InlineData("""{"tools":[{"functionDeclarations":{"name":"a"}}]}""")]
    public void Read_WhatTwoServersCouldReadInTwoWays_IsRefused(string json) => Assert.Null(Read(json));

    [Theory]
    [InlineData("/v1beta/models/a%252Fb:generateContent")]
    [InlineData("/v1beta/models/../models/b:generateContent")]
    [InlineData("/v1beta//models/b:generateContent")]
    [InlineData("/v1beta/models/:generateContent")]
    public void Read_PathThatNamesAModelInTwoWays_IsRefused(string path) => Assert.Null(Read("{}", LlmDialect.Gemini, path));

    [Fact]
    public void Read_ModelInPathAndAnotherInBody_IsRefused() => Assert.Null(Read("""{"model":"models/b"}""", LlmDialect.Gemini, "/v1beta/models/a:generateContent"));

    [Theory]
    [InlineData("""{"tools":[{"type":"function","function":{"name":"a"}},{"type":"custom","custom":{"name":"b"}}]}""", "a b")]
    [InlineData("""{"functions":[{"name":"a"}],"web_search_options":{}}""", "a web_search")]
    [InlineData("""{"tools":[{"name":"a","input_schema":{"properties":{"tools":{"type":"array"}}}},{"type":"web_search_20250305","name":"web_search"},{"type":"text_editor_20250728","name":"str_replace_based_edit_tool"}]}""", "a web_search text_editor+str_replace_based_edit_tool")]
    [InlineData("""{"tools":[{"type":"mcp_toolset","mcp_server_name":"x"}],"mcp_servers":[{"type":"url","url":"https://m","name":"x"}]}""", "mcp mcp")]
    [InlineData("""{"tools":[{"type":"function","name":"a"},{"type":"mcp","server_label":"l","server_url":"https://m"},{"type":"web_search_2025_08_26"},{"type":"code_interpreter","container":{}}]}""", "a mcp web_search code_interpreter")]
    [InlineData("""{"tools":[{"type":"namespace","name":"n","tools":[{"type":"function","name":"a"},{"type":"namespace","name":"o","tools":[{"name":"b"}]}]}]}""", "n.a n.o.b")]
    [InlineData("""{"input":[{"type":"additional_tools","tools":[{"type":"custom","name":"exec"}]},{"type":"tool_search_output","tools":[{"type":"function","name":"s"}]}]}""", "exec s")]
    [InlineData("""{"tools":[{"functionDeclarations":[{"name":"a"},{"name":"b"}]},{"googleSearch":{}},{"code_execution":{},"urlContext":{},"googleMaps":null}]}""", "a b google_search code_execution url_context")]
    [InlineData("""{"toolConfig":{"tools":[{"toolSpec":{"name":"a","inputSchema":{"json":{}}}},{"cachePoint":{"type":"default"}},{"systemTool":{"name":"nova_grounding"}}]}}""", "a nova_grounding")]
    [InlineData("""{"tools":[{"type":"function","name":"a","function":{"name":"b"}}]}""", "b+a")]
    [InlineData("""{"messages":[{"role":"assistant","content":[{"type":"tool_use","id":"1","name":"x","input":{"tools":[7]}}]}],"metadata":{"tools":[7]},"input":[{"type":"function_call","arguments":"{}"},{"type":"mcp_list_tools","tools":[{"name":"z"}]}]}""", "")]
    [InlineData("""{"requests":[{"params":{"tools":[{"name":"a"}]}}]}""", "a")]
    public void Offers_OfEachProvider_AreFoundWhereverTheyStand(string json, string names) => Assert.Equal(names, string.Join(' ', NamesIn(json)));

    [Theory]
    [InlineData("""{"a":1, "tools" : [ {"name":"x"} , {"name":"bad"} , {"name":"y"} ] ,"z":"\u0041"}""", """{"a":1, "tools" : [ {"name":"x"} , {"name":"y"} ] ,"z":"\u0041"}""")]
    [InlineData("""{"tools":[{"name":"bad"},{"name":"y"}]}""", """{"tools":[{"name":"y"}]}""")]
    [InlineData("""{"tools":[{"name":"y"},{"name":"bad"},{"name":"bad"}]}""", """{"tools":[{"name":"y"}]}""")]
    [InlineData("""{"a":1,"tools":[{"name":"bad"}],"b":2}""", """{"a":1,"b":2}""")]
    [InlineData("""{"tools":[{"name":"bad"}],"b":2}""", """{"b":2}""")]
    [InlineData("""{"a":1,"tools":[{"name":"bad"}]}""", """{"a":1}""")]
    [InlineData("""{"a":1,"tools":[{"name":"bad"}],"tool_choice":"auto","parallel_tool_calls":false,"b":2}""", """{"a":1,"b":2}""")]
    [InlineData("""{"tools":[{"name":"bad"},{"name":"y"}],"tool_choice":{"type":"tool","name":"y"}}""", """{"tools":[{"name":"y"}],"tool_choice":{"type":"tool","name":"y"}}""")]
    [InlineData("""{"functions":[{"name":"bad"}],"function_call":"auto","b":2}""", """{"b":2}""")]
    [InlineData("""{"web_search_options":{},"b":2,"tools":[{"type":"bad"},{"name":"y"}]}""", """{"web_search_options":{},"b":2,"tools":[{"name":"y"}]}""")]
    [InlineData("""{"toolConfig":{"tools":[{"toolSpec":{"name":"bad"}},{"cachePoint":{}}],"toolChoice":{"auto":{}}},"b":2}""", """{"b":2}""")]
    [InlineData("""{"toolConfig":{"tools":[{"toolSpec":{"name":"bad"}},{"toolSpec":{"name":"y"}}],"toolChoice":{"any":{}}}}""", """{"toolConfig":{"tools":[{"toolSpec":{"name":"y"}}],"toolChoice":{"any":{}}}}""")]
    [InlineData("""{"tools":[{"functionDeclarations":[{"name":"bad"},{"name":"y"}]},{"bad":{}}]}""", """{"tools":[{"functionDeclarations":[{"name":"y"}]}]}""")]
    [InlineData("""{"tools":[{"functionDeclarations":[{"name":"bad"}],"googleSearch":{}}]}""", """{"tools":[{"googleSearch":{}}]}""")]
    [InlineData("""{"b":2,"tools":[{"functionDeclarations":[{"name":"bad"}]}]}""", """{"b":2}""")]
    [InlineData("""{"tools":[{"type":"namespace","name":"n","description":"d","tools":[{"name":"bad"}]},{"name":"y"}]}""", """{"tools":[{"type":"namespace","name":"n","description":"d","tools":[{"name":"bad"}]},{"name":"y"}]}""")]
    [InlineData("""{"input":[{"role":"user"},{"type":"additional_tools","tools":[{"name":"bad"}]}]}""", """{"input":[{"role":"user"}]}""")]
    [InlineData("""{"input":[{"type":"tool_search_output","call_id":"c","tools":[{"name":"bad"}]}]}""", """{"input":[{"type":"tool_search_output","call_id":"c","tools":[]}]}""")]
    [InlineData("""{"requests":[{"params":{"a":1,"tools":[{"name":"bad"}],"tool_choice":{"type":"auto"}}},{"params":{"tools":[{"name":"y"}]}}]}""", """{"requests":[{"params":{"a":1}},{"params":{"tools":[{"name":"y"}]}}]}""")]
    [InlineData("""{"mcp_servers":[{"type":"url","url":"u"}],"tools":[{"name":"bad"}]}""", """{"mcp_servers":[{"type":"url","url":"u"}]}""")]
    public void Remove_Tool_LeavesEveryOtherByte(string json, string expected)
    {
        Assert.Equal(expected, Without(json, "bad"));
        using var check = JsonDocument.Parse(expected);
    }

    [Theory]
    [InlineData("""{"tools":[{"type":"namespace","name":"n","description":"d","tools":[{"name":"bad"}]},{"name":"y"}]}""", """{"tools":[{"name":"y"}]}""")]
    [InlineData("""{"tools":[{"type":"namespace","name":"n","tools":[{"name":"bad"},{"name":"z"}]}]}""", """{"tools":[{"type":"namespace","name":"n","tools":[{"name":"z"}]}]}""")]
    public void Remove_ToolOfANamespace_LeavesNoEmptyNamespace(string json, string expected) => Assert.Equal(expected, Without(json, "n.bad"));

    [Theory]
    [InlineData("""{"tools":[{"name":"bad"},{"name":"y"}],"tool_choice":{"type":"tool","name":"bad"}}""")]
    [InlineData("""{"tools":[{"name":"bad"},{"name":"y"}],"tool_choice":{"type":"function","function":{"name":"bad"}}}""")]
    [InlineData("""{"tools":[{"name":"bad"},{"name":"y"}],"tool_choice":{"type":"allowed_tools","mode":"auto","tools":[{"type":"function","name":"bad"}]}}""")]
    [InlineData("""{"tools":[{"name":"bad"}],"tool_choice":"required"}""")]
    [InlineData("""{"tools":[{"name":"bad"}],"tool_choice":{"type":"any"}}""")]
    [InlineData("""{"tools":[{"type":"bad_20250101"}],"tool_choice":{"type":"bad_20250101"}}""")]
    [InlineData("""{"functions":[{"name":"bad"},{"name":"y"}],"function_call":{"name":"bad"}}""")]
    [InlineData("""{"toolConfig":{"tools":[{"toolSpec":{"name":"bad"}},{"toolSpec":{"name":"y"}}],"toolChoice":{"tool":{"name":"bad"}}}}""")]
    [InlineData("""{"toolConfig":{"tools":[{"toolSpec":{"name":"bad"}}],"toolChoice":{"any":{}}}}""")]
    [InlineData("""{"tools":[{"functionDeclarations":[{"name":"bad"},{"name":"y"}]}],"toolConfig":{"functionCallingConfig":{"mode":"ANY","allowedFunctionNames":["bad"]}}}""")]
    public void Remove_ToolThatTheRequestAsksFor_CannotBeDone(string json) => Assert.Null(Without(json, "bad"));

    [Fact]
    public void Definition_IsTheEntryInOneSpelling() =>
        Assert.Equal("""{"type":"mcp","server_url":"https://m"}""", Assert.Single(Read("""{"tools":[ { "type" : "\u006dcp", "server_url":"https:\/\/m" } ]}""")!.Offers).Definition);

    [Fact]
    public void DamagedRequests_NeverThrow_AndWhatIsLeftHasNoToolThatWasTakenOut()
    {
        var random = new Random(20_261_121);
        byte[][] bodies =
        [
            .. new[]
            {
                """{"model":"m","tools":[{"name":"bad"},{"type":"function","function":{"name":"y"}}],"tool_choice":"auto","input":[{"type":"additional_tools","tools":[{"name":"bad"}]}]}""",
                """{"toolConfig":{"tools":[{"toolSpec":{"name":"bad"}},{"cachePoint":{}}]},"tools":[{"functionDeclarations":[{"name":"bad"},{"name":"z"}]},{"googleSearch":{}}]}""",
                """{"tools":[{"type":"namespace","name":"n","tools":[{"name":"bad"}]}],"functions":[{"name":"bad"}],"function_call":"none"}""",
            }.Select(Encoding.UTF8.GetBytes),
        ];
        for (var round = FuzzRounds.Or(5_000); round > 0; round--)
        {
            var body = Mutations.Of(bodies[random.Next(bodies.Length)], random);
            var path = Encoding.Latin1.GetString(Mutations.Of("/v1beta/models/a%2Fb:generateContent"u8.ToArray(), random));
            if (ModelRequest.Read(LlmDialect.Gemini, null, round % 2 == 0 ? path : "/v1/x", body) is not { } request)
            {
                continue;
            }

            var output = new ArrayBufferWriter<byte>();
            if (request.TryRemove(request.Offers.Where(offer => offer.Names.Any(name => name.EndsWith("bad", StringComparison.Ordinal))).ToHashSet(), output))
            {
                var left = ModelRequest.Read(LlmDialect.Gemini, null, "/v1/x", output.WrittenMemory.ToArray());
                Assert.NotNull(left);
                Assert.DoesNotContain(left.Offers, offer => offer.Names.Any(name => name.EndsWith("bad", StringComparison.Ordinal)));
            }
        }
    }
}
