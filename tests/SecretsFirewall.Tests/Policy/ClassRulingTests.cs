using SecretsFirewall.Commands;
using SecretsFirewall.Model;
using SecretsFirewall.Policy;

namespace SecretsFirewall.Tests.Policy;

/// <summary>Rule, matrix and gate together.</summary>
public sealed class ClassRulingTests
{
    private const string Green = "ls";
    private const string Yellow = "npm test";
    private const string Red = "git reset --hard";
    private const string Critical = "rm -rf /";
    private const string External = "scp a host.example.com:";

    private static readonly string All = PolicyText.Rule("{}", "allow", "tool_call", "all");

    // DESIGN.md section 7: line, level, gate locked, gate open.
    [Theory]
    [InlineData(Green, 1, "allow", "allow")]
    [InlineData(Green, 2, "allow", "allow")]
    [InlineData(Green, 3, "allow", "allow")]
    [InlineData(Yellow, 1, "pending", "pending")]
    [InlineData(Yellow, 2, "allow", "allow")]
    [InlineData(Yellow, 3, "allow", "allow")]
    [InlineData(External, 1, "pending", "pending")]
    [InlineData(External, 2, "pending", "pending")]
    [InlineData(External, 3, "pending", "allow")]
    [InlineData(Red, 1, "pending", "pending")]
    [InlineData(Red, 2, "pending", "pending")]
    [InlineData(Red, 3, "allow", "allow")]
    [InlineData(Critical, 1, "admin", "admin")]
    [InlineData(Critical, 2, "admin", "admin")]
    [InlineData(Critical, 3, "admin", "admin")]
    public void Decide_UnderTheMatrix_AnswersAsTheTable(string line, int level, string locked, string open)
    {
        var policy = PolicyText.Load($"\"matrix\": {{}}, \"rules\": [{All}]");

        string Word(bool isOpen) => policy.Decide(PolicyText.Command(line, level) with { GateOpen = isOpen }) switch
        {
            { Approval.Role: ApproverRole.Admin } => "admin",
            var decision => decision.Outcome.ToString().ToLowerInvariant(),
        };
        Assert.Equal((locked, open), (Word(false), Word(true)));
    }

    [Fact]
    public void Decide_WithoutMatrix_ClassIsKnownAndRulesAloneDecide()
    {
        var decision = PolicyText.Load($"\"rules\": [{All}]").Decide(PolicyText.Command(Critical));

        Assert.Equal((PolicyOutcome.Allow, "all", CommandClass.CriticalRed), (decision.Outcome, decision.Rule, decision.Class));
    }

    [Fact]
    public void Decide_MatrixAloneIsThere_CallsAreLookedFor()
    {
        var policy = PolicyText.Load("\"matrix\": {}");

        Assert.True(policy.GatesToolCalls);
        Assert.Equal((PolicyOutcome.Deny, "default"), (policy.Decide(PolicyText.Command(Green)).Outcome, policy.Decide(PolicyText.Command(Green)).Rule));
    }

    [Fact]
    public void Decide_CellsOfTheBundle_ReplaceThoseOfTheDesign()
    {
        var policy = PolicyText.Load($$"""
            "matrix": { "level_1": { "yellow": "allow", "external": "deny" }, "level_3": { "critical_red": "deny" } }, "rules": [{{All}}]
            """);

        Assert.Equal(PolicyOutcome.Allow, policy.Decide(PolicyText.Command(Yellow)).Outcome);
        Assert.Equal((PolicyOutcome.Deny, "class_matrix"), (policy.Decide(PolicyText.Command(External)).Outcome, policy.Decide(PolicyText.Command(External)).Rule));
        Assert.Equal(PolicyOutcome.Pending, policy.Decide(PolicyText.Command(Red)).Outcome);
        Assert.Equal(PolicyOutcome.Deny, policy.Decide(PolicyText.Command(Critical, 3)).Outcome);
        Assert.Equal(PolicyOutcome.Pending, policy.Decide(PolicyText.Command(Critical, 2)).Outcome);
    }

