using System.Text;
using SecretsFirewall.Inspection.Detection.Rules;
using Committed = SecretsFirewall.Tests.Inspection.Rules.ShippedRules;
using Shipped = SecretsFirewall.Bundles.ShippedRules;

namespace SecretsFirewall.Tests.Bundles;

public sealed class ShippedRulesTests
{
    [Fact]
    public void Set_IsThatOfTheRepository() =>
        Assert.Equal(Committed.Set.Rules.Select(rule => rule.Id), Shipped.Set.Rules.Select(rule => rule.Id));

    [Fact]
    public void LoadWith_RuleOfOnesOwn_JoinsTheShippedOnes()
    {
        var set = Shipped.LoadWith([Own("our-token", "{secret}")], out var errors);

        Assert.Empty(errors);
        Assert.NotNull(set?.Find("our-token"));
        Assert.Equal(Shipped.Set.Rules.Length + 1, set.Rules.Length);
    }

    [Fact]
    public void LoadWith_IdOfAShippedRule_RefusesTheFileOfOnesOwn()
    {
        Assert.Null(Shipped.LoadWith([Own(Shipped.Set.Rules[0].Id, "{secret}")], out var errors));

        Assert.Equal("own.json", Assert.Single(errors).Path);
    }

    [Fact]
    public void LoadWith_ExampleThatIsNotFound_Refuses()
    {
        Assert.Null(Shipped.LoadWith([Own("our-token", "a{secret}")], out var errors));

        Assert.Contains("is not found", Assert.Single(errors).Message, StringComparison.Ordinal);
    }

    private static RuleFile Own(string id, string example) => new("own.json", Encoding.UTF8.GetBytes($$"""
        { "schema": "rules/v1", "family": "own", "rules": [{
          "id": "{{id}}", "provider": "us", "description": "ours", "source": "ours", "confidence": "high",
          "literals": ["our_tok_"], "body": [{ "of": "hex", "length": 32 }], "stop_lists": ["placeholders"],
          "examples": { "match": ["{{example}}"], "no_match": ["{secret:short}"] }
        }] }
        """));
}
