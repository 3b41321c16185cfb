using Microsoft.Extensions.Logging.Abstractions;
using SecretsFirewall.Bundles;
using SecretsFirewall.Policy;
using SecretsFirewall.Tests.Inspection.Rules;
using SecretsFirewall.Tests.Policy;

namespace SecretsFirewall.Tests.Bundles;

public sealed class ActivePolicyTests : IDisposable
{
    private readonly string _home = Directory.CreateTempSubdirectory("sfw-policy-").FullName;

    public void Dispose() => Directory.Delete(_home, recursive: true);

    [Theory]
    [InlineData("default")]
    [InlineData("strict")]
    public void Open_ShippedPolicy_IsInForce(string name)
    {
        ActivePolicy.WriteShipped(_home, name);

        var policy = ActivePolicy.Open(_home, name, NullLogger.Instance);

        Assert.Empty(policy.Errors);
        Assert.Equal(name, policy.Current.Name);
        Assert.True(File.Exists(Path.Combine(_home, "policy.schema.json")));
    }

    [Fact]
    public void WriteShipped_Files_AreThoseOfTheRepository()
    {
        ActivePolicy.WriteShipped(_home, "default");

        foreach (var file in Repository.Files("default"))
        {
            Assert.Equal(file.Content.ToArray(), File.ReadAllBytes(Path.Combine(_home, "default", file.Path)));
        }
    }

    [Fact]
    public void WriteShipped_FileThatWasEdited_StaysAsItIs()
    {
        ActivePolicy.WriteShipped(_home, "default");
        var edited = Path.Combine(_home, "default", "policy.json");
        File.WriteAllText(edited, "edited");

        ActivePolicy.WriteShipped(_home, "default");

        Assert.Equal("edited", File.ReadAllText(edited));
    }

    [Fact]
    public void WriteShipped_UnknownName_Throws() => Assert.Throws<ArgumentException>(() => ActivePolicy.WriteShipped(_home, "lenient"));

    [Fact]
    public void Open_NoFolder_DeniesEverything()
    {
        var policy = ActivePolicy.Open(_home, "default", NullLogger.Instance);

        Assert.NotEmpty(policy.Errors);
        Assert.Same(PolicySnapshot.DenyAll, policy.Current);
    }

    [Fact]
    public void Open_NameThatLeavesTheFolder_DeniesEverything()
    {
        ActivePolicy.WriteShipped(_home, "default");
        var inner = Directory.CreateDirectory(Path.Combine(_home, "inner")).FullName;

        Assert.Same(PolicySnapshot.DenyAll, ActivePolicy.Open(inner, "../default", NullLogger.Instance).Current);
    }

    [Fact]
    public void Reload_HostAddedByTheOperator_IsListed()
    {
        ActivePolicy.WriteShipped(_home, "default");
        var policy = ActivePolicy.Open(_home, "default", NullLogger.Instance);
        var before = policy.Current;
        File.WriteAllText(Path.Combine(_home, "default", "local.json"), """
            { "schema": "policy/v1", "destinations": [{ "id": "tracker", "kind": "tool", "hosts": ["tracker.example.com"] }] }
            """);

        Assert.Empty(policy.Reload());

        var facts = PolicyText.Facts("tracker.example.com", "POST");
        Assert.Equal(PolicyOutcome.Deny, before.Decide(facts).Outcome);
        Assert.Equal(PolicyOutcome.Allow, policy.Current.Decide(facts).Outcome);
        Assert.NotEqual(before.Hash, policy.Current.Hash);
    }

    [Fact]
    public void Reload_PolicyWithAnError_KeepsTheLastGoodOne()
    {
        ActivePolicy.WriteShipped(_home, "default");
        var policy = ActivePolicy.Open(_home, "default", NullLogger.Instance);
        var good = policy.Current;
        var bad = Path.Combine(_home, "default", "local.json");
        File.WriteAllText(bad, """{ "schema": "policy/v1", "oops": 1 }""");

        var error = Assert.Single(policy.Reload());

        Assert.Equal("local.json:1: Unknown member 'oops'.", error.ToString());
        Assert.Same(good, policy.Current);
        File.Delete(bad);
        Assert.Empty(policy.Reload());
        Assert.Empty(policy.Errors);
    }

    [Fact]
    public void Open_ShippedPolicy_LooksForTheRulesThatAreOn()
    {
        ActivePolicy.WriteShipped(_home, "default");

        var rules = ActivePolicy.Open(_home, "default", NullLogger.Instance).Loaded.Rules;

        Assert.Equal(SecretsFirewall.Bundles.ShippedRules.Set.Enabled.Select(rule => rule.Id), rules.Select(rule => rule.Id));
        Assert.DoesNotContain(rules, rule => rule.Id == "pii-email");
    }

    [Fact]
    public void Reload_RulesOfThePolicy_AreAddedSwitchedAndHashed()
    {
        ActivePolicy.WriteShipped(_home, "default");
        var policy = ActivePolicy.Open(_home, "default", NullLogger.Instance);
        var before = policy.Loaded;
        WriteRules(RuleFiles.One($$""" "literals": ["acme_"], "body": [{ "of": "base62", "length": 20 }], {{RuleFiles.Examples}} """, "acme"));
        File.WriteAllText(Path.Combine(_home, "default", "local.json"), """
            { "schema": "policy/v1", "detection": { "on": ["pii-email"], "off": ["github-*"] } }
            """);
        var raised = 0;
        policy.Changed += () => raised++;

        Assert.Empty(policy.Reload());

        var ids = policy.Loaded.Rules.Select(rule => rule.Id).ToList();
        Assert.Contains("acme", ids);
        Assert.Contains("pii-email", ids);
        Assert.DoesNotContain("github-pat", ids);
        Assert.NotEqual(before.Policy.Hash, policy.Current.Hash);
        Assert.Contains(before.Rules, rule => rule.Id == "github-pat");
        Assert.Equal(1, raised);
    }

    [Fact]
    public void Reload_RuleFileWithAnError_KeepsTheLastGoodPolicyAndItsRules()
    {
        ActivePolicy.WriteShipped(_home, "default");
        var policy = ActivePolicy.Open(_home, "default", NullLogger.Instance);
        var good = policy.Loaded;
        WriteRules("""{ "schema": "rules/v1", "family": "own", "oops": 1 }""");

        var error = Assert.Single(policy.Reload());

        Assert.Equal("rules/own.json:1: Unknown member 'oops'.", error.ToString());
        Assert.Same(good, policy.Loaded);
    }

    [Fact]
    public void Reload_RuleThatFailsItsOwnExample_KeepsTheLastGoodPolicy()
    {
        ActivePolicy.WriteShipped(_home, "default");
        var policy = ActivePolicy.Open(_home, "default", NullLogger.Instance);
        WriteRules(RuleFiles.One(""" "literals": ["acme_"], "body": [{ "of": "base62", "length": 20 }], "examples": { "match": ["nothing"], "no_match": ["{uuid}"] } """, "acme"));

        Assert.NotEmpty(policy.Reload());
        Assert.DoesNotContain(policy.Loaded.Rules, rule => rule.Id == "acme");
    }

    private void WriteRules(string text)
    {
        Directory.CreateDirectory(Path.Combine(_home, "default", "rules"));
        File.WriteAllText(Path.Combine(_home, "default", "rules", "own.json"), text);
    }
}
