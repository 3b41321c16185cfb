using System.Text;
using SecretsFirewall.Policy;
using SecretsFirewall.Policy.Compilation;

namespace SecretsFirewall.Tests.Policy.Bundles;

public sealed class PolicyLintTests
{
    [Fact]
    public void Check_WhatIsProbablyNotMeant_IsToldWithItsLine()
    {
        var file = new PolicyFile("policy.json", Encoding.UTF8.GetBytes(PolicyText.Frame("""
            "sets": { "unused": ["a"] },
            "rules": [
              { "id": "all", "on": "connect", "outcome": "allow", "match": {} },
              { "id": "one", "on": "request", "outcome": "deny", "match": { "host": { "eq": "a.example.com" } }, "reason": "No." }
            ],
            "exceptions": [ { "id": "x", "rule": "one", "match": { "agent": { "eq": "ci" } }, "expires": "2020-01-01", "owner": "ops", "reason": "Old." } ],
            "cases": [ { "name": "denied", "facts": { "host": "a.example.com" }, "expect": { "outcome": "deny", "rule": "one" } } ]
            """)));
        var cases = new List<CaseResult>();
        Assert.NotNull(PolicyLoader.Load([file], out _, null, null, null, cases));

        var found = PolicyLint.Check([file], cases, new DateOnly(2026, 11, 21));

        Assert.Equal(4, found.Count);
        Assert.All(found, one => Assert.True(one.Line > 0));
        Assert.Contains(found, one => one.Message.Contains("No case is decided by the rule 'all'", StringComparison.Ordinal));
        Assert.Contains(found, one => one.Message.Contains("'all' allows without", StringComparison.Ordinal));
        Assert.Contains(found, one => one.Message.Contains("exception 'x' has ended", StringComparison.Ordinal));
        Assert.Contains(found, one => one.Message.Contains("uses the set 'unused'", StringComparison.Ordinal));
    }
}
