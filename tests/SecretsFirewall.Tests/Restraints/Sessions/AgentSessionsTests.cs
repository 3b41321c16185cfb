using SecretsFirewall.Model;
using SecretsFirewall.Restraints;
using SecretsFirewall.Restraints.Sessions;

namespace SecretsFirewall.Tests.Restraints.Sessions;

public sealed class AgentSessionsTests
{
    private const string Host = "tool.example";

    private readonly FakeTime _time = new();
    private readonly AgentSessions _sessions;

    public AgentSessionsTests() => _sessions = new AgentSessions(_time);

    [Fact]
    public void Enter_FirstExchange_OpensASessionAndCountsItForTheAgentToo()
    {
        var session = Enter("s1");
        _sessions.Leave(session, 10, 20);
        _sessions.Leave(Enter("s1"), 1, 2);
        _sessions.Leave(Enter("s2"), 100, 200);

        var all = _sessions.List();
        Assert.Equal([null, "s1", "s2"], all.Select(one => one.Session));
        Assert.Equal([3L, 2L, 1L], all.Select(one => one.Requests));
        Assert.Equal([(111L, 222L), (11L, 22L), (100L, 200L)], all.Select(one => (one.RequestBytes, one.ResponseBytes)));
        Assert.All(all, one => Assert.Equal((0, Host), (one.Open, Assert.Single(one.Hosts))));
    }

    [Fact]
    public void Enter_Idle_IsANewSessionAndAnExchangeUnderWayIsNotIdle()
    {
        var open = Enter("s1");
        _time.Advance(TimeSpan.FromHours(2));
        Assert.Same(open, Enter("s1"));
        _sessions.Leave(open, 0, 0);
        _sessions.Leave(open, 0, 0);

        _time.Advance(TimeSpan.FromMinutes(30));
        Assert.Same(open, Enter("s1"));
        _sessions.Leave(open, 0, 0);
        _time.Advance(TimeSpan.FromMinutes(30) + TimeSpan.FromSeconds(1));
        Assert.Equal([null], _sessions.List().Select(one => one.Session));
        Assert.NotSame(open, Enter("s1"));
    }

    [Fact]
    public void Enter_AsOftenAsAllowed_IsThenRefusedAlsoUnderANewName()
    {
        Limit(new SessionLimits { Requests = 2 });
        Enter("s1");
        Enter("s1");

        Assert.Equal("limits.session.requests", Refused("s1"));
        Assert.Equal("limits.session.requests", Refused("s2"));
        Assert.NotNull(_sessions.Enter("bob", "s1", Host, out _));
    }

    [Fact]
    public void Enter_LongerThanAllowed_IsRefusedUntilTheAgentWasIdle()
    {
        Limit(new SessionLimits { Duration = TimeSpan.FromHours(1) });
        for (var i = 0; i < 4; i++)
        {
            _sessions.Leave(Enter("s1"), 0, 0);
            _time.Advance(TimeSpan.FromMinutes(15));
        }

        _sessions.Leave(Enter("s1"), 0, 0);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("limits.session.duration", Refused("s1"));
        Assert.Equal("limits.session.duration", Refused("s2"));
        _time.Advance(TimeSpan.FromMinutes(31));
        Enter("s1");
    }

    [Fact]
    public void Enter_BytesHostsTokensOrCostUsedUp_IsRefusedByThatLimit()
    {
        Limit(new SessionLimits { Bytes = 30 });
        _sessions.Leave(Enter("s1"), 10, 19);
        _sessions.Leave(Enter("s1"), 1, 0);
        Assert.Equal("limits.session.bytes", Refused("s1"));

        Limit(new SessionLimits { Hosts = 1 });
        Enter("s1");
        Assert.Equal("limits.session.hosts", Refused("s2", "another.example"));

        Limit(new SessionLimits { Tokens = 100 });
        _sessions.Use(Enter("s1"), default, 99, 0);
        _sessions.Use(Enter("s1"), default, 1, 0);
        Assert.Equal("limits.session.tokens", Refused("s1"));

        Limit(new SessionLimits { Cost = 0.30m });
        _sessions.Use(Enter("s1"), default, 0, 0.10m);
        _sessions.Use(Enter("s1"), default, 0, 0.20m);
        Assert.Equal("limits.session.cost", Refused("s1"));
        Assert.Equal((100L, 0.30m), (_sessions.List()[0].Tokens, _sessions.List()[0].Cost));
    }

