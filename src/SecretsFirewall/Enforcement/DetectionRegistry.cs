using SecretsFirewall.Inspection.Detection;
using SecretsFirewall.Vault;

namespace SecretsFirewall.Enforcement;

/// <summary>
/// The detection snapshot in force. It is built anew whenever the vault changes, before the change is acknowledged, and when an old value
/// expires; it is swapped by reference: exchanges under way keep the one that they began with.
/// </summary>
internal sealed class DetectionRegistry : IDisposable
{
    // A machine that slept wakes with its clock ahead of its timers.
    private static readonly TimeSpan LongestWait = TimeSpan.FromHours(1);

    private readonly SecretVault _vault;
    private readonly byte[] _installKey;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private readonly Lock _building = new();
    private volatile DetectionSnapshot _current;
    private DateTimeOffset? _nextExpiry;

    public DetectionRegistry(SecretVault vault, byte[] installKey, TimeProvider time)
    {
        _vault = vault;
        _installKey = installKey;
        _time = time;
        _timer = time.CreateTimer(_ => RebuildIfExpired(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _current = Build();
        _vault.Changed += Rebuild;
    }

    public DetectionSnapshot Current => _current;

    public void Dispose()
    {
        _vault.Changed -= Rebuild;
        _timer.Dispose();
    }

    private void Rebuild()
    {
        lock (_building)
        {
            _current = Build();
        }
    }

    private void RebuildIfExpired()
    {
        lock (_building)
        {
            if (_nextExpiry <= _time.GetUtcNow())
            {
                _vault.ForgetExpired();
                _current = Build();
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

    private DetectionSnapshot Build()
    {
        var values = new List<RegisteredValue>();
        try
        {
            _nextExpiry = _vault.NextExpiry; // read first: what expires while we build is built anew
            _vault.ForEach((name, use, value) => values.Add(new RegisteredValue(name, value.ToArray()) { IsCanary = use is not SecretUse.Secret }));
            return DetectionSnapshot.Build(values, _installKey);
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
