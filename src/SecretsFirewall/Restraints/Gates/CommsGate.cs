using System.Collections.Frozen;
using Microsoft.Extensions.Logging;
using SecretsFirewall.Model;

namespace SecretsFirewall.Restraints.Gates;

/// <summary>
/// The gate before what leaves the house for other people: mail, chat, publishing. Locked, unless a person has unlocked it for one agent and one
/// destination or tool, for a time. Questions are answered from an immutable snapshot and the clock, without a lock.
/// </summary>
internal sealed partial class CommsGate
{
    /// <summary>Whoever needs it longer says it again.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromDays(30);

    private readonly IGateStore _store;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Lock _changes = new();
    private volatile FrozenDictionary<GateTarget, GateUnlock> _open;

    private CommsGate(IGateStore store, TimeProvider time, ILogger logger, IEnumerable<GateUnlock> unlocks)
    {
        _store = store;
        _time = time;
        _logger = logger;
        _open = Index(unlocks);
    }

    /// <summary>Where changes are recorded: an opening before it holds.</summary>
    public RestraintRecorder Record { get; set; } = static _ => true;

    /// <summary>Null if the store cannot be read.</summary>
    public static CommsGate? Open(IGateStore store, TimeProvider time, ILogger logger) =>
        store.Load() is { } unlocks ? new CommsGate(store, time, logger, unlocks) : null;

    /// <summary>What is open now, by agent and target.</summary>
    public IReadOnlyList<GateUnlock> List()
    {
        var now = _time.GetUtcNow();
        return
        [
            .. _open.Values.Where(unlock => now < unlock.Until)
                .OrderBy(static unlock => unlock.Target.Agent, StringComparer.Ordinal).ThenBy(static unlock => unlock.Target.What, StringComparer.Ordinal),
        ];
    }

    public bool IsOpen(string agent, Destination destination, DateTimeOffset at) => _open.Count > 0 && IsOpen(new GateTarget(agent, destination, null), at);

    /// <param name="tool">The name that the call has, or the canonical one.</param>
    public bool IsOpen(string agent, string tool, DateTimeOffset at) => _open.Count > 0 && IsOpen(new GateTarget(agent, null, tool.ToUpperInvariant()), at);

    /// <summary>Opens it until a time, also in place of another.</summary>
    public GateError TryUnlock(GateTarget target, DateTimeOffset until, string reason, string by)
    {
        var now = _time.GetUtcNow();
        if (!IsValid(target))
        {
            return GateError.TargetInvalid;
        }

        if (reason.Length == 0)
        {
            return GateError.ReasonMissing;
        }

        if (!OperatorText.IsValid(reason) || !OperatorText.IsValid(by))
        {
            return GateError.ReasonInvalid;
        }

        if (until <= now || until > now + Longest)
        {
            return GateError.EndInvalid;
        }

        lock (_changes)
        {
            var unlock = new GateUnlock(target, until, reason, by, now);
            if (!Record(EventOf("gate_unlocked", target, FormattableString.Invariant($"{target.What} is open to agent {target.Agent} until {until:u}; said by {by}: {reason}"))))
            {
                return GateError.NotRecorded;
            }

            if (!_store.Save(unlock))
            {
                return GateError.StoreUnavailable;
            }

            _open = Index(_open.Values.Where(one => KeyOf(one.Target) != KeyOf(target) && now < one.Until).Append(unlock));
            LogUnlocked(_logger, target.Agent, until, by);
            return GateError.None;
        }
    }

    /// <summary>Locks it before its time. In memory even where the store could not.</summary>
    public GateError TryLock(GateTarget target, string by)
    {
        lock (_changes)
        {
            if (!_open.TryGetValue(KeyOf(target), out var unlock))
            {
                return GateError.NotOpen;
            }

            _open = Index(_open.Values.Where(one => one != unlock));
            Record(EventOf("gate_locked", unlock.Target, $"{unlock.Target.What} is locked to agent {unlock.Target.Agent}; said by {by}."));
            LogLocked(_logger, target.Agent, by);
            return _store.Delete(unlock.Target) ? GateError.None : GateError.StoreUnavailable;
        }
    }

    /// <summary>Forgets an agent that was removed: one that is added under its name is another. The store has forgotten it already.</summary>
    public void Forget(string agent)
    {
        lock (_changes)
        {
            _open = Index(_open.Values.Where(one => one.Target.Agent != agent));
        }
    }

    private bool IsOpen(GateTarget key, DateTimeOffset at) => _open.TryGetValue(key, out var unlock) && at < unlock.Until;

    private static bool IsValid(GateTarget target) => (target.Destination, target.Tool) switch
    {
        ({ } destination, null) => HostName.TryNormalise(destination.Host, out var host) is HostNameError.None && host == destination.Host
            && destination is { Scheme: "https" or "http", Port: > 0 and <= 65535 },
        (null, { Length: > 0 and <= 200 } tool) => !tool.AsSpan().ContainsAnyExceptInRange('!', '~'),
        _ => false,
    };

    private static FrozenDictionary<GateTarget, GateUnlock> Index(IEnumerable<GateUnlock> unlocks) => unlocks.ToFrozenDictionary(static unlock => KeyOf(unlock.Target));

    private static GateTarget KeyOf(GateTarget target) => target with { Tool = target.Tool?.ToUpperInvariant() };

    private static RestraintEvent EventOf(string word, GateTarget target, string detail) =>
        new(word, "gate", detail) { Agent = target.Agent, Host = target.Destination?.Host, Tool = target.Tool };

    [LoggerMessage(1210, LogLevel.Information, "The gate is open to agent {Agent} until {Until}, said by {By}.")]
    private static partial void LogUnlocked(ILogger logger, string agent, DateTimeOffset until, string by);

    [LoggerMessage(1211, LogLevel.Information, "The gate is locked to agent {Agent}, said by {By}.")]
    private static partial void LogLocked(ILogger logger, string agent, string by);
}