    [Fact]
    public void TryReserve_WhatIsUnderWay_CountsAsEstimatedUntilItIsOver()
    {
        Limit(new SessionLimits { Tokens = 100 });
        var session = Enter("s1");
        Assert.Null(_sessions.TryReserve(session, 60, null, out var first));
        Assert.Null(_sessions.TryReserve(session, 60, null, out _));

        Assert.Equal("limits.session.tokens", _sessions.TryReserve(session, 1, null, out _)!.Rule);
        Assert.Equal("limits.session.tokens", _sessions.TryReserve(Enter("s2"), 1, null, out _)!.Rule); // the agent's, too
        _sessions.Use(session, first, 10, 0);
        Assert.Null(_sessions.TryReserve(session, 30, null, out _));
        Assert.Equal("limits.session.tokens", _sessions.TryReserve(session, 1, null, out _)!.Rule);
    }

    [Fact]
    public void TryReserve_ModelWithoutAPriceUnderALimitOfMoney_IsRefused()
    {
        Limit(new SessionLimits { Cost = 1 });
        var session = Enter("s1");

        Assert.Equal("limits.session.cost", _sessions.TryReserve(session, 1, null, out _)!.Rule);
        Assert.Null(_sessions.TryReserve(session, 1, 0.5m, out _));
    }

