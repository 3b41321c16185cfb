using System.Text;
using SecretsFirewall.Model;
using SecretsFirewall.Policy;

namespace SecretsFirewall.Tests.Policy;

/// <summary>What rules may ask about a request beside its head's first line.</summary>
public sealed class RequestFactsTests
{
    private const string Body = """{"model":"m-1","max_tokens":4096,"stream":true,"nothing":null,"tools":[{"name":"a"}],"path":"/srv/app/../data/x","a/b":{"c~d":"deep"}}""";

    private static readonly PolicyFacts Request = PolicyText.Facts("10.1.2.3", "POST") with
    {
        Session = "s-7",
        At = new DateTimeOffset(2026, 11, 21, 22, 30, 0, TimeSpan.Zero), // a Saturday
        Headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase) { ["Content-Type"] = "application/json", ["X-Count"] = "12" },
        Query = "a=1&b=two%20words&c=x&c=y&d",
        Body = Encoding.UTF8.GetBytes(Body),
        Findings =
        [
            new Finding(FindingKind.Rule, "stripe-live", default, Carrier.Body, "/a", FindingAction.Mask) { Count = 2 },
            new Finding(FindingKind.Registered, "registry", default, Carrier.HeaderValue, "x", FindingAction.Mask),
        ],
        History = new SessionHistory(10, 3, 1, 2),
        IsInspected = true,
    };

    [Theory]
    [InlineData("""{ "session": { "eq": "s-7" } }""", true)]
    [InlineData("""{ "session": { "glob": "s-*", "matches": "^s-[0-9]$" } }""", true)]
    [InlineData("""{ "time": { "from": "22:00" } }""", true)]
    [InlineData("""{ "time": { "from": "22:00", "to": "06:00" } }""", true)]
    [InlineData("""{ "time": { "from": "08:00", "to": "18:00" } }""", false)]
    [InlineData("""{ "time": { "to": "22:30" } }""", false)]
    [InlineData("""{ "time": { "to": "22:31" } }""", true)]
    [InlineData("""{ "time": { "weekdays": ["saturday", "sunday"] } }""", true)]
    [InlineData("""{ "time": { "weekdays": ["monday"] } }""", false)]
    [InlineData("""{ "headers": { "content-type": { "prefix": "application/json" } } }""", true)]
    [InlineData("""{ "headers": { "CONTENT-TYPE": { "contains_any": ["json"] } } }""", true)]
    [InlineData("""{ "headers": { "x-count": { "gt": 11, "lt": 13 } } }""", true)]
    [InlineData("""{ "headers": { "x-count": { "eq": 12 } } }""", true)]
    [InlineData("""{ "headers": { "x-count": { "eq": "12" } } }""", true)]
    [InlineData("""{ "headers": { "x-none": { "exists": false } } }""", true)]
    [InlineData("""{ "headers": { "x-count": { "exists": false } } }""", false)]
    [InlineData("""{ "query": { "b": { "eq": "two words" } } }""", true)]
    [InlineData("""{ "query": { "d": { "eq": "" }, "e": { "exists": false } } }""", true)]
    [InlineData("""{ "query": { "a": { "in": [1, 2] } } }""", true)]
    [InlineData("""{ "body": { "/model": { "in_set": "models" } } }""", true)]
    [InlineData("""{ "body": { "/model": { "glob": "m-*" }, "/stream": { "eq": true } } }""", true)]
    [InlineData("""{ "body": { "/max_tokens": { "gt": 4095, "lt": 4097 } } }""", true)]
    [InlineData("""{ "body": { "/max_tokens": { "eq": "4096" } } }""", false)]
    [InlineData("""{ "body": { "/model": { "gt": 0 } } }""", false)]
    [InlineData("""{ "body": { "/tools/0/name": { "eq": "a" } } }""", true)]
    [InlineData("""{ "body": { "/tools/1": { "exists": false } } }""", true)]
    [InlineData("""{ "body": { "/tools/00/name": { "exists": false } } }""", true)]
    [InlineData("""{ "body": { "/a~1b/c~0d": { "suffix": "eep" } } }""", true)]
    [InlineData("""{ "body": { "/path": { "under": "/srv/data" } } }""", true)]
    [InlineData("""{ "body": { "/path": { "under": "/srv/app" } } }""", false)]
    [InlineData("""{ "finding": { "rule": { "eq": "stripe-live" } } }""", true)]
    [InlineData("""{ "finding": { "kind": { "eq": "registered" }, "count": { "gt": 1 } } }""", false)]
    [InlineData("""{ "finding": { "count": { "eq": 3 } } }""", true)]
    [InlineData("""{ "finding": { "rule": { "prefix": "aws-" } } }""", false)]
    [InlineData("""{ "finding": { "kind": { "in": ["entropy"] }, "count": { "eq": 0 } } }""", true)]
    [InlineData("""{ "history": { "refused": { "gt": 1 }, "exchanges": { "lt": 11 } } }""", true)]
    [InlineData("""{ "history": { "masked": { "eq": 4 } } }""", false)]
    [InlineData("""{ "host": { "cidr": ["10.0.0.0/8", "fd00::/8"] } }""", true)]
    [InlineData("""{ "host": { "cidr": ["192.168.0.0/16"] } }""", false)]
    [InlineData("""{ "path": { "matches": "^/$" } }""", true)]
    [InlineData("""{ "method": { "matches": "^po" } }""", true)]
    public void Decide_TestOfAFact_MatchesWhatItSays(string match, bool expected)
    {
        var policy = PolicyText.Load($"\"sets\": {{ \"models\": [\"m-1\"] }}, \"rules\": [{PolicyText.Rule(match)}]");

        Assert.Equal(expected ? "r" : "default", policy.Decide(Request).Rule);
    }

    [Theory]
    [InlineData("""{ "session": { "eq": "s" } }""")]
    [InlineData("""{ "time": { "from": "08:00" } }""")]
    [InlineData("""{ "headers": { "x": { "eq": "1" } } }""")]
    [InlineData("""{ "query": { "x": { "eq": "1" } } }""")]
    [InlineData("""{ "body": { "/x": { "eq": "1" } } }""")]
    [InlineData("""{ "finding": { "rule": { "eq": "x" } } }""")]
    [InlineData("""{ "history": { "refused": { "gt": 1 } } }""")]
    public void Decide_FactThatNobodyKnows_MatchesRefusingRulesOnly(string match)
    {
        string Decide(string outcome) => PolicyText.Load($"\"rules\": [{PolicyText.Rule(match, outcome)}]").Decide(PolicyText.Facts() with { IsInspected = true }).Rule;

        Assert.Equal(("r", "default"), (Decide("deny"), Decide("allow")));
    }

    [Theory]
    [InlineData("""{ "query": { "c": { "eq": "x" } } }""", "a=1&c=x&c=y")]
    [InlineData("""{ "query": { "c": { "eq": "x" } } }""", "c=%zz")]
    [InlineData("""{ "query": { "c": { "eq": "x" } } }""", "c=%ff")]
    public void Decide_QueryThatCanBeReadInTwoWays_MatchesRefusingRulesOnly(string match, string query)
    {
        string Decide(string outcome) => PolicyText.Load($"\"rules\": [{PolicyText.Rule(match, outcome)}]").Decide(Request with { Query = query }).Rule;

        Assert.Equal(("r", "default"), (Decide("deny"), Decide("allow")));
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("""{"model":"a","model":"b"}""")]
    public void Decide_BodyWithoutOneMeaning_MatchesRefusingRulesOnly(string body)
    {
        const string Match = """{ "body": { "/model": { "eq": "a" } } }""";
        string Decide(string outcome) => PolicyText.Load($"\"rules\": [{PolicyText.Rule(Match, outcome)}]").Decide(Request with { Body = Encoding.UTF8.GetBytes(body) }).Rule;

        Assert.Equal(("r", "default"), (Decide("deny"), Decide("allow")));
    }

    [Fact]
    public void Decide_ArgumentsOfACallByPointer_MatchWhatTheySay()
    {
        var policy = PolicyText.Load($$"""
            "rules": [
              {{PolicyText.Rule("{}", "allow", "tool_call", "all")}},
              {{PolicyText.Rule("""{ "arguments": { "at": { "/file_path": { "under": "/etc", "exists": true } } } }""", "deny", "tool_call", "etc")}}
            ]
            """);

        Assert.Equal("etc", policy.Decide(PolicyText.Call("Write", """{"file_path":"/home/u/../../etc/./passwd"}""")).Rule);
        Assert.Equal("all", policy.Decide(PolicyText.Call("Write", """{"file_path":"/etcetera"}""")).Rule);
        Assert.Equal("all", policy.Decide(PolicyText.Call("Write", "{}")).Rule);
        Assert.Equal("etc", policy.Decide(PolicyText.Call("Write", "free text")).Rule);
    }

    [Fact]
    public void Decide_RulesAboutTheBodyBeforeItIsRead_AwaitItOrAreDeniedAlready()
    {
        var policy = PolicyText.Load($$"""
            "rules": [
              {{PolicyText.Rule("""{ "host": { "eq": "a.example.com" }, "body": { "/model": { "eq": "m-1" } } }""", id: "good-model")}},
              {{PolicyText.Rule("""{ "host": { "eq": "b.example.com" } }""", id: "b")}},
              {{PolicyText.Rule("""{ "finding": { "kind": { "eq": "registered" } } }""", "deny", id: "nothing-registered")}},
              {{PolicyText.Rule("""{ "method": { "eq": "DELETE" } }""", "deny", id: "no-delete")}}
            ]
            """);
        var read = new Func<PolicyFacts, PolicyFacts>(facts => facts with { IsInspected = true, Body = Encoding.UTF8.GetBytes(Body), Findings = [] });

        var head = policy.Decide(PolicyText.Facts("a.example.com"));
        Assert.Equal((PolicyOutcome.Allow, true), (head.Outcome, head.AwaitsInspection));
        Assert.Equal((PolicyOutcome.Allow, "good-model", false), Said(policy.Decide(read(PolicyText.Facts("a.example.com")))));
        Assert.Equal((PolicyOutcome.Deny, "default", false), Said(policy.Decide(read(PolicyText.Facts("a.example.com")) with { Body = "{}"u8.ToArray() })));
        Assert.Equal((PolicyOutcome.Deny, "nothing-registered", false), Said(policy.Decide(read(PolicyText.Facts("a.example.com")) with { Findings = null })));
        Assert.Equal((PolicyOutcome.Allow, "b", true), Said(policy.Decide(PolicyText.Facts("b.example.com"))));
        Assert.Equal((PolicyOutcome.Deny, "default", false), Said(policy.Decide(PolicyText.Facts("c.example.com"))));
        Assert.Equal((PolicyOutcome.Deny, "no-delete", false), Said(policy.Decide(PolicyText.Facts("a.example.com", "DELETE"))));
    }

    [Fact]
    public void Asks_SaysWhatRulesAskAboutAndNothingElse()
    {
        var nothing = PolicyText.Load($"\"rules\": [{PolicyText.Rule("""{ "method": { "eq": "GET" } }""")}]").Asks;
        var all = PolicyText.Load($$"""
            "rules": [{{PolicyText.Rule("""{ "any": [ { "headers": { "X-A": { "exists": true } } }, { "not": { "query": { "q": { "eq": "1" } } } }, { "body": { "/m": { "exists": true } } } ] }""")}}],
            "exceptions": []
            """).Asks;

        Assert.False(nothing.Body || nothing.Findings || nothing.History || nothing.Query || nothing.Headers.Count > 0);
        Assert.True(all is { Body: true, Query: true, Findings: false, History: false } && all.Headers.SetEquals(["x-a"]));
    }

    [Theory]
    [InlineData("""{ "time": { "from": "8:00" } }""", "such as 08:30")]
    [InlineData("""{ "time": { "weekdays": [] } }""", "empty")]
    [InlineData("""{ "time": {} }""", "needs an operator")]
    [InlineData("""{ "headers": {} }""", "needs an operator")]
    [InlineData("""{ "headers": { "x": {} } }""", "needs an operator")]
    [InlineData("""{ "query": { "x": { "in_set": "none" } } }""", "no set 'none'")]
    [InlineData("""{ "body": { "model": { "exists": true } } }""", "no JSON pointer")]
    [InlineData("""{ "body": { "/m": { "eq": [1] } } }""", "a number")]
    [InlineData("""{ "body": { "/m": { "contains_any": [] } } }""", "empty")]
    [InlineData("""{ "body": { "/m": { "matches": "(?<=a)b" } } }""", "linear time")]
    [InlineData("""{ "finding": {} }""", "needs an operator")]
    [InlineData("""{ "finding": { "kind": { "eq": "sherlock" } } }""", "registered")]
    [InlineData("""{ "history": {} }""", "needs an operator")]
    [InlineData("""{ "host": { "cidr": ["10.0.0.0/40"] } }""", "Not a network")]
    [InlineData("""{ "host": { "cidr": ["10.0.0.1/8"] } }""", "Not a network")]
    [InlineData("""{ "host": { "cidr": [] } }""", "empty")]
    [InlineData("""{ "all": [ { "all": [ { "all": [ { "all": [ { "all": [ { "all": [ { "all": [ {} ] } ] } ] } ] } ] } ] } ] }""", "depth of 6")]
    public void Load_TestOfAFactThatMeansNothing_RefusesThePolicyWithItsLine(string match, string message) =>
        Assert.Contains(
            PolicyText.Errors(PolicyText.Frame($"\"rules\": [\n{PolicyText.Rule(match)}]")),
            error => error.Message.Contains(message, StringComparison.Ordinal) && error.Line > 1);

    [Theory]
    [InlineData("""{ "headers": { "x": { "exists": true } } }""", "connect")]
    [InlineData("""{ "body": { "/x": { "exists": true } } }""", "tool_call")]
    [InlineData("""{ "finding": { "count": { "gt": 1 } } }""", "connect")]
    [InlineData("""{ "query": { "x": { "exists": true } } }""", "tool_call")]
    public void Load_FactThatItsStageDoesNotKnow_RefusesThePolicy(string match, string stage) =>
        Assert.Contains(PolicyText.Errors(PolicyText.Frame($"\"rules\": [{PolicyText.Rule(match, on: stage)}]")), error => error.Message.Contains("not known on", StringComparison.Ordinal));

    private static (PolicyOutcome, string, bool) Said(PolicyDecision decision) => (decision.Outcome, decision.Rule, decision.AwaitsInspection);
}
