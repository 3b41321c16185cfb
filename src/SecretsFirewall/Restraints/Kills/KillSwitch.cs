using Microsoft.Extensions.Logging;
using SecretsFirewall.Model;

namespace SecretsFirewall.Restraints.Kills;

/// <summary>
/// What is stopped: everything, an agent, a session, a host, or a tool. A kill holds in memory at once, even where the store could not remember
/// it, and until a person lifts it. A file named <c>KILL</c> in the home stops everything too, and what it stopped stays stopped when it goes.
/// </summary>
internal sealed partial class KillSwitch
{
    private readonly IKillStore _store;
    private readonly string _file;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Lock _changes = new();
    private volatile KillView _view;

    private KillSwitch(IKillStore store, string file, TimeProvider time, ILogger logger, KillView view)
    {
        _store = store;
        _file = file;
        _time = time;
        _logger = logger;
        _view = view;
    }

    /// <summary>Something is stopped that was not. Raised while it is: whoever listens cuts and returns.</summary>
    public event Action? Latched;

    /// <summary>Where changes are recorded. What stops is recorded after it holds; what lets go on, before.</summary>
    public RestraintRecorder Record { get; set; } = static _ => true;

    public KillView Current => _view;

    /// <summary>Null if the store cannot be read: who does not know what is stopped must not forward.</summary>
    /// <param name="file">Its presence stops everything.</param>
    public static KillSwitch? Open(IKillStore store, string file, TimeProvider time, ILogger logger)
    {
        if (store.Load() is not { } kills)
        {
            return null;
        }

        var opened = new KillSwitch(store, file, time, logger, KillView.Of(kills));
        opened.LookAtFile();
        return opened;
    }

    /// <summary>Stops everything if the file is there. To be called again and again.</summary>
    public void LookAtFile()
    {
        if (_view.System is null && Path.Exists(_file))
        {
            TryKill(KillScope.System, "", "The file is in the home.", "the file KILL");
        }
    }

    /// <summary>The first reason stays, but a host may be stopped more widely.</summary>
    /// <param name="name">Any spelling of a host; nothing for the system.</param>
    public KillError TryKill(KillScope scope, string name, string reason, string by, bool subdomains = false)
    {
        if (!TryNormalise(scope, name, out var key))
        {
            return KillError.NameInvalid;
        }

        if (!OperatorText.IsValid(reason) || !OperatorText.IsValid(by))
        {
            return KillError.ReasonInvalid;
        }

        lock (_changes)
        {
            var kill = new Kill(scope, key, subdomains && scope is KillScope.Host, reason, by, _time.GetUtcNow());
            if (_view.Find(scope, key) is { } before)
            {
                // Said again: perhaps since the store did not take it the first time.
                kill = before with { Subdomains = before.Subdomains || kill.Subdomains };
                return Latch(kill, isNew: kill != before);
            }

            return Latch(kill, isNew: true);
        }
    }

    /// <summary>Lets go on what was stopped.</summary>
    public KillError TryUnkill(KillScope scope, string name, string by)
    {
        if (!TryNormalise(scope, name, out var key))
        {
            return KillError.NameInvalid;
        }

        lock (_changes)
        {
            if (_view.Find(scope, key) is not { } kill)
            {
                return KillError.NotKilled;
            }

            if (scope is KillScope.System && Path.Exists(_file))
            {
                return KillError.FileThere;
            }

            if (!Record(EventOf("unkilled", kill, $"{kill.Subject} may go on; said by {by}.")))
            {
                return KillError.NotRecorded;
            }

            if (!_store.Delete(scope, kill.Name))
            {
                return KillError.StoreUnavailable;
            }

            _view = _view.Without(kill);
            LogLifted(_logger, scope, by);
            return KillError.None;
        }
    }

    /// <summary>Forgets an agent that was removed: one that is added under its name is another. The store has forgotten it already.</summary>
    public void Forget(string agent)
    {
        lock (_changes)
        {
            if (_view.Find(KillScope.Agent, agent) is { } kill)
            {
                _view = _view.Without(kill);
            }
        }
    }

    /// <summary>For the record of a start: what is stopped since before it.</summary>
    public static RestraintEvent StandingEvent(Kill kill) =>
        EventOf("killed", kill, FormattableString.Invariant($"{kill.Subject}: stopped since {kill.KilledAt:u} by {kill.By}{OperatorText.Because(kill.Reason)}"));

    private KillError Latch(Kill kill, bool isNew)
    {
        if (isNew)
        {
            _view = _view.With(kill);
            Latched?.Invoke();
            LogKilled(_logger, kill.Scope, kill.By);
            Record(EventOf("killed", kill, $"{kill.Subject}: stopped by {kill.By}{OperatorText.Because(kill.Reason)}"));
        }

        return _store.Save(kill) ? KillError.None : KillError.NotRemembered;
    }

    private static RestraintEvent EventOf(string word, Kill kill, string detail)
    {
        var change = new RestraintEvent(word, kill.Refusal.Rule!, detail);
        return kill.Scope switch
        {
            KillScope.Agent => change with { Agent = kill.Name },
            KillScope.Session => change with { Session = kill.Name },
            KillScope.Host => change with { Host = kill.Name },
            KillScope.Tool => change with { Tool = kill.Name },
            _ => change,
        };
    }

    private static bool TryNormalise(KillScope scope, string name, out string key)
    {
        key = name;
        return scope switch
        {
            KillScope.System => name.Length == 0,
            KillScope.Host => HostName.TryNormalise(name, out key) is HostNameError.None,
            _ => name.Length is > 0 and <= 200 && !name.AsSpan().ContainsAnyExceptInRange('!', '~'),
        };
    }

    [LoggerMessage(1200, LogLevel.Warning, "Stopped: {Scope}, by {By}.")]
    private static partial void LogKilled(ILogger logger, KillScope scope, string by);

    [LoggerMessage(1201, LogLevel.Warning, "May go on: {Scope}, said by {By}.")]
    private static partial void LogLifted(ILogger logger, KillScope scope, string by);
}
