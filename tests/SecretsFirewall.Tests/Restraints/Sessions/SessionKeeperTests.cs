using Microsoft.Extensions.Logging.Abstractions;
using SecretsFirewall.Model;
using SecretsFirewall.Restraints.Sessions;
using SecretsFirewall.Storage;

namespace SecretsFirewall.Tests.Restraints.Sessions;

/// <summary>What sessions have done, over restarts and the real store.</summary>
public sealed class SessionKeeperTests : IDisposable
{
    private const string Host = "tool.example";

    private readonly TempFolder _folder = new();
    private readonly FakeTime _time = new();
    private readonly SqliteStore _store;
    private AgentSessions _sessions = null!;
    private SessionKeeper _keeper = null!;

    public SessionKeeperTests()
    {
        _store = SqliteStore.Open(_folder["firewall.db"], NullLogger.Instance, out _)!;
        Start();
    }

    public void Dispose()
    {
        _keeper.Dispose();
        _store.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Restart_GivesBackNoLimitAndForgetsNoRisk()
    {
        var session = Enter("s1");
        _sessions.Use(session, default, 70, 0.25m);
        _sessions.Raise(session, RiskSignal.SecretRead);
        _sessions.Leave(session, 10, 20);

        Restart();

        var all = _sessions.List();
        Assert.Equal([null, "s1"], all.Select(one => one.Session));
        Assert.All(all, one => Assert.Equal((1L, 10L, 20L, 70L, 0.25m, 0, 10), (one.Requests, one.RequestBytes, one.ResponseBytes, one.Tokens, one.Cost, one.Open, one.Risk)));
        _sessions.Options = new SessionOptions { Limits = new SessionLimits { Tokens = 70 } };
        Assert.Null(_sessions.Enter("ada", "s2", Host, out var refusal));
        Assert.Equal("limits.session.tokens", refusal!.Rule);
        Assert.Null(_sessions.Enter("ada", "s1", Host, out _));
    }

    [Fact]
    public void Restart_KnowsWhereTheAgentWasAndHowOftenItWasRefused()
    {
        var session = Enter("s1");
        _sessions.Visit(session, "known.example", DestinationKind.Other);
        _sessions.Raise(session, RiskSignal.SecretRead);
        for (var i = 0; i < 19; i++)
        {
            _sessions.CountRefusal(session);
        }

        Restart();

        session = Enter("s1");
        Assert.Equal(10, _sessions.Visit(session, "known.example", DestinationKind.Other));
        _sessions.CountRefusal(session);
        Assert.Equal(40, _sessions.RiskOf("ada"));
        Assert.Equal(60, _sessions.Visit(session, "new.example", DestinationKind.Other));
    }

    [Fact]
    public void Restart_AfterTheAgentWasIdle_IsANewSessionWithTheOldRisk()
    {
        var session = Enter("s1");
        _sessions.Raise(session, RiskSignal.Bypass);
        _sessions.Leave(session, 1, 1);

        Restart();
        _time.Advance(TimeSpan.FromHours(1));
        Enter("s1");

        Assert.Equal([1L, 1L], _sessions.List().Select(one => one.Requests));
        Assert.Equal(50, _sessions.RiskOf("ada"));
    }

    [Fact]
    public void EndedAndForgotten_StaySoOverARestart()
    {
        _sessions.Raise(Enter("s1"), RiskSignal.Bypass);
        Enter("s2");
        _sessions.Raise(_sessions.Enter("bob", "b", Host, out _)!, RiskSignal.Bypass);
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.True(_sessions.TryEnd("ada", "s1", "ops"));
        _sessions.Forget("bob");
        Restart();

        Assert.Equal([("ada", null), ("ada", "s2")], _sessions.List().Select(one => (one.Agent, one.Session)));
        Assert.Equal((50, 0), (_sessions.RiskOf("ada"), _sessions.RiskOf("bob")));
    }

    [Fact]
    public void KilledProcess_LosesNothingOlderThanASecond()
    {
        _sessions.Use(Enter("s1"), default, 70, 0);
        _time.Advance(TimeSpan.FromSeconds(1));

        var after = new AgentSessions(_time);
        using var keeper = SessionKeeper.Start(after, _store.Sessions, _time, NullLogger.Instance);

        Assert.Equal(70, after.List()[0].Tokens);
    }

    [Fact]
    public void StoreThatRefuses_IsTriedAgain_AndWhatEndedMeanwhileStaysEnded()
    {
        var store = new RefusingStore(_store.Sessions) { IsRefusing = true };
        var sessions = new AgentSessions(_time);
        using (SessionKeeper.Start(sessions, store, _time, NullLogger.Instance))
        {
            sessions.Enter("ada", "s1", Host, out _);
            sessions.Enter("ada", "s2", Host, out _);
            _time.Advance(TimeSpan.FromSeconds(1));
            sessions.TryEnd("ada", "s1", "ops");
            store.IsRefusing = false;
        }

        Assert.Equal(["", "s2"], store.Load()!.Select(one => one.Name).Order());
    }

    [Fact]
    public void StoreThatCannotBeRead_DoesNotStart() =>
        Assert.Null(SessionKeeper.Start(new AgentSessions(_time), new RefusingStore(_store.Sessions) { CannotLoad = true }, _time, NullLogger.Instance));

    private AgentSession Enter(string name) => _sessions.Enter("ada", name, Host, out _)!;

    private void Start()
    {
        _sessions = new AgentSessions(_time);
        _keeper = SessionKeeper.Start(_sessions, _store.Sessions, _time, NullLogger.Instance)!;
    }

    private void Restart()
    {
        _keeper.Dispose();
        Start();
    }

    private sealed class RefusingStore(ISessionStore store) : ISessionStore
    {
        public bool IsRefusing { get; set; }

        public bool CannotLoad { get; init; }

        public IReadOnlyList<StoredSession>? Load() => CannotLoad ? null : store.Load();

        public bool Save(SessionChanges changes) => !IsRefusing && store.Save(changes);
    }
}