    [Fact]
    public void Decide_RuleStricterThanTheMatrix_Wins()
    {
        var policy = PolicyText.Load($"\"matrix\": {{}}, \"rules\": [{All}, {PolicyText.Rule("""{ "command": { "class": { "at_least": "yellow" } } }""", "deny", "tool_call", "no")}]");

        Assert.Equal(("no", PolicyOutcome.Deny), (policy.Decide(PolicyText.Command(Yellow)).Rule, policy.Decide(PolicyText.Command(Yellow)).Outcome));
    }

    [Fact]
    public void Decide_MatrixStricterThanSteer_IsPendingAndKeepsTheClass()
    {
        var policy = PolicyText.Load($"\"matrix\": {{}}, \"rules\": [{PolicyText.Rule("{}", "steer", "tool_call", "steer")}]");

        Assert.Equal(("class_matrix", PolicyOutcome.Pending), (policy.Decide(PolicyText.Command(Red)).Rule, policy.Decide(PolicyText.Command(Red)).Outcome));
        Assert.Equal(("steer", PolicyOutcome.Steer), (policy.Decide(PolicyText.Command(Green)).Rule, policy.Decide(PolicyText.Command(Green)).Outcome));
    }

    [Theory]
    [InlineData("green", 1, PolicyOutcome.Allow)]
    [InlineData("yellow", 1, PolicyOutcome.Pending)]
    [InlineData("yellow", 2, PolicyOutcome.Allow)]
    [InlineData("critical_red", 3, PolicyOutcome.Pending)]
    public void Decide_RuleWithAClass_IsBelievedBeforeTheTableAndBringsTheMatrixIn(string known, int level, PolicyOutcome expected)
    {
        var policy = PolicyText.Load($$"""
            "rules": [{{All}}, { "id": "deploy", "on": "tool_call", "outcome": "allow", "class": "{{known}}", "match": { "command": { "any_of": { "argv0": { "eq": "git" } } } } }]
            """);

        Assert.Equal(expected, policy.Decide(PolicyText.Command(Red, level)).Outcome);
    }

    [Fact]
    public void Decide_SeveralRulesSayAClass_TheWorstCounts()
    {
        var policy = PolicyText.Load("""
            "rules": [
              { "id": "a", "on": "tool_call", "outcome": "allow", "class": "green", "match": {} },
              { "id": "b", "on": "tool_call", "outcome": "allow", "class": "red", "external": true, "match": { "tool": { "eq": "bash" } } }
            ]
            """);

        var decision = policy.Decide(PolicyText.Command(Green));

        Assert.Equal((CommandClass.Red, true, PolicyOutcome.Pending), (decision.Class, decision.IsExternal, decision.Outcome));
    }

    [Theory]
    [InlineData("api.example.com", 2, false, PolicyOutcome.Allow, "r")]
    [InlineData("api.example.com", 1, false, PolicyOutcome.Pending, "class_matrix")]
    [InlineData("other.example.net", 3, false, PolicyOutcome.Pending, "external_gate")]
    [InlineData("other.example.net", 3, true, PolicyOutcome.Allow, "r")]
    [InlineData("other.example.net", 2, true, PolicyOutcome.Pending, "class_matrix")]
    public void Decide_RequestWithAClass_IsDecidedByMatrixAndGate(string host, int level, bool gateOpen, PolicyOutcome expected, string rule)
    {
        var policy = PolicyText.Load("""
            "destinations": [{ "id": "api", "kind": "tool", "hosts": ["api.example.com"] }],
            "rules": [{ "id": "r", "on": "request", "outcome": "allow", "class": "yellow", "match": { "method": { "eq": "POST" } } }]
            """);

        var decision = policy.Decide(PolicyText.Facts(host, "POST") with { Level = level, GateOpen = gateOpen });

        Assert.Equal((expected, rule, CommandClass.Yellow), (decision.Outcome, decision.Rule, decision.Class));
    }

    [Fact]
    public void Decide_RequestWithoutAClass_KnowsNothingOfTheMatrix()
    {
        var decision = PolicyText.Load($"\"matrix\": {{}}, \"rules\": [{PolicyText.Rule("{}")}]").Decide(PolicyText.Facts("unlisted.example", "POST"));

        Assert.Equal((PolicyOutcome.Allow, null, false), (decision.Outcome, decision.Class, decision.IsExternal));
    }

    [Theory]
    [InlineData("", PolicyOutcome.Pending, "code_carrier")]
    [InlineData("\"code_carrier\": \"allow\",", PolicyOutcome.Allow, "code_carrier")]
    [InlineData("\"code_carrier\": \"deny\",", PolicyOutcome.Deny, "code_carrier")]
    public void Decide_CodeCarrierThatNoRuleMatches_IsWhatItsDefaultSays(string member, PolicyOutcome expected, string rule)
    {
        var text = PolicyText.Frame($"\"rules\": [{PolicyText.Rule("""{ "tool": { "eq": "x" } }""", "deny", "tool_call")}]")
            .Replace("\"defaults\": {", $"\"defaults\": {{ \"tool\": \"allow\", {member}", StringComparison.Ordinal);
        var policy = PolicyLoader.Load([PolicyText.File(text)], out var errors, basis: SecretsFirewall.Bundles.ShippedBasis.Basis)!;

        Assert.Empty(errors);
        var decision = policy.Decide(PolicyText.Call("functions.exec", "await tools.run()"));
        Assert.Equal((expected, rule), (decision.Outcome, decision.Rule));
        Assert.Equal("default", policy.Decide(PolicyText.Command(Green)).Rule);
    }

    [Theory]
    [InlineData("""{ "id": "r", "on": "connect", "outcome": "allow", "class": "red", "match": {} }""", "not on connect")]
    [InlineData("""{ "id": "r", "on": "request", "outcome": "allow", "external": true, "match": {} }""", "needs a class")]
    [InlineData("""{ "id": "class_matrix", "on": "request", "outcome": "allow", "match": {} }""", "where no rule does")]
    public void Load_ClassThatMeansNothing_RefusesThePolicy(string rule, string message) =>
        Assert.Contains(message, Assert.Single(PolicyText.Errors(PolicyText.Frame($"\"rules\": [{rule}]"))).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("\"matrix\": { \"level_4\": {} }", "Unknown member")]
    [InlineData("\"matrix\": { \"level_1\": { \"purple\": \"allow\" } }", "Unknown member")]
    [InlineData("\"matrix\": { \"level_1\": { \"red\": \"maybe\" } }", "pending_admin")]
    public void Load_MatrixThatMeansNothing_RefusesThePolicy(string members, string message) =>
        Assert.Contains(message, Assert.Single(PolicyText.Errors(PolicyText.Frame(members))).Message, StringComparison.Ordinal);
}
