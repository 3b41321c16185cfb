using SecretsFirewall.Inspection.Detection;
using SecretsFirewall.Vault;

namespace SecretsFirewall.Enforcement;

/// <summary>
/// The detection snapshot in force. It is built anew whenever the vault changes, before the change is acknowledged, and swapped by reference:
/// exchanges under way keep the one that they began with.
/// </summary>
internal sealed class DetectionRegistry : IDisposable
{
    private readonly SecretVault _vault;
    private readonly byte[] _installKey;
    private readonly Lock _building = new();
    private volatile DetectionSnapshot _current;

    public DetectionRegistry(SecretVault vault, byte[] installKey)
    {
        _vault = vault;
        _installKey = installKey;
        _current = Build();
        _vault.Changed += Rebuild;
    }

    public DetectionSnapshot Current => _current;

    public void Dispose() => _vault.Changed -= Rebuild;

    private void Rebuild()
    {
        lock (_building)
        {
            _current = Build();
        }
    }

    private DetectionSnapshot Build()
    {
        var values = new List<RegisteredValue>();
        try
        {
            _vault.ForEach((name, value) => values.Add(new RegisteredValue(name, value.ToArray())));
            return DetectionSnapshot.Build(values, _installKey);
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
