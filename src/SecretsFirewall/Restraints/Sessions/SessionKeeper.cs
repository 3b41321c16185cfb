using Microsoft.Extensions.Logging;

namespace SecretsFirewall.Restraints.Sessions;

/// <summary>
/// Writes down what sessions have done, once a second, so that a restart gives back no limit and forgets no risk. A process that is killed loses the last second of it.
/// </summary>
internal sealed partial class SessionKeeper : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly AgentSessions _sessions;
    private readonly ISessionStore _store;
    private readonly ILogger _logger;
    private readonly Lock _writing = new();
    private readonly ITimer _timer;
    private SessionChanges? _unwritten;

    private SessionKeeper(AgentSessions sessions, ISessionStore store, TimeProvider time, ILogger logger)
    {
        (_sessions, _store, _logger) = (sessions, store, logger);
        _timer = time.CreateTimer(static keeper => ((SessionKeeper)keeper!).Write(), this, Interval, Interval);
    }

    /// <summary>Gives the sessions what they have done before. Null if the store refused.</summary>
    public static SessionKeeper? Start(AgentSessions sessions, ISessionStore store, TimeProvider time, ILogger logger)
    {
        if (store.Load() is not { } stored)
        {
            return null;
        }

        sessions.Restore(stored);
        return new SessionKeeper(sessions, store, time, logger);
    }

    public void Dispose()
    {
        _timer.Dispose();
        Write();
    }

    private void Write()
    {
        lock (_writing)
        {
            var changes = _sessions.TakeChanges();
            changes = _unwritten is { } earlier ? changes.After(earlier) : changes;
            if (changes.IsEmpty)
            {
                return;
            }

            _unwritten = _store.Save(changes) ? null : changes;
            if (_unwritten is not null)
            {
                LogRefused(_logger);
            }
        }
    }

    [LoggerMessage(8100, LogLevel.Error, "What sessions have done could not be written; it is kept in memory and tried again.")]
    private static partial void LogRefused(ILogger logger);
}
