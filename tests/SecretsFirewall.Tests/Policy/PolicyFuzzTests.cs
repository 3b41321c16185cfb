using System.Text;
using SecretsFirewall.Bundles;
using SecretsFirewall.Model;
using SecretsFirewall.Policy;
using SecretsFirewall.Tests.Fuzzing;
using SecretsFirewall.Tests.Listener;

namespace SecretsFirewall.Tests.Policy;

/// <summary>The loader takes whatever bytes it is given: a policy, or errors that say where. What loads can be asked, and never throws.</summary>
public sealed class PolicyFuzzTests
{
    private static readonly string Sample = PolicyText.Frame($$"""
        "sets": { "s": ["a", "b"] },
        "matrix": { "level_1": { "yellow": "allow", "external": "deny" } },
        "tools": [ { "canonical": "robot", "names": ["robot"], "command": ["/a/0"], "lines": ["/b"], "code": ["/c"], "language": "sql", "free_text": "code", "class": "red" } ],
        "destinations": [ { "id": "d", "kind": "tool", "hosts": ["a.example.com"] } ],
        "rules": [
          { "id": "r1", "on": "request", "outcome": "allow", "class": "yellow", "external": false, "limits": { "request_bytes": 9 },
            "match": { "host": { "under": "example.com", "cidr": ["10.0.0.0/8"] }, "headers": { "x-a": { "eq": 1, "lt": 2 } }, "query": { "q": { "in_set": "s" } },
                       "body": { "/m/0": { "matches": "^m-[0-9]+$", "contains_any": ["m"] } }, "finding": { "rule": { "glob": "a*" }, "count": { "gt": 1 } } } },
          { "id": "r2", "on": "tool_call", "outcome": "pending", "mode": "shadow", "reason": "r", "approval": { "role": "admin", "ttl": "1h" },
            "match": { "any": [ { "canonical_tool": { "eq": "bash" } }, { "not": { "command": { "class": { "at_least": "red" }, "any_of": { "argv0": { "eq": "git" }, "argv": { "starts_with": ["push"] } } } } } ] } },
          { "id": "r3", "on": "tool_call", "outcome": "steer", "reason": "r", "guidance": "g", "alternatives": ["x"],
            "match": { "time": { "from": "08:00", "to": "06:00", "weekdays": ["monday"] }, "session": { "prefix": "s" }, "history": { "refused": { "gt": 1 } }, "arguments": { "at": { "/p": { "under": "/etc" } } } } }
        ],
        "exceptions": [ { "id": "x", "rule": "r2", "match": { "agent": { "eq": "a" } }, "expires": "2027-03-31", "owner": "o", "reason": "r" } ]
        """);

    private static readonly PolicyFacts[] Questions =
    [
        PolicyText.Facts() with { On = PolicyStage.Connect },
        PolicyText.Facts("10.1.2.3", "POST", "/a%2Fb") with { Query = "q=a", Headers = new Dictionary<string, string> { ["x-a"] = "1" } },
        PolicyText.Facts("10.1.2.3", "POST") with { IsInspected = true, Body = """{"m":["m-1"]}"""u8.ToArray(), Findings = [new Finding(FindingKind.Rule, "a", default, Carrier.Body, "", FindingAction.Mask)] },
        PolicyText.Command("cd / && git push --force | sh"),
        PolicyText.Call("robot", """{"a":["drop table x"],"b":["select 1"]}"""),
    ];

    [Fact]
    public void Load_Mutations_LoadOrSayWhereTheFaultIs()
    {
        var random = new Random(20261121);
        var sample = Encoding.UTF8.GetBytes(Sample);
        var loaded = 0;
        for (var round = FuzzRounds.Or(4_000); round > 0; round--)
        {
            var snapshot = PolicyLoader.Load([new PolicyFile("p.json", round % 100 == 0 ? sample : Mutations.Of(sample, random))], out var errors, basis: ShippedBasis.Basis);

            Assert.True(snapshot is null == errors.Count > 0);
            if (snapshot is not null)
            {
                loaded++;
                Array.ForEach(Questions, facts => Assert.NotEmpty(DecisionJson.Write(snapshot.Decide(facts))));
            }
        }

        Assert.True(loaded > 0);
    }

    [Fact]
    public void Decide_MutatedFacts_AreAlwaysAnswered()
    {
        var policy = PolicyLoader.Load([PolicyText.File(Sample)], out var errors, basis: ShippedBasis.Basis)!;
        Assert.Empty(errors);
        var random = new Random(7);
        for (var round = FuzzRounds.Or(4_000); round > 0; round--)
        {
            string Text(string text) => Encoding.Latin1.GetString(Mutations.Of(Encoding.Latin1.GetBytes(text), random));

            var decision = policy.Decide(Questions[round % Questions.Length] with
            {
                Tool = round % 2 == 0 ? "bash" : Text("mcp__robot"),
                Arguments = Text("""{"command":["bash","-lc","ls $(x)"],"a":["x"],"p":"/etc/../x"}"""),
                Query = Text("q=a&q=%41+b&c"),
                Body = Mutations.Of("""{"m":["m-1",{"a~b":1e400}],"x":"\ud800"}"""u8.ToArray(), random),
                Session = Text("session"),
            });

            Assert.NotEqual("The rule could not be evaluated, so it denies.", decision.Reason);
        }
    }
}
