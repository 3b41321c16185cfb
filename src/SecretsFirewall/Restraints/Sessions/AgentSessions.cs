using System.Collections.Concurrent;
using SecretsFirewall.Model;

namespace SecretsFirewall.Restraints.Sessions;

/// <summary>
/// The sessions of all agents, in memory: what they have done, how much more they may, and what that says about them. Everything is counted for the
/// session and for its agent: an agent names its sessions itself, and a new name resets nothing.
/// </summary>
internal sealed class AgentSessions(TimeProvider time)
{
    private readonly ConcurrentDictionary<string, AgentHistory> _agents = new(StringComparer.Ordinal);
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
        }
    }

    /// <summary>What a model's answer has cost, as soon as it is known. Of a session that has ended in between, the agent still counts it.</summary>
    public void Use(string agent, string name, long tokens, decimal cost)
    {
        if (_agents.TryGetValue(agent, out var history))
        {
            lock (history.Sync)
            {
                history.Tally.Use(tokens, cost);
                history.Sessions.GetValueOrDefault(name)?.Tally.Use(tokens, cost);
            }
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
            return history.Sessions.Remove(name);
        }
    }

    /// <summary>Forgets an agent that was removed: one that is added under its name is another.</summary>
    public void Forget(string agent) => _agents.TryRemove(agent, out _);

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
            foreach (var ended in history.Sessions.Values.Where(one => one.Tally.IsIdle(now, options.Idle)).ToList())
            {
                history.Sessions.Remove(ended.Name);
            }
        }

        if (history.Sessions.Count >= options.PerAgent && !history.Sessions.ContainsKey(name))
        {
            refusal = new Refusal(
                RefusalCode.ScopeExceeded, "This agent has too many sessions open.", Rule: "session.per_agent",
                Advice: "Use one session for one piece of work; each ends when it is idle for session.idle.");
            return null;
        }

        return history.Sessions[name] = new AgentSession(history, name, now);
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
