using SecretsFirewall.Bundles;
using SecretsFirewall.Inspection.Detection;
using SecretsFirewall.Inspection.Detection.Rules;
using SecretsFirewall.Vault;

namespace SecretsFirewall.Enforcement;

/// <summary>
/// What is in force. It is built anew whenever the vault or the policy changes, before the change is acknowledged, and swapped by reference:
/// exchanges under way keep the one that they began with.
/// </summary>
internal sealed class DetectionRegistry : IDisposable
{
    private readonly SecretVault _vault;
    private readonly byte[] _installKey;
    private readonly ActivePolicy _policy;
    private readonly Lock _building = new();
    private LoadedPolicy _loaded;
    private volatile InForce _inForce;

    public DetectionRegistry(SecretVault vault, byte[] installKey, ActivePolicy policy)
    {
        _vault = vault;
        _installKey = installKey;
        _policy = policy;
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

    private static InForce Combine(LoadedPolicy loaded, DetectionSnapshot detection) =>
        new(loaded.Policy, detection, new RuleAudiences(loaded.Rules, loaded.Policy.Detection.Audience));

    private DetectionSnapshot Build(IReadOnlyList<DetectionRule> rules)
    {
        var values = new List<RegisteredValue>();
        try
        {
            _vault.ForEach((name, value) => values.Add(new RegisteredValue(name, value.ToArray())));
            return DetectionSnapshot.Build(values, _installKey, rules);
        }
        finally
        {
            foreach (var value in values)
            {
                Clear(value.Value);
            }
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
