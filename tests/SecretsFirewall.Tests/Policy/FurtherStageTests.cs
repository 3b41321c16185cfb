using SecretsFirewall.Policy;

namespace SecretsFirewall.Tests.Policy;

/// <summary>The stages that are asked only where a policy has rules about them: MCP messages, requests to models, tools that are offered.</summary>
public sealed class FurtherStageTests
{
    private static PolicyFacts Mcp(string? tool, string? arguments = "{}", string method = "tools/call") =>
        PolicyText.Facts() with { On = PolicyStage.McpCall, McpMethod = method, Tool = tool, Arguments = arguments };

    private static PolicyFacts Model(string? model = "m", long? maxTokens = 100, bool? stream = false, params string[] tools) =>
        PolicyText.Facts() with { On = PolicyStage.ModelRequest, Model = model, MaxTokens = maxTokens, Stream = stream, OfferedTools = tools };

    private static PolicyFacts Offer(string tool) => PolicyText.Facts() with { On = PolicyStage.ToolOffer, Tool = tool, Arguments = "{}" };

    private static PolicySnapshot Load(params string[] rules) => PolicyText.Load($"\"rules\": [{string.Join(',', rules)}]");

    private static string Rule(string on, string match, string outcome = "allow", string id = "r") => PolicyText.Rule(match, outcome, on, id);

    private static PolicySnapshot LoadWithDefault(string member, params string[] rules)
    {
        var text = PolicyText.Frame($"\"rules\": [{string.Join(',', rules)}]").Replace("\"defaults\": {", $"\"defaults\": {{ {member},", StringComparison.Ordinal);
        var policy = PolicyLoader.Load([PolicyText.File(text)], out var errors);
        Assert.Empty(errors);
        return policy!;
    }

    [Fact]
    public void Asks_WithoutRules_AsksNothingAndRefusesNothing()
    {
        var policy = Load(PolicyText.Rule("{}"));

        foreach (var facts in new[] { Mcp("t"), Model(), Offer("t") })
        {
            Assert.False(policy.AsksAt(facts.On));
            Assert.False(PolicySnapshot.DenyAll.AsksAt(facts.On));
            Assert.Equal(PolicyOutcome.Allow, policy.Decide(facts).Outcome);
        }
    }

    [Theory]
    [InlineData("mcp_call", PolicyStage.McpCall, "mcp_tool")]
    [InlineData("model_request", PolicyStage.ModelRequest, "model")]
    [InlineData("tool_offer", PolicyStage.ToolOffer, "offer")]
    public void Decide_NoRuleMatches_IsDeniedUnlessTheDefaultsAllow(string on, PolicyStage stage, string member)
    {
        var facts = stage switch { PolicyStage.McpCall => Mcp("t"), PolicyStage.ModelRequest => Model(), _ => Offer("t") };
        var rule = Rule(on, """{ "agent": { "eq": "somebody" } }""");

        Assert.True(Load(rule).AsksAt(stage));
        Assert.Equal((PolicyOutcome.Deny, "default"), (Load(rule).Decide(facts).Outcome, Load(rule).Decide(facts).Rule));
        Assert.Equal(PolicyOutcome.Allow, LoadWithDefault($"\"{member}\": \"allow\"", rule).Decide(facts).Outcome);
        Assert.Equal(PolicyOutcome.Deny, LoadWithDefault($"\"{member}\": \"deny\"").Decide(facts).Outcome);
    }

    [Fact]
    public void Decide_McpRuleThatNamesNoMethod_IsAboutToolsOnly()
    {
        var policy = Load(Rule("mcp_call", """{ "tool": { "eq": "delete" } }""", "deny"), Rule("mcp_call", "{}", id: "all"));

        Assert.Equal(PolicyOutcome.Deny, policy.Decide(Mcp("delete")).Outcome);
        Assert.Equal(PolicyOutcome.Allow, policy.Decide(Mcp("read")).Outcome);
        Assert.Equal(PolicyOutcome.Allow, policy.Decide(Mcp(null, null, "initialize")).Outcome);
        Assert.Equal(PolicyOutcome.Allow, policy.Decide(Mcp("delete", null, "prompts/get")).Outcome);
    }

