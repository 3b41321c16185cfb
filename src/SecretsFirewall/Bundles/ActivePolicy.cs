using Microsoft.Extensions.Logging;
using SecretsFirewall.Inspection.Detection.Rules;
using SecretsFirewall.Policy;
using SecretsFirewall.Policy.Bundles;

namespace SecretsFirewall.Bundles;

/// <summary>
/// The policy in force, with its detection rules. It changes only as a whole: whoever holds <see cref="Loaded"/> keeps one consistent policy,
/// and what does not load leaves the last good one in place. Before there was a good one, everything is denied.
/// <code>
///   a bundle was accepted?   → the bundle, and nothing else
///   a key is trusted?        → a folder of the home if it is as it was shipped
///   else                     → a folder of the home
/// </code>
/// </summary>
internal sealed partial class ActivePolicy
{
    private static readonly LoadedPolicy Nothing = new(PolicySnapshot.DenyAll, []);

    private readonly PolicyFolder _folder;
    private readonly string _name;
    private readonly ILogger _logger;
    private readonly IReadOnlyList<DetectionRule> _more;
    private readonly BundleKeeper? _bundles;
    private readonly PolicyCompilation _compilation = new();
    private readonly Lock _reloading = new();
    private LoadedPolicy _loaded = Nothing;

    private ActivePolicy(PolicyFolder folder, string name, ILogger logger, IReadOnlyList<DetectionRule> more, BundleKeeper? bundles)
    {
        _folder = folder;
        _name = name;
        _logger = logger;
        _more = more;
        _bundles = bundles;
    }

    /// <summary>Another policy was loaded. Raised before <see cref="Reload"/> returns.</summary>
    public event Action? Changed;

    /// <summary>A bundle was not taken.</summary>
    public event Action<BundleRefusal>? Refused;

    public LoadedPolicy Loaded => Volatile.Read(ref _loaded);

    public PolicySnapshot Current => Loaded.Policy;

    /// <summary>Why the files of the folder, or the bundle of the home, are not in force; empty if they are.</summary>
    public IReadOnlyList<PolicyError> Errors { get; private set; } = [];

    /// <summary>Why the bundle that was offered last was not taken; null if it was.</summary>
    public BundleRefusal? Refusal { get; private set; }

    /// <summary>As a monitor sees it.</summary>
    public PolicyHealth Health
    {
        get
        {
            var trouble = Refusal is { } refusal ? refusal.Fault.Word()
                : Errors.Count > 0 ? "policy_refused"
                : Loaded.Bundle is { } bundle && _bundles!.HasExpired(bundle) ? BundleFault.Expired.Word()
                : null;
            return Loaded.Trust is PolicyTrust.None ? new PolicyHealth(false, trouble ?? "no_policy") : new PolicyHealth(true, trouble);
        }
    }

    /// <summary>Loads <c>&lt;policiesFolder&gt;/&lt;name&gt;/*.json</c> and the rules in <c>rules/*.json</c> below, or the bundle that was accepted. Look at <see cref="Errors"/>: with any, everything is denied.</summary>
    /// <param name="more">Rules that no file can say: for tests of what happens when a detector fails.</param>
    /// <param name="bundles">What was accepted and who is trusted; null where folders are all there is.</param>
    public static ActivePolicy Open(string policiesFolder, string name, ILogger logger, IReadOnlyList<DetectionRule>? more = null, BundleKeeper? bundles = null)
    {
        var policy = new ActivePolicy(new PolicyFolder(policiesFolder, name), name, logger, more ?? [], bundles);
        policy.Reload();
        return policy;
    }

    /// <summary>Copies a shipped policy into <c>&lt;policiesFolder&gt;/&lt;name&gt;</c>, without touching files that are there.</summary>
    public static void WriteShipped(string policiesFolder, string name) => ShippedPolicies.Write(policiesFolder, name);

