using Microsoft.Extensions.Logging.Abstractions;
using SecretsFirewall.Enforcement;
using SecretsFirewall.Model;
using SecretsFirewall.Policy;
using SecretsFirewall.Restraints.Gates;
using SecretsFirewall.Tests.Policy;

namespace SecretsFirewall.Tests.Enforcement;

/// <summary>What is decided where a session is held to the policy that it began with.</summary>
public sealed class ExchangeStateTests
{
    private static readonly Destination Tool = new("https", "tool.example", 443);

    private readonly FakeTime _time = new();

    [Theory]
    [InlineData("allow", "allow", PolicyOutcome.Allow)]
    [InlineData("deny", "allow", PolicyOutcome.Deny)]
    [InlineData("allow", "deny", PolicyOutcome.Deny)]
    public void Decide_HeldToAnEarlierPolicy_IsTheStricterOfBoth(string then, string now, object outcome)
    {
        var state = State(Load(now));
        state.Pinned = Load(then);

        Assert.Equal((PolicyOutcome)outcome, state.Decide(Facts).Outcome);
    }

    [Fact]
    public void Decide_NoPolicyInForceAnyMore_RefusesWhatTheEarlierOneAllowed()
    {
        var state = State(PolicySnapshot.DenyAll);
        state.Pinned = Load("allow");

        Assert.Equal(PolicyOutcome.Deny, state.Decide(Facts).Outcome);
    }

    [Fact]
    public void IsGateOpen_AsksForTheToolOfACallAndElseForTheDestination()
    {
        var state = State(Load("allow"));
        state.Gate.TryUnlock(new GateTarget("ada", Tool, null), _time.GetUtcNow().AddHours(1), "Release.", "ops");
        state.Gate.TryUnlock(new GateTarget("ada", null, "send_mail"), _time.GetUtcNow().AddHours(1), "Release.", "ops");

        Assert.True(state.IsGateOpen(Facts));
        Assert.False(state.IsGateOpen(Facts with { Agent = "bob" }));
        Assert.True(state.IsGateOpen(Facts with { Tool = "Send_Mail" }));
        Assert.False(state.IsGateOpen(Facts with { Tool = "post" })); // that its host is open says nothing of what a model calls
        Assert.False(state.IsGateOpen(Facts with { At = _time.GetUtcNow().AddHours(1) }));
    }

    private PolicyFacts Facts => new() { On = PolicyStage.Request, Agent = "ada", Destination = Tool, Method = "GET", Path = "/", At = _time.GetUtcNow() };

    private ExchangeState State(PolicySnapshot policy) =>
        new(new InForce(policy, null!, null!)) { Kills = null!, Gate = CommsGate.Open(new NoStore(), _time, NullLogger.Instance)! };

    private static PolicySnapshot Load(string outcome) =>
        PolicyText.Load($$"""
            "rules": [{{PolicyText.Rule("""{ "host": { "eq": "tool.example" } }""", outcome)}}]
            """);

    private sealed class NoStore : IGateStore
    {
        public IReadOnlyList<GateUnlock> Load() => [];

        public bool Save(GateUnlock unlock) => true;

        public bool Delete(GateTarget target) => true;
    }
}
