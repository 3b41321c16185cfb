using System.Collections.Concurrent;
using SecretsFirewall.Model;
using SecretsFirewall.Restraints.Kills;

namespace SecretsFirewall.Enforcement;

/// <summary>
/// Everything that is under way: exchanges, WebSockets, tunnels that nobody reads. Each enters before it asks whether it is stopped, and a kill
/// holds before it looks at who is here: so one of the two sees the other, and nothing slips between them.
/// </summary>
internal sealed class OpenTraffic : IDisposable
{
    private readonly KillSwitch _kills;
    private readonly ConcurrentDictionary<OpenEntry, byte> _entries = new();

    public OpenTraffic(KillSwitch kills)
    {
        _kills = kills;
        kills.Latched += CutStopped;
    }

    public KillSwitch Kills => _kills;

    public int Count => _entries.Count;

    /// <summary>Why this may not go on; null if it may.</summary>
    public Kill? StopOf(OpenEntry entry) => entry.StopIn(_kills.Current);

    public void Enter(OpenEntry entry) => _entries.TryAdd(entry, 0);

    public void Leave(OpenEntry entry) => _entries.TryRemove(entry, out _);

    public void Dispose() => _kills.Latched -= CutStopped;

    /// <summary>Returns when everything that is stopped has been told to end; nothing of it is sent after that.</summary>
    private void CutStopped()
    {
        var view = _kills.Current;
        foreach (var (entry, _) in _entries)
        {
            if (entry.StopIn(view) is { } kill)
            {
                entry.Cut(kill.Refusal);
            }
        }
    }
}

/// <summary>One thing under way, and how it is ended from outside.</summary>
/// <param name="lease">The session of the agent's token.</param>
/// <param name="session">The session, as the agent may have named it.</param>
/// <param name="host">Normalised.</param>
internal abstract class OpenEntry(string agent, string lease, string session, string host)
{
    private volatile bool _isSpared;
    private volatile bool _isUngated;

    /// <summary>A model's answer in which nobody looks for tool calls: it cannot go on once a tool is stopped.</summary>
    public bool IsUngated
    {
        get => _isUngated;
        set => _isUngated = value;
    }

    public Kill? StopIn(KillView view) =>
        _isSpared ? null
        : view.Traffic(agent, lease, session, host) is { } kill ? kill
        : _isUngated && view.StopsTools ? view.All.First(static one => one.Scope is KillScope.Tool)
        : null;

    /// <summary>Does something that stops the agent, and leaves this out: what gave the agent away is refused in its own words.</summary>
    public void Spare(Action stop)
    {
        _isSpared = true;
        try
        {
            stop();
        }
        finally
        {
            _isSpared = false;
        }
    }

    /// <summary>Returns at once; said more than once, the first time counts.</summary>
    public abstract void Cut(Refusal refusal);
}
