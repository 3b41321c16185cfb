using SecretsFirewall.Bundles;
using SecretsFirewall.Inspection.Detection;
using SecretsFirewall.Inspection.Detection.Rules;
using SecretsFirewall.Vault;

namespace SecretsFirewall.Enforcement;

/// <summary>
/// What is in force. It is built anew whenever the vault or the policy changes, before the change is acknowledged, and when an old value
/// expires; it is swapped by reference: exchanges under way keep the one that they began with.
/// </summary>
internal sealed class DetectionRegistry : IDisposable
{
    // A machine that slept wakes with its clock ahead of its timers.
    private static readonly TimeSpan LongestWait = TimeSpan.FromHours(1);

    private readonly SecretVault _vault;
    private readonly byte[] _installKey;
    private readonly ActivePolicy _policy;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private readonly Lock _building = new();
    private LoadedPolicy _loaded;
    private volatile InForce _inForce;
    private DateTimeOffset? _nextExpiry;

    public DetectionRegistry(SecretVault vault, byte[] installKey, ActivePolicy policy, TimeProvider time)
    {
        _vault = vault;
        _installKey = installKey;
        _policy = policy;
        _time = time;
        _timer = time.CreateTimer(_ => TakeExpiry(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _loaded = policy.Loaded;
        _inForce = Combine(_loaded, Build(_loaded.Rules));
        _vault.Changed += TakeVault;
        _policy.Changed += TakePolicy;
    }

    public InForce InForce => _inForce;

    public DetectionSnapshot Current => _inForce.Detection;

    public void Dispose()
    {
        _vault.Changed -= TakeVault;
        _policy.Changed -= TakePolicy;
        _timer.Dispose();
        lock (_building)
        {
            _nextExpiry = null; // a timer that fires all the same finds nothing to do, and one that does it has done it
        }
    }

    private void TakeVault()
    {
        lock (_building)
        {
            _inForce = _inForce with { Detection = Build(_loaded.Rules) };
        }
    }

    private void TakePolicy()
    {
        lock (_building)
        {
            // Most changes of a policy leave the rules as they are, and a large vault takes seconds to build.
            var loaded = _policy.Loaded;
            _inForce = Combine(loaded, loaded.Rules.SequenceEqual(_loaded.Rules) ? _inForce.Detection : Build(loaded.Rules));
            _loaded = loaded;
        }
    }

    private void TakeExpiry()
    {
        lock (_building)
        {
            if (_nextExpiry <= _time.GetUtcNow())
            {
                _vault.ForgetExpired();
                _inForce = _inForce with { Detection = Build(_loaded.Rules) };
            }
            else
            {
                WaitForExpiry();
            }
        }
    }

    private void WaitForExpiry()
    {
        if (_nextExpiry is { } next)
        {
            var wait = next - _time.GetUtcNow();
            _timer.Change(TimeSpan.FromTicks(Math.Clamp(wait.Ticks, 0, LongestWait.Ticks)), Timeout.InfiniteTimeSpan);
        }
    }

    private static InForce Combine(LoadedPolicy loaded, DetectionSnapshot detection) =>
        new(loaded.Policy, detection, new RuleAudiences(loaded.Rules, loaded.Policy.Detection.Audience));

    private DetectionSnapshot Build(IReadOnlyList<DetectionRule> rules)
    {
        var values = new List<RegisteredValue>();
        try
        {
            _nextExpiry = _vault.NextExpiry; // read first: what expires while we build is built anew
            _vault.ForEach((name, use, value) => values.Add(new RegisteredValue(name, value.ToArray()) { IsCanary = use is not SecretUse.Secret }));
            return DetectionSnapshot.Build(values, _installKey, rules);
        }
        finally
        {
            foreach (var value in values)
            {
                Clear(value.Value);
            }

            WaitForExpiry();
        }
    }

    private static void Clear(ReadOnlyMemory<byte> value)
    {
        if (System.Runtime.InteropServices.MemoryMarshal.TryGetArray(value, out var segment))
        {
            System.Security.Cryptography.CryptographicOperations.ZeroMemory(segment);
        }
    }
}
