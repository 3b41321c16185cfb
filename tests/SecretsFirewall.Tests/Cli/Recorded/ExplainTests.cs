using System.Text;
using SecretsFirewall.Audit;
using SecretsFirewall.Model;
using SecretsFirewall.Policy;

namespace SecretsFirewall.Tests.Cli.Recorded;

public sealed class ExplainTests : IDisposable
{
    private const string Id = "01a1fdff3e6e709099ea184a3cc28777";

    private readonly RecordedHome _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task Explain_RefusedByARule_NamesTheConditionThatKeepsTheAllowingRuleAway()
    {
        _home.Record(_home.Refused(Id, "POST", "docs.unlisted.example", "/upload", "unlisted-write"));

        var steps = (await _home.JsonAsync("explain", Id)).GetProperty("steps");

        var rules = steps[1].GetProperty("rules").EnumerateArray().ToDictionary(rule => rule.GetProperty("rule").GetString()!);
        Assert.Equal("deny", steps[1].GetProperty("outcome").GetString());
        Assert.True(rules["unlisted-write"].GetProperty("applies").GetBoolean());
        Assert.False(rules["unlisted-read"].GetProperty("applies").GetBoolean());
        Assert.StartsWith("method ", rules["unlisted-read"].GetProperty("condition").GetString(), StringComparison.Ordinal);
        Assert.Equal("POST", rules["unlisted-read"].GetProperty("fact").GetString());
        Assert.Equal(["query_length"], rules["unlisted-long-query"].GetProperty("not_recorded").EnumerateArray().Select(one => one.GetString()));
    }

    [Fact]
    public async Task Explain_RefusedByARule_GivesAChangeThatAllowsThisAndNothingElse()
    {
        _home.Record(_home.Refused(Id, "POST", "docs.unlisted.example", "/upload", "unlisted-write"));

        var change = (await _home.JsonAsync("explain", Id)).GetProperty("change");

        var file = new PolicyFile("local.json", Encoding.UTF8.GetBytes(change.GetProperty("document").GetRawText()));
        var changed = _home.Policy.With(file, out var errors);
        Assert.True(changed is not null, string.Join('\n', errors));
        Assert.Equal(PolicyOutcome.Allow, Decide("builder", "POST", "docs.unlisted.example", "/upload"));
        Assert.Equal(PolicyOutcome.Deny, Decide("other", "POST", "docs.unlisted.example", "/upload"));
        Assert.Equal(PolicyOutcome.Deny, Decide("builder", "PUT", "docs.unlisted.example", "/upload"));
        Assert.Equal(PolicyOutcome.Deny, Decide("builder", "POST", "docs.unlisted.example", "/upload/more"));
        Assert.Equal(PolicyOutcome.Deny, Decide("builder", "POST", "www.unlisted.example", "/upload"));

        PolicyOutcome Decide(string agent, string method, string host, string path) => changed.Snapshot.Decide(new PolicyFacts
        {
            On = PolicyStage.Request,
            Agent = agent,
            Method = method,
            Path = path,
            Destination = new Destination("https", host, 443),
            At = TimeProvider.System.GetUtcNow(),
            BodyLength = 12,
        }).Outcome;
    }

    [Fact]
    public async Task Explain_RefusedConnection_ChangesTheConnectionAndTheRequest()
    {
        _home.Record(_home.Refused(Id, "GET", "docs.unlisted.example", "/x", "connect-other-port", "host_denied") with { Destination = new Destination("https", "docs.unlisted.example", 8443) });

        var root = await _home.JsonAsync("explain", Id);

        Assert.Equal("connect", root.GetProperty("steps")[0].GetProperty("on").GetString());
        Assert.Contains("not recorded", root.GetProperty("change").GetProperty("check").GetString(), StringComparison.Ordinal);
        Assert.Equal(["connect", "request"], root.GetProperty("change").GetProperty("document").GetProperty("rules").EnumerateArray().Select(rule => rule.GetProperty("on").GetString()));
    }

    [Fact]
    public async Task Explain_Forwarded_ShowsTheTimelineAndHowToRefuseIt()
    {
        _home.Record(_home.Forwarded(Id, "GET", "api.github.com", "/user", "listed"));

        var (exitCode, output, _) = await _home.RunAsync("explain", Id);

        Assert.Equal(0, exitCode);
        foreach (var words in (string[])["intent, record 1: allowed by listed", "outcome, record 2: forwarded", "+++ policies/default/local.json", "\"outcome\": \"deny\"", "says deny by explain-01a1fdff"])
        {
            Assert.Contains(words, output, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("secret_blocked", "SECRET_REF(name)")]
    [InlineData("bypass_attempt", "plainly")]
    [InlineData("killed", "sfw unkill")]
    [InlineData("unbound_ref", "sfw secrets bind")]
    public async Task Explain_RefusedByNoRule_SuggestsNoRule(string code, string words)
    {
        _home.Record(_home.Refused(Id, "POST", "api.github.com", "/x", "check", code));

        var root = await _home.JsonAsync("explain", Id);

        Assert.Equal(System.Text.Json.JsonValueKind.Null, root.GetProperty("change").ValueKind);
        Assert.Contains(words, root.GetProperty("advice").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Explain_AnotherPolicyDecided_SaysSo()
    {
        _home.Record(_home.Refused(Id, "POST", "docs.unlisted.example", "/upload", "unlisted-write") with { Bundle = new AuditBundle("default", 1, "sha256:other") });

        var (_, output, _) = await _home.RunAsync("explain", Id);

        Assert.Contains("Another policy decided then", output, StringComparison.Ordinal);
    }
}
