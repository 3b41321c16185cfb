using System.Collections.Concurrent;
using SecretsFirewall.Model;

namespace SecretsFirewall.Restraints.Sessions;

/// <summary>
/// The sessions of all agents: what they have done, how much more they may, and what that says about them. Everything is counted for the
/// session and for its agent: an agent names its sessions itself, and a new name resets nothing.
/// </summary>
internal sealed class AgentSessions(TimeProvider time)
{
    private readonly ConcurrentDictionary<string, AgentHistory> _agents = new(StringComparer.Ordinal);
    private readonly Lock _forgetting = new();
    private readonly List<string> _forgotten = [];
    private volatile SessionOptions _options = new();

    /// <summary>Holds from the next exchange on.</summary>
    public SessionOptions Options
    {
        get => _options;
        set => _options = value;
    }

    /// <summary>An agent's risk has risen to where an operator is to be told: to which agent and session it happened, by what, and how high it is.</summary>
    public event Action<AgentSession, RiskSignal, int>? Alerted;

    /// <summary>Where it is recorded that a person ended a session.</summary>
    public RestraintRecorder Record { get; set; } = static _ => true;

    /// <summary>Begins an exchange in a session, which it opens if there is none. Null where it may not begin; <paramref name="refusal"/> then says why.</summary>
    public AgentSession? Enter(string agent, string name, string host, out Refusal? refusal)
    {
        var (options, now) = (_options, time.GetUtcNow());
        var history = _agents.GetOrAdd(agent, static (name, now) => new AgentHistory(name, now), now);
        lock (history.Sync)
        {
            if (history.Tally.IsIdle(now, options.Idle))
            {
                history.Tally = new Tally(now);
            }

            refusal = history.Tally.Check(options.Limits, host, now);
            if (refusal is not null || FindOrOpen(history, name, options, now, out refusal) is not { } session)
            {
                return null;
            }

            refusal = session.Tally.Check(options.Limits, host, now);
            if (refusal is not null)
            {
                return null;
            }

            history.Tally.Begin(host, now);
            session.Tally.Begin(host, now);
            history.IsChanged = session.IsChanged = true;
            return session;
        }
    }

    /// <summary>Ends an exchange that <see cref="Enter"/> began.</summary>
    public void Leave(AgentSession session, long requestBytes, long responseBytes)
    {
        var now = time.GetUtcNow();
        lock (session.History.Sync)
        {
            session.Tally.End(requestBytes, responseBytes, now);
            session.History.Tally.End(requestBytes, responseBytes, now);
            session.History.IsChanged = session.IsChanged = true;
        }
    }

    /// <summary>Why an exchange under way may not have as many bytes; null while it may. Others that are under way beside it do not count before they end.</summary>
    public Refusal? CheckBytes(AgentSession session, long bytes)
    {
        var limits = _options.Limits;
        if (limits.Bytes <= 0)
        {
            return null;
        }

        lock (session.History.Sync)
        {
            return session.History.Tally.CheckBytes(limits, bytes) ?? session.Tally.CheckBytes(limits, bytes);
        }
    }

    /// <summary>Whether model calls count against a limit of tokens or money, so that one that nobody can count may not be made.</summary>
    public bool LimitsCalls => _options.Limits is { Tokens: > 0 } or { Cost: > 0 };

    /// <summary>Takes what a model call may come to from what is left of the limits. Null where it may be made; many at once go beyond a limit by one call at most.</summary>
    /// <param name="cost">Null for a model without a price.</param>
    public Refusal? TryReserve(AgentSession session, long tokens, decimal? cost, out CallReserve reserved)
    {
        var limits = _options.Limits;
        reserved = default;
        if (limits.Cost > 0 && cost is null)
        {
            return Unpriced;
        }

        lock (session.History.Sync)
        {
            if ((session.History.Tally.CheckCall(limits) ?? session.Tally.CheckCall(limits)) is { } refusal)
            {
                return refusal;
            }

            reserved = new CallReserve(tokens, cost ?? 0);
            session.History.Tally.Reserve(reserved);
            session.Tally.Reserve(reserved);
            return null;
        }
    }

