using SecretsFirewall.Bundles;
using SecretsFirewall.Model;
using SecretsFirewall.Policy;
using SecretsFirewall.Policy.Conditions;
using SecretsFirewall.Policy.Destinations;
using SecretsFirewall.Policy.Rules;
using SecretsFirewall.Policy.Tools;

namespace SecretsFirewall.Tests.Policy;

public sealed class RuleEffectsTests
{
    [Fact]
    public void Decide_RuleInShadow_IsRecordedAndNotEnforced()
    {
        var decision = PolicyText.Load($$"""
            "rules": [
              {{PolicyText.Rule("{}", id: "open")}},
              { "id": "z", "on": "request", "outcome": "deny", "mode": "shadow", "match": {}, "reason": "r" },
              { "id": "a", "on": "request", "outcome": "allow", "mode": "shadow", "class": "critical_red", "match": {} },
              { "id": "n", "on": "request", "outcome": "deny", "mode": "shadow", "match": { "method": { "eq": "PUT" } }, "reason": "r" }
            ]
            """).Decide(PolicyText.Facts());

        Assert.Equal((PolicyOutcome.Allow, "open", null), (decision.Outcome, decision.Rule, decision.Class));
        Assert.Equal(["open"], decision.Matched);
        Assert.Equal([new ShadowDecision("a", PolicyOutcome.Allow), new ShadowDecision("z", PolicyOutcome.Deny)], decision.Shadow);
    }

    [Theory]
    [InlineData("a", PolicyOutcome.Deny, "b")]
    [InlineData("b", PolicyOutcome.Deny, "a")]
    [InlineData("a b", PolicyOutcome.Pending, "c")]
    [InlineData("a b c", PolicyOutcome.Allow, "a")]
    [InlineData("other", PolicyOutcome.Deny, "a")]
    public void Decide_RulesThatAreSetAside_LeaveEveryOtherRuleAsItIs(string setAside, PolicyOutcome outcome, string rule)
    {
        var decision = PolicyText.Load("""
            "rules": [
              { "id": "a", "on": "request", "outcome": "deny", "match": {}, "reason": "r" },
              { "id": "b", "on": "request", "outcome": "deny", "match": {}, "reason": "r" },
              { "id": "c", "on": "request", "outcome": "pending", "match": {}, "reason": "r" }
            ]
            """).Decide(PolicyText.Facts(), setAside.Split(' '));

        Assert.Equal((outcome, rule), (decision.Outcome, decision.Rule));
    }

    [Fact]
    public void Decide_DefaultThatIsSetAside_Allows()
    {
        var policy = PolicyText.Load("\"rules\": []");

        Assert.Equal(PolicyOutcome.Deny, policy.Decide(PolicyText.Facts()).Outcome);
        Assert.Equal(PolicyOutcome.Allow, policy.Decide(PolicyText.Facts(), ["default"]).Outcome);
    }

    private const string Redact = """
        "rules": [
          { "id": "all", "on": "request", "outcome": "allow", "match": {} },
          { "id": "strict", "on": "request", "outcome": "allow", "match": { "method": { "eq": "POST" } }, "redact": [ { "rules": ["npm"], "direction": "request", "action": "block" }, { "rules": ["random"], "action": "mask" } ] },
          { "id": "lax", "on": "request", "outcome": "allow", "match": { "method": { "eq": "PUT" } }, "redact": [ { "rules": ["npm", "random"], "action": "mask" } ] },
          { "id": "shadow", "on": "request", "outcome": "allow", "mode": "shadow", "match": {}, "redact": [ { "rules": ["npm"], "action": "block" } ] }
        ]
        """;

    [Theory]
    [InlineData("GET", FindingAction.Mask, FindingAction.Mask, FindingAction.Alert)]
    [InlineData("POST", FindingAction.Block, FindingAction.Mask, FindingAction.Mask)]
    [InlineData("PUT", FindingAction.Mask, FindingAction.Mask, FindingAction.Mask)]
    public void Decide_RedactOfMatchingAllows_IsDoneWhereItIsStricter(string method, FindingAction request, FindingAction response, FindingAction entropy)
    {
        var decision = LoadWithRules(Redact, out _)!.Decide(PolicyText.Facts(method: method));

        Assert.Equal(
            (request, response, entropy, entropy),
            (decision.RequestPlan.For(FindingKind.Rule, "npm", default), decision.ResponsePlan.For(FindingKind.Rule, "npm", default),
                decision.RequestPlan.For(FindingKind.Entropy, "random", default), decision.ResponsePlan.For(FindingKind.Entropy, "random", default)));
    }

