using Microsoft.Extensions.Logging;
using SecretsFirewall.Inspection.Detection.Rules;
using SecretsFirewall.Policy;

namespace SecretsFirewall.Bundles;

/// <summary>
/// The policy in force, with its detection rules. It changes only as a whole: whoever holds <see cref="Loaded"/> keeps one consistent policy,
/// and what does not load leaves the last good one in place. Before there was a good one, everything is denied.
/// </summary>
internal sealed partial class ActivePolicy
{
    private readonly PolicyFolder _folder;
    private readonly ILogger _logger;
    private readonly IReadOnlyList<DetectionRule> _more;
    private readonly PolicyRules _rules = new();
    private readonly Lock _reloading = new();
    private LoadedPolicy _loaded = new(PolicySnapshot.DenyAll, []);

    private ActivePolicy(PolicyFolder folder, ILogger logger, IReadOnlyList<DetectionRule> more)
    {
        _folder = folder;
        _logger = logger;
        _more = more;
    }

    /// <summary>Another policy was loaded. Raised before <see cref="Reload"/> returns.</summary>
    public event Action? Changed;

    public LoadedPolicy Loaded => Volatile.Read(ref _loaded);

    public PolicySnapshot Current => Loaded.Policy;

    /// <summary>Why the files of the folder are not in force; empty if they are.</summary>
    public IReadOnlyList<PolicyError> Errors { get; private set; } = [];

    /// <summary>Loads <c>&lt;policiesFolder&gt;/&lt;name&gt;/*.json</c> and the rules in <c>rules/*.json</c> below. Look at <see cref="Errors"/>: with any, everything is denied.</summary>
    /// <param name="more">Rules that no file can say: for tests of what happens when a detector fails.</param>
    public static ActivePolicy Open(string policiesFolder, string name, ILogger logger, IReadOnlyList<DetectionRule>? more = null)
    {
        var policy = new ActivePolicy(new PolicyFolder(policiesFolder, name), logger, more ?? []);
        policy.Reload();
        return policy;
    }

    /// <summary>Copies a shipped policy into <c>&lt;policiesFolder&gt;/&lt;name&gt;</c>, without touching files that are there.</summary>
    public static void WriteShipped(string policiesFolder, string name) => ShippedPolicies.Write(policiesFolder, name);

    /// <returns>Empty if what the folder holds is now in force.</returns>
    public IReadOnlyList<PolicyError> Reload()
    {
        lock (_reloading)
        {
            if (Load() is { } loaded)
            {
                Volatile.Write(ref _loaded, loaded);
                LogLoaded(loaded.Policy.Name, loaded.Policy.Revision, loaded.Policy.Hash, loaded.Rules.Count);
                Changed?.Invoke();
                return Errors;
            }

            foreach (var error in Errors)
            {
                LogError(error.Path, error.Line, error.Message);
            }

            LogKept(Current.Name, Current.Revision);
            return Errors;
        }
    }

    /// <returns>Null if there is any error: <see cref="Errors"/> then says what.</returns>
    private LoadedPolicy? Load()
    {
        Errors = _folder.Read(out var files, out var ruleFiles);
        if (Errors.Count > 0)
        {
            return null;
        }

        var rules = _rules.Load(ruleFiles, out var errors);
        Errors = errors;
        if (rules is null)
        {
            return null;
        }

        var snapshot = PolicyLoader.Load(files, out errors, PolicyRules.Ids(rules), ruleFiles);
        Errors = errors;
        return snapshot is null ? null : new LoadedPolicy(snapshot, [.. PolicyRules.InForce(rules, snapshot.Detection), .. _more]);
    }

    [LoggerMessage(EventId = 7001, Level = LogLevel.Information, Message = "Policy {Name} revision {Revision} is in force ({Hash}), with {Rules} detection rules.")]
    private partial void LogLoaded(string name, int revision, string hash, int rules);

    [LoggerMessage(EventId = 7002, Level = LogLevel.Error, Message = "{Path}:{Line}: {Message}")]
    private partial void LogError(string path, int line, string message);

    [LoggerMessage(EventId = 7003, Level = LogLevel.Error, Message = "The policy did not load; {Name} revision {Revision} stays in force.")]
    private partial void LogKept(string name, int revision);
}
