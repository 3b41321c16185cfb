using SecretsFirewall.Model;
using SecretsFirewall.Policy;

namespace SecretsFirewall.Tests.Policy;

/// <summary>The one rule by which a tunnel passes unread.</summary>
public sealed class OpaqueRuleTests
{
    private const string Exact = """{ "host": { "eq": "Pinned.Example." }, "port": { "eq": 443 } }""";

    private static readonly DateTimeOffset Day = new(2026, 5, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Decide_ExactHostAndPortBeforeTheEnd_IsOpaque()
    {
        var policy = PolicyText.Load($"\"rules\": [{Rule(Exact)}]");

        var rule = policy.Decide(Facts()).Opaque;

        Assert.Equal(new OpaqueRule("pinned", "pinned.example", 443, "It pins.", new DateTimeOffset(2026, 5, 2, 0, 0, 0, TimeSpan.Zero)), rule);
        Assert.Equal([rule!], policy.Opaque);
    }

    [Theory]
    [InlineData("sub.pinned.example", 443)]
    [InlineData("pinned.example.evil.example", 443)]
    [InlineData("pinned.example", 8443)]
    public void Decide_AnotherHostOrPort_IsNotOpaque(string host, int port) =>
        Assert.Null(PolicyText.Load($"\"rules\": [{Rule(Exact)}]").Decide(Facts(host, port)).Opaque);

    [Fact]
    public void Decide_AfterTheEnd_TheRuleSaysNothingAtAll()
    {
        var policy = PolicyText.Load($"\"rules\": [{Rule(Exact)}]");

        var decision = policy.Decide(Facts() with { At = new DateTimeOffset(2026, 5, 2, 0, 0, 0, TimeSpan.Zero) });

        Assert.Equal((PolicyOutcome.Deny, "default", null), (decision.Outcome, decision.Rule, decision.Opaque));
        Assert.Single(policy.Opaque);
    }

    [Fact]
    public void Decide_WithoutATime_IsNotOpaque() =>
        Assert.Null(PolicyText.Load($"\"rules\": [{Rule(Exact)}]").Decide(Facts() with { At = DateTimeOffset.MaxValue }).Opaque);

    [Fact]
    public void Decide_AnotherRuleDenies_IsNotOpaque()
    {
        var decision = PolicyText.Load($"\"rules\": [{Rule(Exact)}, {PolicyText.Rule("{}", "deny", "connect", "no")}]").Decide(Facts());

        Assert.Equal((PolicyOutcome.Deny, null), (decision.Outcome, decision.Opaque));
    }

    [Fact]
    public void Decide_AnotherRuleAllowsToo_IsOpaqueWhateverTheirOrder()
    {
        foreach (var id in new[] { "a", "z" })
        {
            var decision = PolicyText.Load($"\"rules\": [{Rule(Exact)}, {PolicyText.Rule("{}", "allow", "connect", id)}]").Decide(Facts());

            Assert.Equal("pinned", decision.Opaque?.Id);
        }
    }

    [Fact]
    public void Decide_OnTheRequest_IsNeverOpaque() =>
        Assert.Null(PolicyText.Load($"\"rules\": [{Rule(Exact)}]").Decide(Facts() with { On = PolicyStage.Request }).Opaque);

    [Fact]
    public void Decide_NarrowedToAnAgent_IsOpaqueForThatAgentAlone()
    {
        var policy = PolicyText.Load("\"rules\": [" + Rule("""{ "host": { "eq": "pinned.example" }, "port": { "eq": 443 }, "agent": { "eq": "ci" } }""") + "]");

        Assert.NotNull(policy.Decide(Facts()).Opaque);
        Assert.Null(policy.Decide(Facts() with { Agent = "other" }).Opaque);
    }

    [Theory]
    [InlineData("""{ "host": { "under": "pinned.example" }, "port": { "eq": 443 } }""")]
    [InlineData("""{ "host": { "glob": "*.pinned.example" }, "port": { "eq": 443 } }""")]
    [InlineData("""{ "host": { "in": ["pinned.example"] }, "port": { "eq": 443 } }""")]
    [InlineData("""{ "host": { "eq": "pinned.example" } }""")]
    [InlineData("""{ "host": { "eq": "pinned.example" }, "port": { "gt": 1 } }""")]
    [InlineData("""{ "any": [{ "host": { "eq": "pinned.example" }, "port": { "eq": 443 } }] }""")]
    [InlineData("{}")]
    public void Load_LooserThanOneHostAndPort_IsRefused(string match) =>
        Assert.Contains("one host and one port", Assert.Single(PolicyText.Errors(PolicyText.Frame($"\"rules\": [{Rule(match)}]"))).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("""  "expires": "2026-05-01",""", "")]
    [InlineData("""  "reason": "It pins.",""", "")]
    [InlineData("\"on\": \"connect\"", "\"on\": \"request\"")]
    [InlineData("\"outcome\": \"allow\"", "\"outcome\": \"deny\"")]
    [InlineData("\"inspect\": false", "\"inspect\": true")]
    [InlineData("\"inspect\": false,", "")]
    public void Load_IncompleteOrContradicting_IsRefused(string part, string instead) =>
        Assert.Single(PolicyText.Errors(PolicyText.Frame($"\"rules\": [{Rule(Exact).Replace(part.Trim(), instead, StringComparison.Ordinal)}]")));

    [Theory]
    [InlineData(true, "2026-05-01", false)]
    [InlineData(false, "2026-05-01", true)]
    [InlineData(false, "2026-05-02", false)]
    public void Load_CaseThatAsksWhetherItIsRead_IsHeldAgainstThePolicy(bool inspect, string day, bool holds)
    {
        var text = PolicyText.Frame($$"""
            "rules": [{{Rule(Exact)}}, {{PolicyText.Rule("{}", "allow", "connect", "all")}}],
            "cases": [{ "name": "c", "facts": { "on": "connect", "host": "pinned.example", "at": "{{day}}" }, "expect": { "outcome": "allow", "inspect": {{(inspect ? "true" : "false")}} } }]
            """);

        PolicyLoader.Load([PolicyText.File(text)], out var errors);

        Assert.Equal(holds, errors.Count == 0);
    }

    private static string Rule(string match) => $$"""
        { "id": "pinned", "on": "connect", "outcome": "allow", "inspect": false, "expires": "2026-05-01", "reason": "It pins.", "match": {{match}} }
        """;

    private static PolicyFacts Facts(string host = "pinned.example", int port = 443) => new()
    {
        On = PolicyStage.Connect,
        Agent = "ci",
        Destination = new Destination("https", host, port),
        At = Day,
    };
}