    [Theory]
    [InlineData("\"on\": \"request\", \"outcome\": \"deny\", \"match\": {}, \"redact\": [ { \"rules\": [\"npm\"], \"action\": \"mask\" } ]", "that allows")]
    [InlineData("\"on\": \"tool_call\", \"outcome\": \"allow\", \"match\": {}, \"redact\": [ { \"rules\": [\"npm\"], \"action\": \"mask\" } ]", "that allows")]
    [InlineData("\"on\": \"request\", \"outcome\": \"allow\", \"match\": { \"finding\": { \"rule\": { \"eq\": \"npm\" } } }, \"redact\": [ { \"rules\": [\"npm\"], \"action\": \"mask\" } ]", "nothing about the body")]
    [InlineData("\"on\": \"request\", \"outcome\": \"allow\", \"match\": {}, \"redact\": [ { \"rules\": [\"nobody\"], \"action\": \"mask\" } ]", "no detection rule")]
    [InlineData("\"on\": \"request\", \"outcome\": \"allow\", \"match\": {}, \"redact\": [ { \"rules\": [\"npm\"], \"action\": \"pass\" } ]", "masks or blocks")]
    [InlineData("\"on\": \"request\", \"outcome\": \"allow\", \"match\": {}, \"redact\": [ { \"rules\": [], \"action\": \"mask\" } ]", "empty")]
    public void Load_RedactThatCouldHaveNoEffectOrLessOfOne_RefusesThePolicy(string rule, string message)
    {
        Assert.Null(LoadWithRules($"\"rules\": [ {{ \"id\": \"r\", \"reason\": \"r\", {rule} }} ]", out var errors));
        Assert.Contains(errors, error => error.Message.Contains(message, StringComparison.Ordinal) && error.Line > 0);
    }

    private static PolicySnapshot? LoadWithRules(string members, out IReadOnlyList<PolicyError> errors) => PolicyLoader.Load(
        [PolicyText.File(PolicyText.Frame(members))], out errors, new Dictionary<string, FindingKind> { ["npm"] = FindingKind.Rule, ["random"] = FindingKind.Entropy }, basis: ShippedBasis.Basis);

    [Fact]
    public void Decide_AllowInShadow_AllowsNothing()
    {
        var policy = PolicyText.Load("""
            "rules": [ { "id": "c", "on": "connect", "outcome": "allow", "mode": "shadow", "match": { "host": { "eq": "a.example.com" } } } ]
            """);

        Assert.Equal(PolicyOutcome.Deny, policy.Decide(PolicyText.Facts() with { On = PolicyStage.Connect }).Outcome);
        Assert.Empty(policy.ReachableBy("ci", 1, DateTimeOffset.UnixEpoch).Names);
    }

    [Fact]
    public void Decide_Steer_CarriesGuidanceAlternativesAndConditions()
    {
        var decision = PolicyText.Load("""
            "rules": [ { "id": "s", "on": "request", "outcome": "steer", "match": { "method": { "eq": "DELETE" }, "agent": { "in": ["ci"] } }, "reason": "r",
                         "guidance": "Archive it.", "alternatives": ["PATCH archived", "ask"] } ]
            """).Decide(PolicyText.Facts(method: "DELETE"));

        Assert.Equal((PolicyOutcome.Steer, "Archive it.", (ApprovalTerms?)null), (decision.Outcome, decision.Guidance, decision.Approval));
        Assert.Equal(["PATCH archived", "ask"], decision.Alternatives);
        Assert.Equal(["agent {\"in\":[\"ci\"]}", "method {\"eq\":\"DELETE\"}"], decision.Conditions);
    }

    [Theory]
    [InlineData("", ApproverRole.Operator, 60)]
    [InlineData("\"approval\": { \"role\": \"admin\", \"ttl\": \"30m\" },", ApproverRole.Admin, 30)]
    [InlineData("\"approval\": { \"ttl\": \"24h\" },", ApproverRole.Operator, 1440)]
    public void Decide_Pending_SaysWhoMustAgreeAndHowLong(string member, ApproverRole role, int minutes)
    {
        var decision = PolicyText.Load($$"""
            "rules": [ { "id": "p", "on": "request", "outcome": "pending", {{member}} "match": {}, "reason": "r" } ]
            """).Decide(PolicyText.Facts());

        Assert.Equal((PolicyOutcome.Pending, role, TimeSpan.FromMinutes(minutes)), (decision.Outcome, decision.Approval!.Role, decision.Approval.TimeToLive));
    }