    [Theory]
    [InlineData("resources/read", "file:///etc/passwd", PolicyOutcome.Deny)]
    [InlineData("resources/read", "file:///home/a", PolicyOutcome.Allow)]
    [InlineData("sampling/createMessage", null, PolicyOutcome.Deny)]
    [InlineData("ping", null, PolicyOutcome.Allow)]
    public void Decide_McpRuleThatNamesAMethod_IsAboutIt(string method, string? names, PolicyOutcome expected)
    {
        var policy = Load(
            Rule("mcp_call", """{ "mcp_method": { "eq": "resources/read" }, "tool": { "prefix": "file:///etc" } }""", "deny"),
            Rule("mcp_call", """{ "any": [ { "mcp_method": { "prefix": "sampling/" } }, { "mcp_method": { "prefix": "elicitation/" } } ] }""", "deny", "inbound"));

        Assert.Equal(expected, policy.Decide(Mcp(names, null, method)).Outcome);
    }

    [Fact]
    public void Decide_McpServer_IsTheListedDestination()
    {
        var policy = PolicyText.Load($$"""
            "destinations": [ { "id": "tracker", "kind": "tool", "hosts": ["a.example.com"] } ],
            "rules": [ {{Rule("mcp_call", """{ "mcp_server": { "eq": "tracker" } }""")}} ]
            """);

        Assert.Equal(PolicyOutcome.Allow, policy.Decide(Mcp("t")).Outcome);
        Assert.Equal(PolicyOutcome.Deny, policy.Decide(Mcp("t") with { Destination = PolicyText.Facts("b.example.com").Destination }).Outcome);
    }

    [Fact]
    public void Decide_AnyArguments_KeepsWhatSomeArgumentsAllow()
    {
        var policy = Load(
            Rule("mcp_call", """{ "tool": { "eq": "query" }, "arguments": { "contains_any": ["drop"] } }""", "deny", "no-drop"),
            Rule("mcp_call", """{ "tool": { "in": ["query", "write"] }, "arguments": { "matches": "safe" } }"""),
            Rule("mcp_call", """{ "tool": { "eq": "write" } }""", "deny", "no-write"));

        Assert.Equal(PolicyOutcome.Allow, policy.Decide(Mcp("query", null) with { AnyArguments = true }).Outcome);
        Assert.Equal(PolicyOutcome.Deny, policy.Decide(Mcp("write", null) with { AnyArguments = true }).Outcome);
        Assert.Equal(PolicyOutcome.Deny, policy.Decide(Mcp("query", null)).Outcome);
        Assert.Equal(PolicyOutcome.Deny, policy.Decide(Mcp("query", "{\"q\":\"safe drop\"}")).Outcome);
    }

    [Theory]
    [InlineData(100L, PolicyOutcome.Allow)]
    [InlineData(4096L, PolicyOutcome.Allow)]
    [InlineData(4097L, PolicyOutcome.Deny)]
    [InlineData(null, PolicyOutcome.Deny)]
    public void Decide_MaxTokensCeiling_RefusesMoreAndNoBoundAtAll(long? maxTokens, PolicyOutcome expected) =>
        Assert.Equal(expected, Load(Rule("model_request", "{}", id: "all"), Rule("model_request", """{ "max_tokens": { "gt": 4096 } }""", "deny")).Decide(Model(maxTokens: maxTokens)).Outcome);

    [Theory]
    [InlineData("""{ "model": { "in": ["m", "n"] } }""", true)]
    [InlineData("""{ "model": { "prefix": "x" } }""", false)]
    [InlineData("""{ "stream": { "eq": true } }""", false)]
    [InlineData("""{ "stream": { "eq": false }, "tool_count": { "lt": 3 } }""", true)]
    [InlineData("""{ "tool_count": { "gt": 2 } }""", false)]
    [InlineData("""{ "offered_tool": { "eq": "b" } }""", true)]
    [InlineData("""{ "offered_tool": { "prefix": "a", "suffix": "b" } }""", false)]
    [InlineData("""{ "offered_tool": { "exists": false } }""", false)]
    [InlineData("""{ "not": { "offered_tool": { "eq": "c" } } }""", true)]
    public void Decide_ByModelStreamAndTools(string match, bool applies) =>
        Assert.Equal(applies ? PolicyOutcome.Allow : PolicyOutcome.Deny, Load(Rule("model_request", match)).Decide(Model(tools: ["a", "b"])).Outcome);

