using System.Text;
using SecretsFirewall.Bundles;
using SecretsFirewall.Commands;
using SecretsFirewall.Commands.Operations;
using SecretsFirewall.Model;
using SecretsFirewall.Policy;

namespace SecretsFirewall.Tests.Policy;

/// <summary>Requests to services that the table of operations knows: class, level and gate, and rules that name an operation.</summary>
public sealed class OperationFactTests
{
    private const string Known = """
        "matrix": {},
        "rules": [
          { "id": "work", "on": "request", "outcome": "allow", "match": { "host": { "in": ["api.github.com", "ec2.amazonaws.com"] } } }
        ]
        """;

    [Theory]
    [InlineData("GET", "/user", 1, false, PolicyOutcome.Allow)]
    [InlineData("POST", "/repos/a/b/issues", 2, false, PolicyOutcome.Pending)]
    [InlineData("POST", "/repos/a/b/issues", 3, false, PolicyOutcome.Pending)] // the gate
    [InlineData("POST", "/repos/a/b/issues", 3, true, PolicyOutcome.Allow)]
    [InlineData("DELETE", "/repos/a/b", 3, true, PolicyOutcome.Pending)]
    [InlineData("GET", "/user%2f..%2f", 3, true, PolicyOutcome.Pending)] // what cannot be read is the worst
    public void Decide_KnownRequest_GoesByClassLevelAndGate(string method, string path, int level, bool gate, PolicyOutcome outcome)
    {
        var policy = Load(Known);

        var decision = policy.Decide(Facts(policy, method, path, "") with { Level = level, GateOpen = gate });

        Assert.Equal(outcome, decision.Outcome);
        Assert.True(decision.RestsOnMethod);
    }

    [Fact]
    public void Decide_CriticalRequest_WaitsForAnAdmin() =>
        Assert.Equal(ApproverRole.Admin, Load(Known).Decide(Facts(Load(Known), "DELETE", "/repos/a/b", "") with { Level = 3 }).Approval!.Role);

    [Theory]
    [InlineData("""{"query":"{ viewer { login } }"}""", PolicyOutcome.Allow)]
    [InlineData("""{"query":"mutation { deleteRef(input: {}) { clientMutationId } }"}""", PolicyOutcome.Pending)]
    public void Decide_RequestWhoseBodySaysWhatItDoes_AwaitsItsBodyFirst(string body, PolicyOutcome outcome)
    {
        var policy = Load(Known);
        var head = Facts(policy, "POST", "/graphql", body: null);

        Assert.True(policy.Decide(head).AwaitsInspection);
        var late = policy.Decide(head with { IsInspected = true, Operation = policy.OperationOf(Request("POST", "/graphql", body)) });
        Assert.Equal((false, outcome), (late.AwaitsInspection, late.Outcome));
        Assert.Equal(PolicyOutcome.Pending, policy.Decide(head with { IsInspected = true, Operation = policy.OperationOf(Request("POST", "/graphql", null)) }).Outcome); // it streamed: nobody knows
    }

    [Fact]
    public void Decide_RuleThatNamesAnOperation_MatchesItAlone()
    {
        var policy = Load("""
            "rules": [
              { "id": "no-merging", "on": "request", "outcome": "deny", "match": { "operation": { "in": ["github-merge", "github-repo-delete"] } }, "reason": "People merge." },
              { "id": "work", "on": "request", "outcome": "allow", "match": { "host": { "eq": "api.github.com" } } }
            ]
            """);

        Assert.Equal("no-merging", policy.Decide(Facts(policy, "PUT", "/repos/a/b/pulls/7/merge", "")).Rule);
        Assert.Equal(PolicyOutcome.Allow, policy.Decide(Facts(policy, "POST", "/repos/a/b/issues", "")).Outcome);
        Assert.Null(policy.Decide(Facts(policy, "POST", "/repos/a/b/issues", "")).Class is CommandClass.CriticalRed ? "no" : null);
    }

    [Fact]
    public void OperationOf_PolicyThatDoesNotAsk_IsNotLookedUp() =>
        Assert.Null(Load("""
            "rules": [ { "id": "work", "on": "request", "outcome": "allow", "match": {} } ]
            """).OperationOf(Request("DELETE", "/repos/a/b", "")));

    private static PolicySnapshot Load(string members)
    {
        var policy = PolicyLoader.Load([new PolicyFile("policy.json", Encoding.UTF8.GetBytes(PolicyText.Frame(members)))], out var errors, basis: ShippedBasis.Basis);
        Assert.Empty(errors);
        return policy!;
    }

    private static PolicyFacts Facts(PolicySnapshot policy, string method, string path, string? body) =>
        PolicyText.Facts(host: "api.github.com", method: method, path: path) with { Operation = policy.OperationOf(Request(method, path, body)) };

    private static OperationRequest Request(string method, string path, string? body) =>
        new("api.github.com", method, path, "") { Body = body is null ? default(ReadOnlyMemory<byte>?) : Encoding.UTF8.GetBytes(body) };
}
