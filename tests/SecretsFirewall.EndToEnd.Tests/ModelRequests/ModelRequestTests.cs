using System.Text;
using SecretsFirewall.Audit;
using SecretsFirewall.EndToEnd.Tests.Drivers;
using SecretsFirewall.EndToEnd.Tests.Harness;
using SecretsFirewall.EndToEnd.Tests.Upstreams;
using SecretsFirewall.Model;

namespace SecretsFirewall.EndToEnd.Tests.ModelRequests;

/// <summary>Requests to models under a policy that says which models, how much, and with which tools.</summary>
public sealed class ModelRequestTests : FirewallTests, IClassFixture<FirewallFixture>
{
    private const string Rules = """
        { "id": "small-models", "on": "model_request", "outcome": "allow", "match": { "model": { "in": ["m", "small"] } } },
        { "id": "ceiling", "on": "model_request", "outcome": "deny", "match": { "max_tokens": { "gt": 100 } }, "reason": "At most 100 tokens." },
        { "id": "reading", "on": "tool_offer", "outcome": "allow", "match": { "tool": { "in": ["read_file", "web_search"] } } },
        { "id": "our-connector", "on": "tool_offer", "outcome": "allow", "match": { "tool": { "eq": "mcp" }, "arguments": { "contains_any": ["\"server_url\":\"https://mcp.example.com/\""] } } }
        """;

    public ModelRequestTests(FirewallFixture firewall)
        : base(firewall)
    {
        SetPolicy("remove");
        Upstream.Reset(Answer.Json(Prompts.ChatAnswer));
    }

    private void SetPolicy(string offers) => Assert.Empty(Firewall.ChangePolicy("models.json", $$"""{ "schema": "policy/v1", "offers": "{{offers}}", "rules": [ {{Rules}} ] }"""));

    [Theory]
    [InlineData(Hosts.Anthropic, "/v1/messages", """{"model":"m","max_tokens":100,"messages":[{"role":"user","content":"hi"}]}""")]
    [InlineData(Hosts.OpenAi, "/v1/chat/completions", """{"model":"small","max_completion_tokens":9,"messages":[]}""")]
    [InlineData(Hosts.OpenAi, "/v1/responses", """{"model":"m","max_output_tokens":9,"input":"hi"}""")]
    [InlineData(Hosts.OpenAi, "/v1/embeddings", """{"model":"m","input":"hi"}""")]
    [InlineData(Hosts.OpenAi, "/v1/traces", """{"events":[1,2]}""")]
    public async Task RequestThatTheRulesAllow_LeavesByteForByte(string host, string path, string body)
    {
        var response = await PostAsync(host, path, body);

        Assert.Equal(200, response.Status);
        Assert.Equal(body, Assert.Single(Upstream.Requests).BodyText);
    }

    [Theory]
    [InlineData(Hosts.Anthropic, "/v1/messages", """{"model":"big","max_tokens":100,"messages":[{"role":"user","content":"hi"}]}""", "default", "invalid_request_error")]
    [InlineData(Hosts.Anthropic, "/v1/messages", """{"model":"m","max_tokens":101,"messages":[]}""", "ceiling", "\"type\":\"error\"")]
    [InlineData(Hosts.Anthropic, "/v1/messages", """{"model":"m","messages":[]}""", "ceiling", "\"type\":\"error\"")]
    [InlineData(Hosts.Anthropic, "/v1/messages", """{"model":"m","max_tokens":5,"max_tokens":500,"messages":[]}""", "model_request", "\"type\":\"error\"")]
    [InlineData(Hosts.Anthropic, "/v1/messages", """{"model":"m","Model":"big","max_tokens":5,"messages":[]}""", "model_request", "\"type\":\"error\"")]
    [InlineData(Hosts.Anthropic, "/v1/messages", "model=m", "model_request", "\"type\":\"error\"")]
    [InlineData(Hosts.OpenAi, "/v1/chat/completions", """{"model":"m","max_output_tokens":5,"messages":[]}""", "ceiling", "\"error\"")]
    [InlineData(Hosts.OpenAi, "/v1/threads/t/runs", """{"assistant_id":"a","model":"m"}""", "ceiling", "\"error\"")]
    [InlineData(Hosts.Tool, "/gateway", """{"model":"big","max_tokens":5,"messages":[{"role":"user","content":"hi"}]}""", "default", "\"error\"")]
    [InlineData(Hosts.Tool, "/v1beta/models/big:generateContent", """{"contents":[],"generationConfig":{"maxOutputTokens":5}}""", "default", "INVALID_ARGUMENT")]
    [InlineData(Hosts.Tool, "/model/big/converse", """{"messages":[],"inferenceConfig":{"maxTokens":5}}""", "default", "message")]
    [InlineData(Hosts.Tool, "/api/chat", """{"model":"m","messages":[{"role":"user","content":"hi"}],"options":{"num_predict":-1}}""", "ceiling", "\"error\"")]
    public async Task RequestThatTheRulesRefuse_IsA400InTheProvidersShape_AndNothingLeaves(string host, string path, string body, string rule, string shape)
    {
        var response = await PostAsync(host, path, body);

        Assert.Equal(400, response.Status);
        Assert.Contains($"'{rule}'", response.Text, StringComparison.Ordinal);
        Assert.Contains(shape, response.Text, StringComparison.Ordinal);
        Assert.Empty(Upstream.Requests);
    }

