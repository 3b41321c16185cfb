using System.Text;
using SecretsFirewall.Bundles;
using SecretsFirewall.Policy;
using SecretsFirewall.Policy.Compilation;

namespace SecretsFirewall.Tests.Policy;

public sealed class PolicyExplainerTests
{
    private static readonly PolicyFile File = PolicyText.File(PolicyText.Frame($$"""
        "rules": [
          {{PolicyText.Rule("""{ "agent": { "eq": "ci" }, "command": { "class": { "at_least": "red" } } }""", "deny", "tool_call", "red")}},
          {{PolicyText.Rule("""{ "canonical_tool": { "eq": "bash" } }""", "allow", "tool_call", "bash")}},
          {{PolicyText.Rule("""{ "session": { "eq": "s" } }""", "allow", "tool_call", "session")}},
          {{PolicyText.Rule("{}", "allow", "request", "request")}}
        ]
        """));

    [Fact]
    public void Explain_EveryRuleOfTheStage_SaysTheFirstConditionThatKeepsItBackAndItsValue()
    {
        var errors = new List<PolicyError>();
        var facts = PolicyExplainer.ReadFacts("f.json", Encoding.UTF8.GetBytes("""{ "on": "tool_call", "host": "a.example.com", "agent": "ci", "command": "ls -la" }"""), errors);
        var snapshot = PolicyLoader.Load([File], out _, basis: ShippedBasis.Basis)!;

        var rules = PolicyExplainer.Explain([File], snapshot, facts!);

        Assert.Empty(errors);
        Assert.Equal(
            [
                new RuleExplanation("bash", "allow", false, "yes", null, null),
                new RuleExplanation("red", "deny", false, "no", """command {"class":{"at_least":"red"}}""", "green: ls []"),
                new RuleExplanation("session", "allow", false, "unknown", """session {"eq":"s"}""", null),
            ],
            rules);
    }

    [Theory]
    [InlineData("""{ "host": "a.example.com", "colour": 1 }""", "Unknown member")]
    [InlineData("""{ "host": "a b" }""", "Not a host name")]
    [InlineData("""{ "agent": "ci" }""", "'host' is missing")]
    [InlineData("not json", "Not valid JSON")]
    public void ReadFacts_ThatMeanNothing_SaysWhere(string text, string message)
    {
        var errors = new List<PolicyError>();

        Assert.Null(PolicyExplainer.ReadFacts("f.json", Encoding.UTF8.GetBytes(text), errors));
        Assert.Contains(message, Assert.Single(errors).Message, StringComparison.Ordinal);
    }
}