    /// <summary>What a model call came to, as soon as that is known. Of a session that has ended in between, the agent still counts it.</summary>
    public void Use(AgentSession session, in CallReserve reserved, long tokens, decimal cost)
    {
        lock (session.History.Sync)
        {
            session.History.Tally.Use(reserved, tokens, cost);
            session.Tally.Use(reserved, tokens, cost);
            session.History.IsChanged = session.IsChanged = true;
        }
    }

    /// <summary>Something was seen of the agent.</summary>
    public void Raise(AgentSession session, RiskSignal signal)
    {
        bool isAlert;
        int score;
        var at = time.GetUtcNow();
        lock (session.History.Sync)
        {
            var before = session.History.Risk.Score;
            session.Risk.Raise(signal, at);
            session.History.Risk.Raise(signal, at);
            session.History.IsChanged = session.IsChanged = true;
            score = session.History.Risk.Score;
            isAlert = _options.RiskAlert > 0 && score >= _options.RiskAlert && score > before;
        }

        if (isAlert)
        {
            Alerted?.Invoke(session, signal, score);
        }
    }

    /// <summary>The agent goes to a host that it may go to. Its risk after that.</summary>
    public int Visit(AgentSession session, string host, DestinationKind kind)
    {
        RiskSignal? signal = null;
        lock (session.History.Sync)
        {
            var known = session.History.KnownHosts;
            if (!known.Contains(host))
            {
                signal = session.History.Risk.OfNewHost(kind);
                if (known.Count < Tally.MostHosts)
                {
                    known.Add(host);
                    session.History.IsChanged = true;
                }
            }
        }

        if (signal is not null)
        {
            Raise(session, signal);
        }

        return RiskOf(session.Agent);
    }

    /// <summary>One more request was refused.</summary>
    public void CountRefusal(AgentSession session)
    {
        RiskSignal? signal;
        lock (session.History.Sync)
        {
            signal = session.History.Risk.OfRefusal();
            session.History.IsChanged = true;
        }

        if (signal is not null)
        {
            Raise(session, signal);
        }
    }

    /// <summary>The session for what is seen of an exchange that was not let in; it counts as no request. Null where the agent has too many.</summary>
    public AgentSession? Observe(string agent, string name)
    {
        var (options, now) = (_options, time.GetUtcNow());
        var history = _agents.GetOrAdd(agent, static (name, now) => new AgentHistory(name, now), now);
        lock (history.Sync)
        {
            return FindOrOpen(history, name, options, now, out _);
        }
    }

    /// <summary>0 to 100: the highest weight among what was ever seen of it.</summary>
    public int RiskOf(string agent)
    {
        if (!_agents.TryGetValue(agent, out var history))
        {
            return 0;
        }

        lock (history.Sync)
        {
            return history.Risk.Score;
        }
    }

    /// <summary>By agent; the agent as a whole first, then its sessions that have not ended.</summary>
    public IReadOnlyList<SessionSummary> List()
    {
        var (options, now) = (_options, time.GetUtcNow());
        var all = new List<SessionSummary>();
        foreach (var history in _agents.Values.OrderBy(static one => one.Agent, StringComparer.Ordinal))
        {
            lock (history.Sync)
            {
                all.Add(Describe(history.Agent, null, history.Tally, history.Risk, null));
                all.AddRange(history.Sessions.Values.Where(one => !one.Tally.IsIdle(now, options.Idle)).OrderBy(static one => one.Tally.StartedAt)
                    .Select(static one => Describe(one.Agent, one.Name, one.Tally, one.Risk, one.PinnedName)));
            }
        }

        return all;
    }

    /// <summary>Ends a session, or all of an agent with what was counted and seen of it. False if there is none; null where that could not be recorded.</summary>
    public bool? TryEnd(string agent, string? name, string by)
    {
        if (!_agents.TryGetValue(agent, out var history) || (name is not null && !Has(history, name)))
        {
            return false;
        }

        var what = name is null ? $"All sessions of agent {agent} were ended, and its risk forgotten" : $"The session {agent}/{name} was ended";
        if (!Record(new RestraintEvent("session_ended", "session", $"{what}; said by {by}.") { Agent = agent, Session = name }))
        {
            return null;
        }

        if (name is null)
        {
            Forget(agent);
            return true;
        }

        lock (history.Sync)
        {
            return End(history, name);
        }
    }

    /// <summary>Forgets an agent that was removed: one that is added under its name is another.</summary>
    public void Forget(string agent)
    {
        lock (_forgetting)
        {
            _agents.TryRemove(agent, out _);
            _forgotten.Add(agent);
        }
    }