    [Fact]
    public async Task OfferedTools_ThatTheAgentMayNotHave_AreTakenOutAndAllElseStays()
    {
        Firewall.MarkAudit();

        await PostAsync(Hosts.OpenAi, "/v1/responses", """{"model":"m", "tools":[ {"type":"function","name":"rm"} , {"type":"web_search"}, {"type":"mcp","server_url":"https://evil.example/"},{"type":"mcp","server_url":"https:\/\/mcp.example.com/"}],"max_output_tokens":9,"input":"\u0068i"}""");

        var request = Assert.Single(Upstream.Requests);
        Assert.Equal("""{"model":"m", "tools":[ {"type":"web_search"}, {"type":"mcp","server_url":"https:\/\/mcp.example.com/"}],"max_output_tokens":9,"input":"\u0068i"}""", request.BodyText);
        Assert.Equal(request.Body.Length.ToString(System.Globalization.CultureInfo.InvariantCulture), request.Header("Content-Length"));
        var outcome = await Firewall.AuditAsync(record => record.Type == AuditTypes.Outcome);
        Assert.Equal(["rm", "mcp"], outcome.Tools.Select(tool => tool.Name));
        Assert.Equal(Verdict.Changed, outcome.Verdict);
    }

    [Fact]
    public async Task OfferedTools_AllTakenOut_LeaveNoEmptyListAndNoChoice()
    {
        await PostAsync(Hosts.OpenAi, "/v1/chat/completions", """{"model":"m","tools":[{"type":"function","function":{"name":"rm"}}],"tool_choice":"auto","max_tokens":9,"messages":[]}""");

        Assert.Equal("""{"model":"m","max_tokens":9,"messages":[]}""", Assert.Single(Upstream.Requests).BodyText);
    }

    [Fact]
    public async Task ChoiceOfAToolThatIsTakenOut_IsRefused()
    {
        var response = await PostAsync(
            Hosts.Anthropic, "/v1/messages", """{"model":"m","max_tokens":9,"tools":[{"name":"rm","input_schema":{}},{"name":"read_file","input_schema":{}}],"tool_choice":{"type":"tool","name":"rm"},"messages":[]}""");

        Assert.Equal(400, response.Status);
        Assert.Empty(Upstream.Requests);
    }

    [Fact]
    public async Task OfferedTool_UnderAPolicyThatRefuses_RefusesTheRequest()
    {
        SetPolicy("refuse");

        var response = await PostAsync(Hosts.Anthropic, "/v1/messages", """{"model":"m","max_tokens":9,"tools":[{"name":"rm","input_schema":{}}],"messages":[]}""");

        Assert.Equal(400, response.Status);
        Assert.Contains("'default'", response.Text, StringComparison.Ordinal);
        Assert.Empty(Upstream.Requests);
    }

