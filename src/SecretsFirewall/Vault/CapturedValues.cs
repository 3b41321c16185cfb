using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using SecretsFirewall.Model;

namespace SecretsFirewall.Vault;

/// <summary>What may be shown of a captured value.</summary>
/// <param name="IsAmbiguous">Two different values have the name; neither is kept.</param>
internal sealed record CapturedSummary(SecretName Name, string Rule, string Agent, DateTimeOffset CapturedAt, DateTimeOffset LastUsedAt, long Uses, bool IsAmbiguous);

/// <summary>Whether a captured value may be used here. Called under a lock: it decides, and keeps nothing.</summary>
/// <param name="rule">The rule that found it.</param>
internal delegate bool CapturedUse(string rule, ReadOnlySpan<byte> value);

/// <summary>
/// Values that masking found by a rule and that are in no vault, kept for the agent that they were masked for: in memory alone, sealed under
/// a key that no file holds, few, and forgotten an hour after their last use or with the process. Any number of threads may ask.
/// </summary>
internal sealed class CapturedValues : IDisposable
{
    /// <summary>An agent that reads one project's files meets some dozens.</summary>
    public const int MostPerAgent = 256;

    /// <summary>Of all agents together, sealed.</summary>
    public const int MostBytes = 4 * 1024 * 1024;

    /// <summary>After its last sighting or use. A session's pauses are shorter, and what a person needs for longer is adopted.</summary>
    public static readonly TimeSpan IdleTime = TimeSpan.FromHours(1);

    private const int KeyLength = 32;

    private readonly TimeProvider _time;
    private readonly AesGcm _cipher;
    private readonly byte[] _fingerprintKey = RandomNumberGenerator.GetBytes(KeyLength);
    private readonly Dictionary<(string Agent, SecretName Name), Captured> _values = [];
    private readonly ITimer _sweep;
    private readonly Lock _lock = new();
    private int _bytes;

    public CapturedValues(TimeProvider time)
    {
        Span<byte> key = stackalloc byte[KeyLength];
        RandomNumberGenerator.Fill(key);
        _cipher = SealedValue.CreateCipher(key);
        CryptographicOperations.ZeroMemory(key);
        _time = time;
        _sweep = time.CreateTimer(_ => Sweep(), null, IdleTime / 4, IdleTime / 4);
    }

    /// <summary>Keeps a value, or renews it. A second, different value of one name spoils both: nobody could tell which is meant.</summary>
    public void Keep(string agent, string rule, SecretName name, ReadOnlySpan<byte> value)
    {
        if (value.Length is < SecretVault.MinValueBytes or > SecretVault.MaxValueBytes)
        {
            return;
        }

        var fingerprint = HMACSHA256.HashData(_fingerprintKey, value);
        lock (_lock)
        {
            var now = _time.GetUtcNow();
            if (Live(agent, name, now) is { } known)
            {
                known.LastUsedAt = now;
                if (!CryptographicOperations.FixedTimeEquals(known.Fingerprint, fingerprint))
                {
                    Release(known);
                }

                return;
            }

            Remove(agent, name);
            var captured = new Captured(rule, fingerprint, SealedValue.Seal(_cipher, value, Context(agent, name)), now);
            _values.Add((agent, name), captured);
            _bytes += captured.Sealed!.Length;
            MakeRoom(agent, now);
        }
    }

    /// <summary>True if the agent has any value that it could use.</summary>
    public bool HasAny(string agent)
    {
        lock (_lock)
        {
            var now = _time.GetUtcNow();
            return _values.Any(pair => pair.Key.Agent == agent && pair.Value.Sealed is not null && !IsOver(pair.Value, now));
        }
    }

    /// <summary>
    /// Opens the value into <paramref name="into"/>, which the caller clears, and counts a use, if <paramref name="mayUse"/> says so. False,
    /// and nothing is written, if the agent has no such value, or one that cannot be told from another.
    /// </summary>
    public bool TryReveal(string agent, SecretName name, CapturedUse mayUse, IBufferWriter<byte> into)
    {
        lock (_lock)
        {
            var now = _time.GetUtcNow();
            if (Live(agent, name, now) is not { Sealed: { } box } captured)
            {
                return false;
            }

            var length = SealedValue.PlainLength(box);
            var value = into.GetSpan(length)[..length];
            Open(agent, name, box, value);
            if (!mayUse(captured.Rule, value))
            {
                CryptographicOperations.ZeroMemory(value);
                return false;
            }

            into.Advance(length);
            captured.LastUsedAt = now;
            captured.Uses++;
            return true;
        }
    }

    /// <summary>By name, then agent.</summary>
    public IReadOnlyList<CapturedSummary> List()
    {
        lock (_lock)
        {
            var now = _time.GetUtcNow();
            return [.. _values
                .Where(pair => !IsOver(pair.Value, now))
                .OrderBy(static pair => pair.Key.Name.Value, StringComparer.Ordinal)
                .ThenBy(static pair => pair.Key.Agent, StringComparer.Ordinal)
                .Select(static pair => new CapturedSummary(
                    pair.Key.Name, pair.Value.Rule, pair.Key.Agent, pair.Value.CapturedAt, pair.Value.LastUsedAt, pair.Value.Uses, pair.Value.Sealed is null))];
        }
    }

