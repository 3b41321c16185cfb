using Microsoft.Extensions.Logging;
using SecretsFirewall.Policy;

namespace SecretsFirewall.Bundles;

/// <summary>
/// The policy in force. It changes only as a whole: whoever holds <see cref="Current"/> keeps one consistent policy, and what does not
/// load leaves the last good one in place. Before there was a good one, everything is denied.
/// </summary>
internal sealed partial class ActivePolicy
{
    private readonly PolicyFolder _folder;
    private readonly ILogger _logger;
    private readonly Lock _reloading = new();
    private PolicySnapshot _current = PolicySnapshot.DenyAll;

    private ActivePolicy(PolicyFolder folder, ILogger logger)
    {
        _folder = folder;
        _logger = logger;
    }

    public PolicySnapshot Current => Volatile.Read(ref _current);

    /// <summary>Why the files of the folder are not in force; empty if they are.</summary>
    public IReadOnlyList<PolicyError> Errors { get; private set; } = [];

    /// <summary>Loads <c>&lt;policiesFolder&gt;/&lt;name&gt;/*.json</c>. Look at <see cref="Errors"/>: with any, everything is denied.</summary>
    public static ActivePolicy Open(string policiesFolder, string name, ILogger logger)
    {
        var policy = new ActivePolicy(new PolicyFolder(policiesFolder, name), logger);
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
            Errors = _folder.Read(out var files);
            if (Errors.Count == 0 && PolicyLoader.Load(files, out var errors) is var snapshot)
            {
                Errors = errors;
                if (snapshot is not null)
                {
                    Volatile.Write(ref _current, snapshot);
                    LogLoaded(snapshot.Name, snapshot.Revision, snapshot.Hash);
                    return Errors;
                }
            }

            foreach (var error in Errors)
            {
                LogError(error.Path, error.Line, error.Message);
            }

            LogKept(Current.Name, Current.Revision);
            return Errors;
        }
    }

    [LoggerMessage(EventId = 7001, Level = LogLevel.Information, Message = "Policy {Name} revision {Revision} is in force ({Hash}).")]
    private partial void LogLoaded(string name, int revision, string hash);

    [LoggerMessage(EventId = 7002, Level = LogLevel.Error, Message = "{Path}:{Line}: {Message}")]
    private partial void LogError(string path, int line, string message);

    [LoggerMessage(EventId = 7003, Level = LogLevel.Error, Message = "The policy did not load; {Name} revision {Revision} stays in force.")]
    private partial void LogKept(string name, int revision);
}