    /// <returns>Empty if what the home holds is now in force.</returns>
    public IReadOnlyList<PolicyError> Reload()
    {
        lock (_reloading)
        {
            if (_bundles?.InForce is { } accepted && Loaded.Bundle?.Sha256 == accepted.Sha256)
            {
                return Errors = [];
            }

            if (Load() is { } loaded)
            {
                TakeOver(loaded);
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

    /// <summary>Puts a bundle in force, or says why not and keeps what is. The very bundle that is in force already changes nothing.</summary>
    public BundleRefusal? Take(BundleKeeper bundles, BundleOffer offer)
    {
        lock (_reloading)
        {
            if (bundles.Accept(offer, out var refusal) is not { } loaded)
            {
                Refusal = refusal;
                LogRefused(refusal!.Fault, refusal.Sentence);
                Refused?.Invoke(refusal);
                return refusal;
            }

            Refusal = null;
            Errors = [];
            if (Loaded.Bundle?.Sha256 != loaded.Bundle!.Sha256)
            {
                TakeOver(loaded with { Rules = [.. loaded.Rules, .. _more] });
            }

            return null;
        }
    }

    /// <summary>Ends a bundle whose time is over: from then on everything is denied. To be called now and then.</summary>
    public void EndExpired()
    {
        lock (_reloading)
        {
            if (Loaded.Bundle is { } bundle && _bundles?.EndOf(bundle) is { } ended)
            {
                Errors = [new PolicyError("bundle", 0, ended.ToString())];
                TakeOver(Nothing);
                Refused?.Invoke(ended);
            }
        }
    }

    private void TakeOver(LoadedPolicy loaded)
    {
        Volatile.Write(ref _loaded, loaded);
        LogLoaded(loaded.Policy.Name, loaded.Policy.Revision, loaded.Policy.Hash, loaded.Rules.Count, loaded.Trust);
        Changed?.Invoke();
    }

    /// <returns>Null if there is any error: <see cref="Errors"/> then says what.</returns>
    private LoadedPolicy? Load() => _bundles is { InForce: not null } bundles ? LoadBundle(bundles) : LoadFolder();

    private LoadedPolicy? LoadBundle(BundleKeeper bundles)
    {
        var loaded = bundles.Reopen(out var refusal);
        refusal ??= bundles.EndOf(loaded!.Bundle!);
        Errors = refusal is null ? [] : [new PolicyError("bundle", 0, refusal.Sentence), .. refusal.Errors];
        return refusal is null ? loaded! with { Rules = [.. loaded.Rules, .. _more] } : null;
    }

    private LoadedPolicy? LoadFolder()
    {
        Errors = _folder.Read(out var files, out var ruleFiles);
        if (Errors.Count > 0)
        {
            return null;
        }

        var isShipped = ruleFiles.Count == 0 && ShippedPolicies.Is(_name, files);
        if (_bundles is { RequiresSignatures: true } && !isShipped)
        {
            Errors = [new PolicyError(_folder.Location, 0, "Keys are trusted here, so a folder is taken only as it was shipped: build a bundle of it, sign it and load it (sfw policy build).")];
            return null;
        }

        var loaded = _compilation.Compile(files, ruleFiles, out var errors, more: _more);
        Errors = errors;
        return loaded is null ? null : loaded with { Trust = isShipped ? PolicyTrust.Shipped : PolicyTrust.Unsigned, Sources = [.. files, .. ruleFiles] };
    }

    [LoggerMessage(EventId = 7001, Level = LogLevel.Information, Message = "Policy {Name} revision {Revision} is in force ({Hash}, {Trust}), with {Rules} detection rules.")]
    private partial void LogLoaded(string name, int revision, string hash, int rules, PolicyTrust trust);

    [LoggerMessage(EventId = 7002, Level = LogLevel.Error, Message = "{Path}:{Line}: {Message}")]
    private partial void LogError(string path, int line, string message);

    [LoggerMessage(EventId = 7003, Level = LogLevel.Error, Message = "The policy did not load; {Name} revision {Revision} stays in force.")]
    private partial void LogKept(string name, int revision);

    [LoggerMessage(EventId = 7004, Level = LogLevel.Error, Message = "A bundle was refused ({Fault}): {Sentence}")]
    private partial void LogRefused(BundleFault fault, string sentence);
}