    /// <summary>What sessions had done when the process before ended; before the first exchange.</summary>
    public void Restore(IReadOnlyList<StoredSession> stored)
    {
        foreach (var agent in stored.Where(static one => one.Name.Length == 0))
        {
            var history = new AgentHistory(agent.Agent, agent.Tally.StartedAt) { Tally = Tally.Of(agent.Tally) };
            history.Risk.Restore(agent.Signals, agent.Refusals);
            history.KnownHosts.UnionWith(agent.KnownHosts);
            _agents[agent.Agent] = history;
        }

        foreach (var one in stored.Where(static one => one.Name.Length > 0))
        {
            if (_agents.TryGetValue(one.Agent, out var history))
            {
                var session = new AgentSession(history, one.Name, Tally.Of(one.Tally)) { IsChanged = false };
                session.Risk.Restore(one.Signals, one.Refusals);
                history.Sessions[one.Name] = session;
            }
        }
    }

    /// <summary>What has changed since this was asked last.</summary>
    public SessionChanges TakeChanges()
    {
        lock (_forgetting)
        {
            List<(string, string)> ended = [.. _forgotten.Select(static agent => (agent, ""))];
            var written = new List<StoredSession>();
            _forgotten.Clear();
            foreach (var history in _agents.Values)
            {
                lock (history.Sync)
                {
                    if (history.IsChanged)
                    {
                        TakeChanges(history, ended, written);
                    }
                }
            }

            return new SessionChanges(ended, written);
        }
    }

    private static void TakeChanges(AgentHistory history, List<(string, string)> ended, List<StoredSession> written)
    {
        history.IsChanged = false;
        ended.AddRange(history.Ended.Select(name => (history.Agent, name)));
        history.Ended.Clear();
        written.Add(new StoredSession(history.Agent, "", history.Tally.State, history.Risk.Seen, history.Risk.Refusals, [.. history.KnownHosts]));
        foreach (var session in history.Sessions.Values.Where(static one => one.IsChanged))
        {
            session.IsChanged = false;
            written.Add(new StoredSession(history.Agent, session.Name, session.Tally.State, session.Risk.Seen, session.Risk.Refusals, []));
        }
    }

    private static bool End(AgentHistory history, string name)
    {
        history.Ended.Add(name);
        history.IsChanged = true;
        return history.Sessions.Remove(name);
    }

    private static Refusal Unpriced { get; } = new(
        RefusalCode.ScopeExceeded, "A limit of money holds for this session, and the policy has no price for this model.", Rule: "limits.session.cost",
        Advice: "Use a model that has a price; or the operator adds one to `prices` of the policy.");

    private static bool Has(AgentHistory history, string name)
    {
        lock (history.Sync)
        {
            return history.Sessions.ContainsKey(name);
        }
    }

    private static AgentSession? FindOrOpen(AgentHistory history, string name, SessionOptions options, DateTimeOffset now, out Refusal? refusal)
    {
        refusal = null;
        if (history.Sessions.TryGetValue(name, out var session) && !session.Tally.IsIdle(now, options.Idle))
        {
            return session;
        }

        if (history.Sessions.Count >= options.PerAgent)
        {
            foreach (var idle in history.Sessions.Values.Where(one => one.Tally.IsIdle(now, options.Idle)).ToList())
            {
                End(history, idle.Name);
            }
        }

        if (history.Sessions.Count >= options.PerAgent && !history.Sessions.ContainsKey(name))
        {
            refusal = new Refusal(
                RefusalCode.ScopeExceeded, "This agent has too many sessions open.", Rule: "session.per_agent",
                Advice: "Use one session for one piece of work; each ends when it is idle for session.idle.");
            return null;
        }

        return history.Sessions[name] = new AgentSession(history, name, new Tally(now));
    }

    private static SessionSummary Describe(string agent, string? name, Tally tally, RiskRecord risk, string? pinned) => new(
        agent,
        name,
        tally.StartedAt,
        tally.LastAt,
        tally.Open,
        tally.Requests,
        tally.RequestBytes,
        tally.ResponseBytes,
        tally.Tokens,
        tally.Cost,
        [.. tally.Hosts.Order(StringComparer.Ordinal)],
        risk.Score,
        risk.Seen,
        pinned);
}