    [Fact]
    public void Decide_ModelThatIsNotNamed_MatchesRefusingRulesOnly()
    {
        const string Match = """{ "model": { "eq": "big" } }""";

        Assert.Equal(PolicyOutcome.Deny, Load(Rule("model_request", Match)).Decide(Model(model: null)).Outcome);
        Assert.Equal("no", Load(Rule("model_request", Match, "deny", "no"), Rule("model_request", "{}")).Decide(Model(model: null)).Rule);
    }

    [Fact]
    public void Load_PinAndOffers_AreSaidOncePerFolder()
    {
        var policy = PolicyText.Load("\"mcp\": { \"pin\": true }, \"offers\": \"refuse\"");

        Assert.True(policy.PinsMcpTools);
        Assert.True(policy.RefusesOffers);
        Assert.False(PolicyText.Load("").PinsMcpTools);
        Assert.False(PolicyText.Load("\"offers\": \"remove\"").RefusesOffers);
        Assert.Single(PolicyText.Errors(PolicyText.Frame("\"mcp\": { \"pin\": true }"), """{ "schema": "policy/v1", "mcp": { } }"""));
    }

    [Theory]
    [InlineData("""{ "model": { "eq": "m" } }""", "tool_call")]
    [InlineData("""{ "max_tokens": { "gt": 1 } }""", "request")]
    [InlineData("""{ "mcp_method": { "eq": "ping" } }""", "tool_call")]
    [InlineData("""{ "tool": { "eq": "t" } }""", "model_request")]
    [InlineData("""{ "offered_tool": { } }""", "model_request")]
    [InlineData("""{ "offered_tool": { "eq": "t" } }""", "tool_offer")]
    [InlineData("""{ "path": { "eq": "/" } }""", "mcp_call")]
    [InlineData("""{ "not": { "tool": { "eq": "t" } } }""", "mcp_call")]
    public void Load_TestThatItsStageDoesNotKnow_RefusesThePolicy(string match, string stage) =>
        Assert.NotEmpty(PolicyText.Errors(PolicyText.Frame($"\"rules\": [{PolicyText.Rule(match, on: stage)}]")));

    [Theory]
    [InlineData("pending")]
    [InlineData("steer")]
    public void Load_OfferThatWaitsOrIsSteered_RefusesThePolicy(string outcome) =>
        Assert.NotEmpty(PolicyText.Errors(PolicyText.Frame($"\"rules\": [{PolicyText.Rule("{}", outcome, "tool_offer")}]")));

    [Fact]
    public void Load_Cases_AreAskedInEachStage() => Assert.NotNull(PolicyText.Load($$"""
        "rules": [
          {{Rule("mcp_call", """{ "tool": { "eq": "read" }, "arguments": { "contains_any": ["a"] } }""", id: "m")}},
          {{Rule("model_request", """{ "model": { "eq": "small" }, "max_tokens": { "lt": 10 }, "offered_tool": { "eq": "t" } }""", id: "q")}},
          {{Rule("tool_offer", """{ "tool": { "eq": "t" } }""", id: "o")}}
        ],
        "cases": [
          { "name": "1", "facts": { "on": "mcp_call", "host": "a.example.com", "tool": "read", "arguments": "{\"a\":1}" }, "expect": { "outcome": "allow", "rule": "m" } },
          { "name": "2", "facts": { "on": "mcp_call", "host": "a.example.com", "mcp_method": "ping" }, "expect": { "outcome": "allow", "rule": "default" } },
          { "name": "3", "facts": { "on": "model_request", "host": "a.example.com", "model": "small", "max_tokens": 9, "offered_tools": ["t"] }, "expect": { "outcome": "allow", "rule": "q" } },
          { "name": "4", "facts": { "on": "model_request", "host": "a.example.com", "model": "small", "offered_tools": ["t"] }, "expect": { "outcome": "deny" } },
          { "name": "5", "facts": { "on": "tool_offer", "host": "a.example.com", "tool": "u" }, "expect": { "outcome": "deny" } }
        ]
        """));
}