    [Fact]
    public void Decide_LimitsOfSeveralAllows_AreTheSmallest()
    {
        var decision = PolicyText.Load("""
            "rules": [
              { "id": "a", "on": "request", "outcome": "allow", "match": {}, "limits": { "request_bytes": 100 } },
              { "id": "b", "on": "request", "outcome": "allow", "match": {}, "limits": { "request_bytes": 200, "response_bytes": 50 } },
              { "id": "c", "on": "request", "outcome": "allow", "match": {} }
            ]
            """).Decide(PolicyText.Facts());

        Assert.Equal(new PolicyLimits(100, 50), decision.Limits);
    }

    [Theory]
    [InlineData("""{ "id": "r", "on": "request", "outcome": "allow", "match": {}, "approval": {} }""", "belongs to a rule with 'outcome': pending")]
    [InlineData("""{ "id": "r", "on": "request", "outcome": "pending", "match": {}, "reason": "r", "approval": { "role": "king" } }""", "A role that may agree")]
    [InlineData("""{ "id": "r", "on": "request", "outcome": "pending", "match": {}, "reason": "r", "approval": { "ttl": "25h" } }""", "from 1m to 24h")]
    [InlineData("""{ "id": "r", "on": "request", "outcome": "pending", "match": {}, "reason": "r", "approval": { "ttl": "0m" } }""", "from 1m to 24h")]
    [InlineData("""{ "id": "r", "on": "request", "outcome": "deny", "match": {}, "reason": "r", "alternatives": ["x"] }""", "belong to the outcome steer")]
    [InlineData("""{ "id": "r", "on": "request", "outcome": "allow", "match": {}, "guidance": "x" }""", "a rule that refuses")]
    [InlineData("""{ "id": "r", "on": "request", "outcome": "deny", "match": {}, "reason": "r", "limits": { "request_bytes": 1 } }""", "that allows")]
    [InlineData("""{ "id": "r", "on": "request", "outcome": "allow", "match": {}, "limits": {} }""", "from 0 on")]
    [InlineData("""{ "id": "r", "on": "request", "outcome": "allow", "match": {}, "limits": { "request_bytes": -1 } }""", "from 0 on")]
    [InlineData("""{ "id": "r", "on": "request", "outcome": "allow", "match": {}, "mode": "loud" }""", "shadow")]
    [InlineData("""{ "id": "r", "on": "connect", "outcome": "steer", "match": {}, "reason": "r" }""", "can be carried out")]
    public void Load_EffectThatCouldHaveNone_RefusesThePolicy(string rule, string message) =>
        Assert.Contains(message, Assert.Single(PolicyText.Errors(PolicyText.Frame($"\"rules\": [{rule}]"))).Message, StringComparison.Ordinal);

    [Fact]
    public void Ruling_RuleThatThrows_DeniesAndInShadowIsNoted()
    {
        var facts = PolicyText.Facts();
        var question = new Question(facts, default, ToolTable.Empty, null);
        var ruling = new Ruling([]);

        ruling.Ask([Throwing("b"), Throwing("a") with { Order = 0 }, Throwing("s") with { IsShadow = true }, Fitting("fits")], question);

        Assert.Equal(("a", "fits"), (ruling.Broken?.Id, ruling.Strictest?.Id));
        Assert.Equal("s", Assert.Single(ruling.Shadows()).Rule);
    }

    [Fact]
    public void Decide_RuleThatThrows_DeniesByItsNameWhateverElseAllows()
    {
        var none = PolicySnapshot.NoHosts<PolicyRule>();
        var snapshot = new PolicySnapshot(
            new PolicyIdentity("t", 1, "h"), new DestinationTable(PolicySnapshot.NoHosts<ListedDestination>(), []), [], new RuleTable([], none), new RuleTable([Fitting("allow"), Throwing("broken")], none),
            new RedactionTable(new Dictionary<DestinationKind, RedactionPlan>(), new Dictionary<DestinationKind, RedactionPlan>(), []), new DetectionChoices(), new DefaultAnswer(PolicyOutcome.Allow, "r", null));

        var decision = snapshot.Decide(PolicyText.Facts());

        Assert.Equal((PolicyOutcome.Deny, "broken"), (decision.Outcome, decision.Rule));
    }

