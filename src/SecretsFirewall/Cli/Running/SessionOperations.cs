using System.Collections.Concurrent;
using System.Net;
using SecretsFirewall.Admin;
using SecretsFirewall.Enforcement;
using SecretsFirewall.Listener;
using SecretsFirewall.Model;

namespace SecretsFirewall.Cli.Running;

/// <summary>
/// The sessions of <c>sfw exec</c>. Each is held by one open call: when that ends, orderly or because the process died, the session's
/// token ends with it, so that none is ever left behind.
/// </summary>
internal sealed class SessionOperations(AgentDirectory agents, SessionCounters counters, TimeProvider time, Func<IPEndPoint> proxy)
{
    // A command may end as soon as it has its last byte, a moment before the exchange is counted.
    private static readonly TimeSpan Settle = TimeSpan.FromMilliseconds(50);

    private const int MostSettlings = 10;

    private readonly ConcurrentDictionary<string, Session> _sessions = new(StringComparer.Ordinal);

    /// <summary>After the last session has ended.</summary>
    public event Action? AllEnded;

    public int Count => _sessions.Count;

    public void Register(ControlDispatcher dispatcher) => dispatcher
        .Handle(ControlOperations.SessionHold, HoldAsync)
        .Handle(ControlOperations.SessionOpen, Open)
        .Handle(ControlOperations.SessionClose, CloseAsync);

    /// <summary>Does something when a session has ended. False if there is no such session.</summary>
    public bool TryOnEnd(string session, Action action)
    {
        if (!_sessions.TryGetValue(session, out var found))
        {
            return false;
        }

        found.OnEnd = action;
        return true;
    }

    /// <summary>Ends every session; for a firewall that stops.</summary>
    public void EndAll()
    {
        foreach (var session in _sessions.Values)
        {
            session.Ended.TrySetResult();
        }
    }

    private async Task<ControlResult<NoContent>> HoldAsync(SessionRequest request, CancellationToken cancellationToken)
    {
        var session = new Session();
        if (!_sessions.TryAdd(request.Session, session))
        {
            return new ControlFailure(ControlFailureKind.Refused, "This session is held already.");
        }

        await using (cancellationToken.Register(static ended => ((TaskCompletionSource)ended!).TrySetResult(), session.Ended))
        {
            await session.Ended.Task;
        }

        _sessions.TryRemove(request.Session, out _);
        counters.Take(request.Session);
        if (session.Token is { } token)
        {
            agents.Release(token);
        }

        session.OnEnd?.Invoke();

        if (_sessions.IsEmpty)
        {
            AllEnded?.Invoke();
        }

        return NoContent.Instance;
    }

    private ControlResult<SessionReply> Open(SessionRequest request)
    {
        if (!_sessions.TryGetValue(request.Session, out var session))
        {
            return new ControlFailure(ControlFailureKind.NotYet, "A session is held before it is opened.");
        }

        if (session.Token is not null)
        {
            return new ControlFailure(ControlFailureKind.Refused, "This session is open already.");
        }

        if (AgentFor(request) is not { } agent)
        {
            return new ControlFailure(
                ControlFailureKind.Refused,
                $"Which agent is it? Say --agent with one of: {string.Join(", ", agents.List().Select(a => a.Name))}.");
        }

        var error = agents.TryLease(agent, request.Session, out var token);
        if (error != AgentError.None)
        {
            return new ControlFailure(ControlFailureKind.Refused, error.Sentence());
        }

        session.Token = token;
        return new SessionReply(agent, token, proxy().ToString());
    }

    private async Task<ControlResult<SessionSummary>> CloseAsync(SessionRequest request, CancellationToken cancellationToken)
    {
        SessionCounts? before;
        var settlings = 0;
        do
        {
            before = counters.Of(request.Session);
            await Task.Delay(Settle, time, cancellationToken);
        }
        while (before != counters.Of(request.Session) && ++settlings < MostSettlings);

        var counts = counters.Take(request.Session);
        if (_sessions.TryGetValue(request.Session, out var session))
        {
            session.Ended.TrySetResult();
        }

        return new SessionSummary(counts.Exchanges, counts.Masked, counts.Bound, counts.Refused);
    }

    private string? AgentFor(SessionRequest request) => (request.Agent, agents.List()) switch
    {
        ({ } named, _) => named,
        (null, []) => AgentIdentity.Local,
        (null, [var only]) => only.Name,
        _ => null,
    };

    private sealed class Session
    {
        public TaskCompletionSource Ended { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public string? Token { get; set; }

        public Action? OnEnd { get; set; }
    }
}
