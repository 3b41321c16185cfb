using SecretsFirewall.Policy;

namespace SecretsFirewall.Tests.Policy;

public sealed class ToolCallRulesTests
{
    private static PolicyFacts Call(string tool, string? arguments = "{}", string host = "api.example.com") =>
        PolicyText.Facts(host) with { On = PolicyStage.ToolCall, Tool = tool, Arguments = arguments };

    private static PolicySnapshot Load(params string[] rules) => PolicyText.Load($"\"rules\": [{string.Join(',', rules)}]");

    private static string Rule(string match, string outcome = "allow", string id = "r") => PolicyText.Rule(match, outcome, "tool_call", id);

    [Fact]
    public void Decide_NoRuleAboutToolCalls_AllowsThemAndNobodyLooks()
    {
        var policy = Load(PolicyText.Rule("{}"));

        Assert.False(policy.GatesToolCalls);
        Assert.Equal(PolicyOutcome.Allow, policy.Decide(Call("bash")).Outcome);
        Assert.False(PolicySnapshot.DenyAll.GatesToolCalls);
    }

    [Theory]
    [InlineData("", PolicyOutcome.Deny)]
    [InlineData("\"tool\": \"deny\",", PolicyOutcome.Deny)]
    [InlineData("\"tool\": \"allow\",", PolicyOutcome.Allow)]
    public void Decide_NoRuleMatches_IsWhatTheDefaultsSayAndOtherwiseNo(string member, PolicyOutcome expected)
    {
        var text = PolicyText.Frame($"\"rules\": [{Rule("""{ "tool": { "eq": "read" } }""")}]").Replace("\"defaults\": {", $"\"defaults\": {{ {member}", StringComparison.Ordinal);
        var policy = PolicyLoader.Load([PolicyText.File(text)], out var errors)!;

        Assert.Empty(errors);
        Assert.True(policy.GatesToolCalls);
        Assert.Equal((expected, "default"), (policy.Decide(Call("bash")).Outcome, policy.Decide(Call("bash")).Rule));
        Assert.Equal((PolicyOutcome.Allow, "r"), (policy.Decide(Call("read")).Outcome, policy.Decide(Call("read")).Rule));
    }

    [Fact]
    public void Decide_DefaultDenyAlone_GatesAll()
    {
        var policy = PolicyLoader.Load([PolicyText.File(PolicyText.Frame("").Replace("\"defaults\": {", "\"defaults\": { \"tool\": \"deny\",", StringComparison.Ordinal))], out _)!;

        Assert.True(policy.GatesToolCalls);
        Assert.Equal(PolicyOutcome.Deny, policy.Decide(Call("bash")).Outcome);
    }

    [Theory]
    [InlineData("""{ "tool": { "in": ["bash", "sh"] } }""", true)]
    [InlineData("""{ "tool": { "prefix": "mcp__" } }""", false)]
    [InlineData("""{ "tool": { "eq": "bash" }, "arguments": { "contains_any": ["rm -rf", "mkfs"] } }""", true)]
    [InlineData("""{ "arguments": { "contains_any": ["RM -RF"] } }""", false)]
    [InlineData("""{ "arguments": { "matches": "\"cmd\":\"rm\\s+-r" } }""", true)]
    [InlineData("""{ "agent": { "eq": "ci" }, "level": { "lt": 2 }, "host": { "eq": "api.example.com" }, "port": { "eq": 443 } }""", true)]
    [InlineData("""{ "host": { "eq": "other.example.com" } }""", false)]
    [InlineData("""{ "any": [ { "tool": { "eq": "x" } }, { "not": { "arguments": { "contains_any": ["ls"] } } } ] }""", true)]
    public void Decide_ByToolArgumentsAgentAndHost(string match, bool applies)
    {
        var decision = Load(Rule(match)).Decide(Call("bash", """{"cmd":"rm -rf /"}"""));

        Assert.Equal(applies ? PolicyOutcome.Allow : PolicyOutcome.Deny, decision.Outcome);
    }

    [Fact]
    public void Decide_ArgumentsThatNobodyCouldRead_MatchRefusingRulesOnly()
    {
        const string Match = """{ "arguments": { "contains_any": ["x"] } }""";

        Assert.Equal("default", Load(Rule(Match)).Decide(Call("bash", arguments: null)).Rule);
        Assert.Equal("no", Load(Rule("{}"), Rule(Match, "deny", "no")).Decide(Call("bash", arguments: null)).Rule);
    }

    [Theory]
    [InlineData("steer", PolicyOutcome.Steer)]
    [InlineData("pending", PolicyOutcome.Pending)]
    public void Decide_GuidanceAndApproval_AreOutcomesOfToolCalls(string outcome, PolicyOutcome expected) =>
        Assert.Equal(expected, Load(Rule("{}", outcome), Rule("{}", id: "all")).Decide(Call("bash")).Outcome);

    [Theory]
    [InlineData("""{ "method": { "eq": "GET" } }""", "tool_call")]
    [InlineData("""{ "path": { "eq": "/" } }""", "tool_call")]
    [InlineData("""{ "tool": { "eq": "x" } }""", "request")]
    [InlineData("""{ "arguments": { "contains_any": ["x"] } }""", "connect")]
    [InlineData("""{ "arguments": { } }""", "tool_call")]
    [InlineData("""{ "arguments": { "contains_any": [] } }""", "tool_call")]
    [InlineData("""{ "arguments": { "contains_any": [""] } }""", "tool_call")]
    [InlineData("""{ "arguments": { "matches": "(a)\\1" } }""", "tool_call")]
    [InlineData("""{ "arguments": { "matches": "(" } }""", "tool_call")]
    [InlineData("""{ "arguments": { "matches": "" } }""", "tool_call")]
    [InlineData("""{ "not": { "tool": { "eq": "x" } } }""", "tool_call")]
    public void Load_TestThatItsStageDoesNotKnowOrThatSaysNothing_RefusesThePolicy(string match, string stage) =>
        Assert.NotEmpty(PolicyText.Errors(PolicyText.Frame($"\"rules\": [{PolicyText.Rule(match, on: stage)}]")));

    [Fact]
    public void Load_CasesAboutToolCalls_AreAsked()
    {
        var frame = PolicyText.Frame($$"""
            "rules": [{{Rule("""{ "tool": { "eq": "read" } }""")}}],
            "cases": [ { "name": "c", "facts": { "on": "tool_call", "host": "a.example.com", "tool": "read", "arguments": "{}" }, "expect": { "outcome": "OUTCOME" } } ]
            """);

        Assert.NotNull(PolicyLoader.Load([PolicyText.File(frame.Replace("OUTCOME", "allow", StringComparison.Ordinal))], out _));
        Assert.Contains("allow by 'r'", Assert.Single(PolicyText.Errors(frame.Replace("OUTCOME", "deny", StringComparison.Ordinal))).Message, StringComparison.Ordinal);
    }
}