    [Fact]
    public void Decide_PolicyThatObserves_AllowsAndSaysWhatItWouldHaveDone()
    {
        var text = PolicyText.Frame($"\"mode\": \"observe\", \"rules\": [{PolicyText.Rule("""{ "method": { "eq": "GET" } }""")}, {PolicyText.Rule("{}", "deny", "tool_call", "no")}]");
        var policy = PolicyLoader.Load([PolicyText.File(text)], out var errors, basis: ShippedBasis.Basis)!;

        Assert.Empty(errors);
        Assert.Equal(PolicyMode.Observe, policy.Mode);
        Assert.Equal((PolicyOutcome.Allow, null, "r"), Said(policy.Decide(PolicyText.Facts())));
        Assert.Equal((PolicyOutcome.Allow, PolicyOutcome.Deny, "default"), Said(policy.Decide(PolicyText.Facts(method: "POST"))));
        Assert.Equal((PolicyOutcome.Allow, PolicyOutcome.Deny, "no"), Said(policy.Decide(PolicyText.Call("bash"))));
        Assert.Equal(FindingAction.Mask, policy.Decide(PolicyText.Facts(method: "POST")).RequestPlan.Registered);
        Assert.Equal(PolicyMode.Enforce, PolicySnapshot.DenyAll.Mode);
    }

    [Fact]
    public void Load_CaseOfAPolicyThatObserves_AsksWhatThePolicySays()
    {
        var text = PolicyText.Frame("""
            "mode": "observe", "cases": [ { "name": "c", "facts": { "host": "a.example.com" }, "expect": { "outcome": "deny", "rule": "default" } } ]
            """);

        Assert.NotNull(PolicyLoader.Load([PolicyText.File(text)], out _));
    }

    [Theory]
    [InlineData("", "allow", "open")]
    [InlineData(""", "body": "{\"model\":\"big\"}" """, "deny", "no-big")]
    [InlineData(""", "body": "{}" """, "allow", "open")]
    [InlineData(""", "findings": [ { "rule": "registry", "kind": "registered" } ] """, "deny", "no-found")]
    public void Load_CaseAboutBodyOrFindings_IsDecidedAsAfterInspection(string facts, string outcome, string rule) =>
        Assert.NotNull(PolicyLoader.Load(
            [PolicyText.File(PolicyText.Frame($$"""
                "rules": [
                  {{PolicyText.Rule("{}", id: "open")}},
                  {{PolicyText.Rule("""{ "body": { "/model": { "eq": "big", "exists": true } } }""", "deny", id: "no-big")}},
                  {{PolicyText.Rule("""{ "finding": { "kind": { "eq": "registered" } } }""", "deny", id: "no-found")}}
                ],
                "cases": [ { "name": "c", "facts": { "host": "a.example.com"{{facts}} }, "expect": { "outcome": "{{outcome}}", "rule": "{{rule}}" } } ]
                """))],
            out _));

    [Theory]
    [InlineData("\"class\": \"yellow\"", "takes it for green")]
    [InlineData("\"external\": true", "not external")]
    [InlineData("\"role\": \"admin\"", "asks nobody")]
    [InlineData("\"shadow\": [\"x\"]", "in shadow are [s]")]
    public void Load_CaseWithAWrongEffect_RefusesThePolicy(string expectation, string message)
    {
        var text = PolicyText.Frame($$"""
            "rules": [ {{PolicyText.Rule("{}", "allow", "tool_call")}}, { "id": "s", "on": "tool_call", "outcome": "deny", "mode": "shadow", "match": {}, "reason": "r" } ],
            "cases": [ { "name": "c", "facts": { "on": "tool_call", "host": "a.example.com", "command": "ls" }, "expect": { "outcome": "allow", {{expectation}} } } ]
            """);

        Assert.Contains(message, Assert.Single(PolicyText.Errors(text)).Message, StringComparison.Ordinal);
    }

    private static (PolicyOutcome, PolicyOutcome?, string) Said(PolicyDecision decision) => (decision.Outcome, decision.Observed, decision.Rule);

    private static PolicyRule Throwing(string id) => new(1, id, PolicyStage.Request, PolicyOutcome.Allow, new ThrowingCondition(), "r", null, []);

    private static PolicyRule Fitting(string id) => new(0, id, PolicyStage.Request, PolicyOutcome.Allow, new AllCondition([]), "r", null, []);

    private sealed class ThrowingCondition : Condition
    {
        public override ConditionRank Rank => ConditionRank.Value;

        public override Truth Test(Question question) => throw new InvalidOperationException("A fault of ours.");
    }
}