    /// <summary>
    /// Moves a captured value into the vault, whose rules hold; it is then no longer captured, for any agent. Not under our lock: the vault
    /// tells others of its change, and traffic goes on meanwhile.
    /// </summary>
    public VaultError Adopt(SecretName captured, SecretName name, SecretVault vault, bool weak)
    {
        var value = new ArrayBufferWriter<byte>(SecretVault.MaxValueBytes);
        try
        {
            var error = TryRevealForAll(captured, value);
            error = error == VaultError.None ? vault.Add(name, value.WrittenSpan, weak) : error;
            if (error == VaultError.None)
            {
                RemoveForAll(captured);
            }

            return error;
        }
        finally
        {
            value.Clear(); // zeroes what was written
        }
    }

    public void Dispose()
    {
        _sweep.Dispose();
        lock (_lock)
        {
            _values.Clear();
            _bytes = 0;
            _cipher.Dispose();
            CryptographicOperations.ZeroMemory(_fingerprintKey);
        }
    }

    private static bool IsOver(Captured captured, DateTimeOffset now) => captured.LastUsedAt + IdleTime <= now;

    private static byte[] Context(string agent, SecretName name) => Encoding.UTF8.GetBytes($"captured\n{agent}\n{name}");

    private VaultError TryRevealForAll(SecretName name, ArrayBufferWriter<byte> into)
    {
        lock (_lock)
        {
            var now = _time.GetUtcNow();
            var found = _values.Where(pair => pair.Key.Name == name && !IsOver(pair.Value, now)).ToList();
            if (found.Count == 0)
            {
                return VaultError.NotCaptured;
            }

            var ((agent, _), first) = found[0];
            if (first.Sealed is not { } box
                || !found.TrueForAll(pair => pair.Value.Sealed is not null && CryptographicOperations.FixedTimeEquals(pair.Value.Fingerprint, first.Fingerprint)))
            {
                return VaultError.CaptureAmbiguous;
            }

            var length = SealedValue.PlainLength(box);
            Open(agent, name, box, into.GetSpan(length)[..length]);
            into.Advance(length);
            return VaultError.None;
        }
    }

    private void RemoveForAll(SecretName name)
    {
        lock (_lock)
        {
            foreach (var key in _values.Keys.Where(key => key.Name == name).ToList())
            {
                Remove(key.Agent, key.Name);
            }
        }
    }

    private Captured? Live(string agent, SecretName name, DateTimeOffset now) =>
        _values.GetValueOrDefault((agent, name)) is { } captured && !IsOver(captured, now) ? captured : null;

    private void Open(string agent, SecretName name, byte[] box, Span<byte> value)
    {
        if (!SealedValue.TryOpen(_cipher, box, Context(agent, name), value))
        {
            throw new CryptographicException("A captured value does not open.");
        }
    }

    private void MakeRoom(string agent, DateTimeOffset now)
    {
        if (_bytes <= MostBytes && _values.Keys.Count(key => key.Agent == agent) <= MostPerAgent)
        {
            return;
        }

        RemoveExpired(now);
        while (_values.Keys.Count(key => key.Agent == agent) > MostPerAgent)
        {
            RemoveOldest(_values.Where(pair => pair.Key.Agent == agent));
        }

        while (_bytes > MostBytes)
        {
            RemoveOldest(_values);
        }
    }

    private void RemoveOldest(IEnumerable<KeyValuePair<(string Agent, SecretName Name), Captured>> among)
    {
        var (agent, name) = among.MinBy(static pair => pair.Value.LastUsedAt).Key;
        Remove(agent, name);
    }

    private void Sweep()
    {
        lock (_lock)
        {
            RemoveExpired(_time.GetUtcNow());
        }
    }

    private void RemoveExpired(DateTimeOffset now)
    {
        foreach (var (agent, name) in _values.Where(pair => IsOver(pair.Value, now)).Select(static pair => pair.Key).ToList())
        {
            Remove(agent, name);
        }
    }

    private void Remove(string agent, SecretName name)
    {
        if (_values.Remove((agent, name), out var captured))
        {
            Release(captured);
        }
    }

    private void Release(Captured captured)
    {
        _bytes -= captured.Sealed?.Length ?? 0;
        captured.Sealed = null;
    }

    private sealed class Captured(string rule, byte[] fingerprint, byte[] sealedValue, DateTimeOffset at)
    {
        public string Rule { get; } = rule;

        public byte[] Fingerprint { get; } = fingerprint;

        /// <summary>Null once another value of the same name was seen.</summary>
        public byte[]? Sealed { get; set; } = sealedValue;

        public DateTimeOffset CapturedAt { get; } = at;

        public DateTimeOffset LastUsedAt { get; set; } = at;

        public long Uses { get; set; }
    }
}