    [Fact]
    public async Task TryReserve_FromManyThreads_GoesBeyondByOneCallAtMost()
    {
        Limit(new SessionLimits { Cost = 10 });
        var session = Enter("s1");

        var passed = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Task.Run(() => _sessions.TryReserve(session, 0, 3m, out var _) is null)));

        Assert.Equal(4, passed.Count(one => one));
    }

    [Fact]
    public async Task Enter_FromManyThreads_LetsInExactlyAsManyAsAllowed()
    {
        Limit(new SessionLimits { Requests = 1_000 });
        var entered = 0;

        await Task.WhenAll(Enumerable.Range(0, 8).Select(thread => Task.Run(() =>
        {
            for (var i = 0; i < 500; i++)
            {
                if (_sessions.Enter("ada", $"s{(thread + i) % 3}", Host, out _) is { } session)
                {
                    Interlocked.Increment(ref entered);
                    _sessions.Leave(session, 1, 1);
                }
            }
        })));

        Assert.Equal(1_000, entered);
        Assert.Equal((1_000L, 0, 1_000L), (_sessions.List()[0].Requests, _sessions.List()[0].Open, _sessions.List()[0].RequestBytes));
    }

    [Fact]
    public void Enter_MoreSessionsThanAnAgentMayHave_IsRefusedUntilSomeAreIdle()
    {
        _sessions.Options = new SessionOptions { PerAgent = 2 };
        _sessions.Leave(Enter("s1"), 0, 0);
        _sessions.Leave(Enter("s2"), 0, 0);

        Assert.Equal("session.per_agent", Refused("s3"));
        _sessions.Leave(Enter("s2"), 0, 0);
        _time.Advance(TimeSpan.FromMinutes(31));
        Enter("s3");
    }

    [Fact]
    public void Pin_First_StaysForTheSessionAndNotForTheNext()
    {
        var session = Enter("s1");

        Assert.Equal("first", session.Pin("first", "the first"));
        Assert.Equal("first", session.Pin("second", "the second"));
        Assert.Equal("the first", _sessions.List()[1].Pinned);
        Assert.Equal("second", Enter("s2").Pin("second", "the second"));
    }

    [Fact]
    public void Risk_IsTheHighestThatWasSeenAndStaysForTheAgentInANewSession()
    {
        _sessions.Raise(Enter("s1"), RiskSignal.Bypass);
        _sessions.Raise(Enter("s1"), RiskSignal.SecretRead);
        _sessions.Raise(Enter("s2"), RiskSignal.UnboundReference);

        Assert.Equal([50, 50, 30], _sessions.List().Select(one => one.Risk));
        _time.Advance(TimeSpan.FromDays(2));
        Enter("s3");
        Assert.Equal(50, _sessions.RiskOf("ada"));
        Assert.Equal(0, _sessions.RiskOf("bob"));
    }

    [Fact]
    public void Visit_UnlistedHostAfterASecretWasRead_IsAPatternAndBeforeItIsNone()
    {
        var session = Enter("s1");
        Assert.Equal(0, _sessions.Visit(session, "before.example", DestinationKind.Other));
        _sessions.Raise(session, RiskSignal.SecretRead);

        Assert.Equal(10, _sessions.Visit(session, "before.example", DestinationKind.Other));
        Assert.Equal(10, _sessions.Visit(session, "model.example", DestinationKind.Llm));
        Assert.Equal(30, _sessions.Visit(session, "tool.example", DestinationKind.Tool));
        Assert.Equal(60, _sessions.Visit(Enter("s2"), "new.example", DestinationKind.Other)); // another session of the same agent
        Assert.Equal(["secret_read", "secret_then_new_host", "secret_then_new_tool"], _sessions.List()[0].Signals.Select(one => one.Id).Order());
    }

    [Fact]
    public void Visit_UnlistedHostAfterSomethingWasBlocked_WeighsMore()
    {
        var session = Enter("s1");
        _sessions.Raise(session, RiskSignal.SecretBlocked);

        Assert.Equal(75, _sessions.Visit(session, "new.example", DestinationKind.Other));
    }

    [Fact]
    public void CountRefusal_Many_RaiseItInTwoSteps()
    {
        var session = Enter("s1");
        var risks = Enumerable.Range(1, 100).Select(_ =>
        {
            _sessions.CountRefusal(session);
            return _sessions.RiskOf("ada");
        }).ToList();

        Assert.Equal([0, 40, 40, 70], [risks[18], risks[19], risks[98], risks[99]]);
    }

    [Fact]
    public void Alert_IsRaisedOncePerHeightFromTheThresholdOn()
    {
        var alerts = new List<(string, int)>();
        _sessions.Alerted += (_, signal, score) => alerts.Add((signal.Id, score));
        var session = Enter("s1");

        foreach (var signal in new[] { RiskSignal.Bypass, RiskSignal.SecretThenNewHost, RiskSignal.SecretThenNewHost, RiskSignal.Probing, RiskSignal.SecretRead, RiskSignal.Canary })
        {
            _sessions.Raise(session, signal);
        }

        Assert.Equal([("secret_then_new_host", 60), ("probing", 80), ("canary", 100)], alerts);
    }

    [Fact]
    public void TryEnd_Session_LeavesTheAgentsCountsAndRiskAndTheAgentsEndForgetsThem()
    {
        var recorded = new List<RestraintEvent>();
        _sessions.Record = change =>
        {
            recorded.Add(change);
            return true;
        };
        _sessions.Raise(Enter("s1"), RiskSignal.Bypass);

        Assert.True(_sessions.TryEnd("ada", "s1", "ops"));
        Assert.False(_sessions.TryEnd("ada", "s1", "ops"));
        Assert.False(_sessions.TryEnd("bob", null, "ops"));
        Assert.Equal(50, _sessions.RiskOf("ada"));
        Assert.True(_sessions.TryEnd("ada", null, "ops"));
        Assert.Equal(0, _sessions.RiskOf("ada"));
        Assert.Empty(_sessions.List());
        Assert.Equal(["session_ended", "session_ended"], recorded.Select(change => change.Word));
    }

    [Fact]
    public void TryEnd_ThatCannotBeRecorded_ForgetsNothing()
    {
        _sessions.Raise(Enter("s1"), RiskSignal.Bypass);
        _sessions.Record = static _ => false;

        Assert.Null(_sessions.TryEnd("ada", null, "ops"));
        Assert.Equal(50, _sessions.RiskOf("ada"));
    }

    [Fact]
    public void Forget_RemovedAgent_BeginsAnew()
    {
        _sessions.Raise(Enter("s1"), RiskSignal.Canary);

        _sessions.Forget("ada");

        Assert.Equal(0, _sessions.RiskOf("ada"));
    }

    private AgentSession Enter(string name)
    {
        var session = _sessions.Enter("ada", name, Host, out var refusal);
        Assert.Null(refusal);
        return session!;
    }

    private string? Refused(string name, string host = Host)
    {
        Assert.Null(_sessions.Enter("ada", name, host, out var refusal));
        Assert.Equal(RefusalCode.ScopeExceeded, refusal!.Code);
        return refusal.Rule;
    }

    private void Limit(SessionLimits limits) => _sessions.Options = new SessionOptions { Limits = limits };
}