    [Fact]
    public async Task SecretInWhatStays_IsMaskedAlthoughAToolIsTakenOut()
    {
        var canary = Firewall.Register();
        var body = $$"""{"model":"m","max_tokens":9,"tools":[{"name":"rm","description":"{{canary.Value}}"}],"messages":[{"role":"user","content":"{{canary.Value}}"}]}""";

        await PostAsync(Hosts.Anthropic, "/v1/messages", body);

        Assert.Equal($$"""{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"{{canary.Reference}}"}]}""", Assert.Single(Upstream.Requests).BodyText);
        AssertNowhere([canary]);
    }

    [Fact]
    public async Task CodedRequest_IsDecidedDecodedAndLeavesCoded()
    {
        var coded = Answer.Encode("gzip", """{"model":"m","max_tokens":9,"tools":[{"name":"rm"}],"messages":[]}"""u8.ToArray());

        await PostAsync(Hosts.Anthropic, "/v1/messages", coded, "Content-Encoding: gzip");

        Assert.Equal("""{"model":"m","max_tokens":9,"messages":[]}""", Encoding.UTF8.GetString(Answer.Decode("gzip", Assert.Single(Upstream.Requests).Body)));
    }

    /// <summary>What a provider signed or encrypted passes as it is, in a request in which something else is masked; a value of the vault in it refuses the request.</summary>
    [Theory]
    [InlineData(Hosts.Anthropic, "/v1/messages", """{"model":"m","max_tokens":9,"messages":[{"role":"assistant","content":[{"type":"thinking","thinking":"PART","signature":"c2ln"}]},{"role":"user","content":"TEXT"}]}""")]
    [InlineData(Hosts.Anthropic, "/v1/messages", """{"model":"m","max_tokens":9,"messages":[{"role":"assistant","content":[{"type":"thinking","thinking":"t","signature":"PART"}]},{"role":"user","content":"TEXT"}]}""")]
    [InlineData(Hosts.Anthropic, "/v1/messages", """{"model":"m","max_tokens":9,"messages":[{"role":"assistant","content":[{"type":"redacted_thinking","data":"PART"}]},{"role":"user","content":"TEXT"}]}""")]
    [InlineData(Hosts.OpenAi, "/v1/responses", """{"model":"m","max_output_tokens":9,"input":[{"type":"reasoning","id":"rs_1","encrypted_content":"PART"},{"role":"user","content":"TEXT"}]}""")]
    [InlineData(Hosts.OpenAi, "/v1/responses", """{"model":"m","max_output_tokens":9,"input":[{"type":"function_call","call_id":"PART","name":"read_file","arguments":"{}"},{"role":"user","content":"TEXT"}]}""")]
    [InlineData(Hosts.OpenAi, "/v1/chat/completions", """{"model":"m","max_tokens":9,"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,PART"}},{"type":"text","text":"TEXT"}]}]}""")]
    public async Task SignedOrEncryptedPart_PassesByteForByte_AndAValueOfTheVaultInItBlocks(string host, string path, string shape)
    {
        var canary = Firewall.Register();
        var clean = shape.Replace("PART", "QUJDRA+/==", StringComparison.Ordinal);

        await PostAsync(host, path, clean.Replace("TEXT", canary.Value, StringComparison.Ordinal));
        Assert.Equal(clean.Replace("TEXT", canary.Reference, StringComparison.Ordinal), Assert.Single(Upstream.Requests).BodyText);

        Upstream.Reset(Answer.Json(Prompts.ChatAnswer));
        var response = await PostAsync(host, path, shape.Replace("TEXT", "hi", StringComparison.Ordinal).Replace("PART", canary.Value, StringComparison.Ordinal));
        Assert.Equal(400, response.Status);
        Assert.Contains("Secrets Firewall", response.Text, StringComparison.Ordinal);
        Assert.Empty(Upstream.Requests);
        AssertNowhere([canary], response.Body);
    }

    private Task<RawResponse> PostAsync(string host, string path, string body, params string[] headers) => PostAsync(host, path, Encoding.UTF8.GetBytes(body), headers);

    private async Task<RawResponse> PostAsync(string host, string path, byte[] body, params string[] headers)
    {
        await using var client = await Firewall.TunnelAsync(host);
        return await client.RequestAsync("POST", path, host, body, ["Content-Type: application/json", .. headers]);
    }
}
