using SecretsFirewall.Model;
using SecretsFirewall.Policy;

namespace SecretsFirewall.Tests.Policy;

public sealed class PolicySnapshotTests
{
    [Theory]
    [InlineData("", false)]
    [InlineData("\"capture\": \"none\",", false)]
    [InlineData("\"capture\": \"session\",", true)]
    public void Captures_OnlyWhereThePolicySaysSession(string member, bool expected)
    {
        var text = PolicyText.Frame("").Replace("\"redaction\": {", $"\"redaction\": {{ {member}", StringComparison.Ordinal);

        var snapshot = PolicyLoader.Load([PolicyText.File(text)], out var errors);

        Assert.Empty(errors);
        Assert.Equal(expected, snapshot!.Captures);
        Assert.False(PolicySnapshot.DenyAll.Captures);
    }

    [Fact]
    public void Capture_WordThatIsNone_RefusesThePolicy()
    {
        var text = PolicyText.Frame("").Replace("\"redaction\": {", "\"redaction\": { \"capture\": \"always\",", StringComparison.Ordinal);

        Assert.Contains("none, session", Assert.Single(PolicyText.Errors(text)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Decide_NoPolicy_DeniesEverythingAndBlocksEverything()
    {
        var decision = PolicySnapshot.DenyAll.Decide(PolicyText.Facts());

        Assert.Equal((PolicyOutcome.Deny, "default"), (decision.Outcome, decision.Rule));
        Assert.Equal(RedactionPlan.BlockAll, decision.RequestPlan);
        Assert.Equal(RedactionPlan.BlockAll, decision.ResponsePlan);
    }

    [Fact]
    public void Decide_NoRuleMatches_IsTheDefaultWithItsAdvice()
    {
        var decision = PolicyText.Load("").Decide(PolicyText.Facts());

        Assert.Equal((PolicyOutcome.Deny, "default", "No rule.", "Ask."), (decision.Outcome, decision.Rule, decision.Reason, decision.Advice));
        Assert.Empty(decision.Matched);
    }

    [Fact]
    public void Decide_SeveralRulesMatch_TheStrictestWinsWhateverTheirOrder()
    {
        string[] rules = [PolicyText.Rule("{}", "allow", id: "a"), PolicyText.Rule("{}", "deny", id: "c"), PolicyText.Rule("{}", "deny", id: "b")];

        foreach (var order in new int[][] { [0, 1, 2], [2, 1, 0], [1, 0, 2], [1, 2, 0] })
        {
            var decision = PolicyText.Load($"\"rules\": [{string.Join(',', order.Select(i => rules[i]))}]").Decide(PolicyText.Facts());

            Assert.Equal((PolicyOutcome.Deny, "b", "Because."), (decision.Outcome, decision.Rule, decision.Reason));
            Assert.Equal(["a", "b", "c"], decision.Matched);
        }
    }

    [Theory]
    [InlineData("""{ "agent": { "eq": "ci" } }""", true)]
    [InlineData("""{ "agent": { "eq": "CI" } }""", false)]
    [InlineData("""{ "agent": { "prefix": "c", "suffix": "i" } }""", true)]
    [InlineData("""{ "level": { "gt": 1 } }""", false)]
    [InlineData("""{ "level": { "lt": 2 } }""", true)]
    [InlineData("""{ "host": { "eq": "API.Example.com." } }""", true)]
    [InlineData("""{ "host": { "in": ["other.example.com", "api.example.com"] } }""", true)]
    [InlineData("""{ "host": { "in_set": "hosts" } }""", true)]
    [InlineData("""{ "host": { "in": ["api.example.com"], "eq": "other.example.com" } }""", false)]
    [InlineData("""{ "host": { "under": "example.com" } }""", true)]
    [InlineData("""{ "host": { "under": "ple.com" } }""", false)]
    [InlineData("""{ "host": { "glob": "a*i.example.com" } }""", true)]
    [InlineData("""{ "host": { "glob": "*.api.example.com" } }""", false)]
    [InlineData("""{ "port": { "in": [443, 8443] } }""", true)]
    [InlineData("""{ "scheme": { "eq": "http" } }""", false)]
    [InlineData("""{ "kind": { "eq": "tool" } }""", true)]
    [InlineData("""{ "kind": { "in": ["llm", "registry"] } }""", false)]
    [InlineData("""{ "provider": { "eq": "acme" } }""", true)]
    [InlineData("""{ "destination": { "exists": true } }""", true)]
    [InlineData("""{ "listed": { "eq": true }, "host_listed": { "eq": true } }""", true)]
    [InlineData("""{ "method": { "in": ["post", "PUT"] } }""", true)]
    [InlineData("""{ "path": { "eq": "/repos/a b" } }""", true)]
    [InlineData("""{ "path": { "under": "/repos" } }""", true)]
    [InlineData("""{ "path": { "under": "/rep" } }""", false)]
    [InlineData("""{ "path": { "prefix": "/rep", "suffix": "b" } }""", true)]
    [InlineData("""{ "path": { "glob": "/*/a*" } }""", true)]
    [InlineData("""{ "path": { "glob": "/*" } }""", false)]
    [InlineData("""{ "query_length": { "eq": 5 }, "body_length": { "gt": 9 } }""", true)]
    [InlineData("""{ "traffic": { "eq": "mcp" } }""", true)]
    [InlineData("""{ "traffic": { "in": ["llm", "other"] } }""", false)]
    [InlineData("""{ "all": [{ "port": { "eq": 443 } }, { "method": { "eq": "POST" } }] }""", true)]
    [InlineData("""{ "any": [{ "port": { "eq": 1 } }, { "method": { "eq": "POST" } }] }""", true)]
    [InlineData("""{ "any": [{ "port": { "eq": 1 } }, { "method": { "eq": "GET" } }] }""", false)]
    [InlineData("""{ "not": { "method": { "eq": "GET" } } }""", true)]
    [InlineData("""{ "not": { "not": { "method": { "eq": "GET" } } } }""", false)]
    [InlineData("{}", true)]
    public void Decide_EachOperator_MatchesWhatItSays(string match, bool expected)
    {
        var policy = PolicyText.Load($$"""
            "sets": { "hosts": ["api.example.com"] },
            "destinations": [{ "id": "acme", "kind": "tool", "provider": "acme", "hosts": ["api.example.com"] }],
            "rules": [{{PolicyText.Rule(match)}}]
            """);

        var decision = policy.Decide(PolicyText.Facts("api.example.com", "POST", "/repos/a%20b") with { QueryLength = 5, BodyLength = 10, TrafficIsMcp = true });

        Assert.Equal(expected ? PolicyOutcome.Allow : PolicyOutcome.Deny, decision.Outcome);
    }

    [Fact]
    public void Decide_FactThatIsAbsent_DeniesAndDoesNotAllow()
    {
        var match = """{ "provider": { "eq": "acme" } }""";

        var allowing = PolicyText.Load($"\"rules\": [{PolicyText.Rule(match)}]").Decide(PolicyText.Facts());
        var denying = PolicyText.Load($"\"rules\": [{PolicyText.Rule(match, "deny")}]").Decide(PolicyText.Facts());
        var negated = PolicyText.Load($"\"rules\": [{PolicyText.Rule($$"""{ "not": {{match}} }""")}]").Decide(PolicyText.Facts());

        Assert.Equal("default", allowing.Rule);
        Assert.Equal("r", denying.Rule);
        Assert.Equal("default", negated.Rule);
    }

    [Fact]
    public void Decide_RulesOfTheOtherStage_AreNotAsked()
    {
        var policy = PolicyText.Load($"\"rules\": [{PolicyText.Rule("{}", on: "connect")}]");

        Assert.Equal(PolicyOutcome.Allow, policy.Decide(PolicyText.Facts() with { On = PolicyStage.Connect }).Outcome);
        Assert.Equal(PolicyOutcome.Deny, policy.Decide(PolicyText.Facts()).Outcome);
    }

    [Fact]
    public void Decide_SeveralListings_TheMostSpecificDecides()
    {
        var policy = PolicyText.Load("""
            "destinations": [
              { "id": "all", "kind": "tool", "under": ["example.com"] },
              { "id": "deeper", "kind": "registry", "under": ["deep.example.com"] },
              { "id": "exact", "kind": "llm", "hosts": ["a.deep.example.com"], "allow_private": true },
              { "id": "glob", "kind": "llm", "glob": ["x*.other.example.org"] },
              { "id": "local", "kind": "llm", "hosts": ["127.0.0.1", "::1"], "ports": [11434], "scheme": "http" }
            ]
            """);

        DestinationKind Kind(string host, int port = 443, string scheme = "https") => policy.KindOf(new Destination(scheme, host, port));
        Assert.Equal(DestinationKind.Tool, Kind("example.com"));
        Assert.Equal(DestinationKind.Tool, Kind("b.example.com"));
        Assert.Equal(DestinationKind.Registry, Kind("b.deep.example.com"));
        Assert.Equal(DestinationKind.Llm, Kind("a.deep.example.com"));
        Assert.Equal(DestinationKind.Llm, Kind("x1.other.example.org"));
        Assert.Equal(DestinationKind.Other, Kind("y.x1.other.example.org"));
        Assert.Equal(DestinationKind.Other, Kind("notexample.com"));
        Assert.Equal(DestinationKind.Other, Kind("example.com", 8443));
        Assert.Equal(DestinationKind.Other, Kind("example.com", 443, "http"));
        Assert.Equal(DestinationKind.Llm, Kind("127.0.0.1", 11434, "http"));
        Assert.Equal(DestinationKind.Llm, Kind("::1", 11434, "http"));
        Assert.True(policy.Decide(PolicyText.Facts("a.deep.example.com")).AllowPrivate);
        Assert.False(policy.Decide(PolicyText.Facts("b.deep.example.com")).AllowPrivate);
    }

    [Fact]
    public void Decide_ModelTrafficOnAnUnlistedHost_CountsAsModel() =>
        Assert.Equal(DestinationKind.Llm, PolicyText.Load("").Decide(PolicyText.Facts() with { TrafficIsLlm = true }).Kind);

    [Fact]
    public void Decide_DefaultPolicy_PlansAsTheDesignSays()
    {
        var policy = Repository.Load("default");

        var model = policy.Decide(PolicyText.Facts("api.openai.com", "POST"));
        var tool = policy.Decide(PolicyText.Facts("api.github.com", "POST"));
        var other = policy.Decide(PolicyText.Facts("unlisted.example"));

        Assert.Equal(Plan(FindingAction.Mask, FindingAction.Mask, FindingAction.Mask, FindingAction.Pass), OfKinds(model.RequestPlan));
        Assert.Equal(Plan(FindingAction.Mask, FindingAction.Block, FindingAction.Alert, FindingAction.Block), OfKinds(tool.RequestPlan));
        Assert.Equal(OfKinds(tool.RequestPlan), OfKinds(other.RequestPlan));
        Assert.Equal(Plan(FindingAction.Mask, FindingAction.Mask, FindingAction.Pass, FindingAction.Pass), OfKinds(tool.ResponsePlan));
        Assert.All([model, tool, other], decision => Assert.Equal(FindingAction.Mask, decision.ResponsePlan.Registered));
    }

    [Fact]
    public void Decide_ExceptionInForce_LiftsItsRuleForItsMatchOnly()
    {
        var policy = PolicyText.Load($$"""
            "rules": [{{PolicyText.Rule("{}", id: "open")}}, {{PolicyText.Rule("""{ "method": { "eq": "POST" } }""", "deny", id: "no-post")}}],
            "exceptions": [{ "id": "x", "rule": "no-post", "match": { "agent": { "eq": "ci" } }, "expires": "2027-03-31", "owner": "ops", "reason": "job" }]
            """);
        var facts = PolicyText.Facts(method: "POST");
        var lastSecond = new DateTimeOffset(2027, 3, 31, 23, 59, 59, TimeSpan.Zero);

        Assert.Equal("open", policy.Decide(facts with { At = lastSecond }).Rule);
        Assert.Equal("no-post", policy.Decide(facts with { At = lastSecond.AddSeconds(1) }).Rule);
        Assert.Equal("no-post", policy.Decide(facts).Rule);
        Assert.Equal("no-post", policy.Decide(facts with { At = lastSecond, Agent = "other" }).Rule);
    }

    [Fact]
    public void Decide_AmbiguousPathUnderAPathRule_DeniesAndSaysSo()
    {
        var policy = PolicyText.Load($$"""
            "rules": [
              {{PolicyText.Rule("""{ "path": { "under": "/public" } }""", id: "public")}},
              {{PolicyText.Rule("""{ "host": { "eq": "b.example.com" }, "path": { "under": "/admin" } }""", "deny", id: "admin")}}
            ]
            """);

        var clear = policy.Decide(PolicyText.Facts(path: "/public/x"));
        var dots = policy.Decide(PolicyText.Facts(path: "/public/../admin"));
        var denied = policy.Decide(PolicyText.Facts("b.example.com", path: "/public/%2e%2e/admin"));
        var joined = policy.Decide(PolicyText.Facts(path: "/public%2Fx"));
        var inside = policy.Decide(PolicyText.Facts(path: "/public/a%2Fb"));

        Assert.Equal((PolicyOutcome.Allow, false), (clear.Outcome, clear.PathUndecided));
        Assert.Equal((PolicyOutcome.Deny, true), (dots.Outcome, dots.PathUndecided));
        Assert.Equal(("admin", true), (denied.Rule, denied.PathUndecided));
        Assert.Equal((PolicyOutcome.Deny, true), (joined.Outcome, joined.PathUndecided));
        Assert.Equal((PolicyOutcome.Allow, false), (inside.Outcome, inside.PathUndecided));
    }

    [Fact]
    public void Decide_NoRuleThatCouldApplyAsksForPathOrMethod_TakesNoNote()
    {
        var policy = PolicyText.Load($$"""
            "rules": [
              {{PolicyText.Rule("{}", id: "open")}},
              {{PolicyText.Rule("""{ "method": { "eq": "POST" }, "path": { "under": "/admin" }, "port": { "eq": 1 } }""", "deny", id: "other-port")}}
            ]
            """);

        var decision = policy.Decide(PolicyText.Facts(method: "POST", path: "/a/../b"));

        Assert.Equal((PolicyOutcome.Allow, false, false), (decision.Outcome, decision.PathUndecided, decision.RestsOnMethod));
        Assert.True(policy.Decide(PolicyText.Facts(port: 1)).RestsOnMethod);
    }

    [Fact]
    public void Decide_SameFacts_GiveTheSameDecision()
    {
        var policy = Repository.Load("default");
        var facts = PolicyText.Facts("unlisted.example", "POST");

        Assert.Equivalent(policy.Decide(facts), policy.Decide(facts), strict: true);
    }

    private static RedactionPlan OfKinds(RedactionPlan plan) => Plan(plan.Registered, plan.Rule, plan.Entropy, plan.Reference);

    private static RedactionPlan Plan(FindingAction registered, FindingAction rule, FindingAction entropy, FindingAction reference) =>
        new() { Registered = registered, Rule = rule, Entropy = entropy, Reference = reference };
}
