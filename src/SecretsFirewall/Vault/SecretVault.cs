using System.Buffers;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using SecretsFirewall.Model;

namespace SecretsFirewall.Vault;

/// <summary>
/// The secrets and their bindings. Reads are answered from an immutable snapshot without a lock or I/O; values stay sealed in it and are
/// opened one at a time, into buffers that are cleared. Changes go to the store first and become visible all at once.
/// </summary>
internal sealed partial class SecretVault : IDisposable
{
    /// <summary>Shorter values would be found in ordinary text.</summary>
    public const int MinValueBytes = 8;

    /// <summary>Private keys and service-account files are below 4 KiB; what is longer is a document.</summary>
    public const int MaxValueBytes = 16 * 1024;

    /// <summary>At most so many old values of one secret are masked: each costs as much as a secret of its own.</summary>
    public const int MostOldValues = 32;

    /// <summary>How long a rotated value is masked where nobody says: copies in caches, histories and backups of agents are rarely older.</summary>
    public static readonly TimeSpan DefaultKeepFor = TimeSpan.FromDays(30);

    public static readonly TimeSpan LongestKeepFor = TimeSpan.FromDays(3650);

    private readonly IVaultStore _store;
    private readonly DataKey _key;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Lock _changes = new();
    private volatile VaultSnapshot _view;

    private SecretVault(IVaultStore store, DataKey key, VaultSnapshot view, TimeProvider time, ILogger logger)
    {
        _store = store;
        _key = key;
        _view = view;
        _time = time;
        _logger = logger;
    }

    /// <summary>After a change is in force; on the thread that made it, and never under a lock.</summary>
    public event Action? Changed;

    public int Count => _view.Secrets.Count;

    /// <summary>
    /// Opens what <paramref name="store"/> holds, and makes the data key in a new one. Every row is opened once: a vault of which one row
    /// is damaged does not open, since a value that cannot be read cannot be masked.
    /// </summary>
    /// <param name="masterKey">Used only here; the caller disposes it.</param>
    public static SecretVault? Open(IVaultStore store, MasterKey masterKey, TimeProvider time, ILogger logger, out VaultError error)
    {
        if (store.Load() is not { } content)
        {
            error = VaultError.StoreUnavailable;
            return null;
        }

        if (OpenDataKey(store, masterKey, content, out error) is not { } key)
        {
            LogNotOpened(logger, error);
            return null;
        }

        var vault = new SecretVault(store, key, VaultSnapshot.Empty.With(content.Secrets), time, logger);
        if (!vault.IsWhole(content))
        {
            vault.Dispose();
            error = VaultError.Damaged;
            LogNotOpened(logger, error);
            return null;
        }

        vault._view = content.OldValues.GroupBy(static old => old.Name).Aggregate(vault._view, static (view, all) => view.With(all.Key, [.. all]));
        vault._view = content.Bindings.Aggregate(vault._view, static (view, stored) => view.With(stored.Binding));
        vault.ForgetExpired();
        LogOpened(logger, content.Secrets.Count, content.Bindings.Count);
        return vault;
    }

    /// <summary>By name, each with its bindings and the old values that are still masked.</summary>
    public IReadOnlyList<SecretSummary> List()
    {
        var view = _view;
        var now = _time.GetUtcNow();
        var bindings = view.AllBindings.ToLookup(static b => b.Secret);
        return [.. view.Secrets.Values
            .OrderBy(static s => s.Name.Value, StringComparer.Ordinal)
            .Select(s => new SecretSummary(
                s.Name, s.Use, s.Version, s.Weak, s.CreatedAt, s.ChangedAt,
                [.. view.OldValues.GetValueOrDefault(s.Name, []).Where(old => old.ExpiresAt > now)
                    .Select(static old => new OldValueSummary(old.Version, old.ActiveSince, old.RetiredAt, old.ExpiresAt))],
                [.. bindings[s.Name].OrderBy(static b => b.Host, StringComparer.Ordinal).ThenBy(static b => b.Id, StringComparer.Ordinal)]))];
    }

    /// <summary>When the next old value expires; null if none is kept. Whoever built something from <see cref="ForEach"/> builds it anew then.</summary>
    public DateTimeOffset? NextExpiry
    {
        get
        {
            var now = _time.GetUtcNow();
            return _view.OldValues.Values.SelectMany(static all => all).Where(old => old.ExpiresAt > now).Min(static old => (DateTimeOffset?)old.ExpiresAt);
        }
    }

    /// <summary>The bindings for exactly this host (as <see cref="HostName"/> spells it) and port.</summary>
    public IReadOnlyList<SecretBinding> BindingsFor(string host, int port) => _view.BindingsFor(host, port);

    /// <summary>The bindings that sign under this access key id, at whatever host.</summary>
    public IReadOnlyList<SecretBinding> SigningBindings(string accessKeyId) =>
        [.. _view.AllBindings.Where(binding => binding.Place is BindingPlace.SigV4 && binding.Key == accessKeyId)];

    public bool Exists(SecretName name) => _view.Secrets.ContainsKey(name);

    /// <summary>What the name is registered for; null if there is no such secret.</summary>
    public SecretUse? UseOf(SecretName name) => _view.Secrets.GetValueOrDefault(name)?.Use;

    /// <summary>How many values the name has had; 0 if there is no such secret.</summary>
    public long VersionOf(SecretName name) => _view.Secrets.GetValueOrDefault(name)?.Version ?? 0;

    /// <summary>Whether the name has this very value now; an old one is not current. Compares in constant time.</summary>
    public bool IsCurrent(SecretName name, ReadOnlySpan<byte> value)
    {
        if (!_view.Secrets.TryGetValue(name, out var secret))
        {
            return false;
        }

        using var current = Open(secret);
        return CryptographicOperations.FixedTimeEquals(current.Value, value);
    }

    /// <summary>Opens the value into <paramref name="into"/>, which the caller clears. False if there is no such secret.</summary>
    public bool TryReveal(SecretName name, IBufferWriter<byte> into)
    {
        if (!_view.Secrets.TryGetValue(name, out var secret))
        {
            return false;
        }

        var length = SealedValue.PlainLength(secret.Sealed);
        Open(secret, into.GetSpan(length)[..length]);
        into.Advance(length);
        return true;
    }

    /// <summary>Visits every value that has to be found: in the order of names, of each the one in use and then the old ones that have not expired.</summary>
    public void ForEach(ValueVisitor visit)
    {
        var view = _view;
        var now = _time.GetUtcNow();
        var buffer = TrafficBuffers.Rent(MaxValueBytes);
        try
        {
            foreach (var secret in view.Secrets.Values.OrderBy(static s => s.Name.Value, StringComparer.Ordinal))
            {
                var value = buffer.AsSpan(0, SealedValue.PlainLength(secret.Sealed));
                Open(secret, value);
                visit(secret.Name, secret.Use, value);
                CryptographicOperations.ZeroMemory(value);
                foreach (var old in view.OldValues.GetValueOrDefault(secret.Name, []).Where(old => old.ExpiresAt > now))
                {
                    value = buffer.AsSpan(0, SealedValue.PlainLength(old.Sealed));
                    Open(old, value);
                    visit(secret.Name, secret.Use, value);
                    CryptographicOperations.ZeroMemory(value);
                }
            }
        }
        finally
        {
            TrafficBuffers.Return(buffer);
        }
    }

    public void Dispose() => _key.Dispose();

    private static DataKey? OpenDataKey(IVaultStore store, MasterKey masterKey, VaultContent content, out VaultError error)
    {
        if (content.WrappedDataKey is { } wrapped)
        {
            var known = DataKey.Unwrap(masterKey, wrapped);
            error = known is null ? VaultError.MasterKeyWrong : VaultError.None;
            return known;
        }

        // Rows without their key can be nothing that this vault wrote: making a new key would bury them.
        if (content.Secrets.Count > 0 || content.Bindings.Count > 0 || content.OldValues.Count > 0)
        {
            error = VaultError.Damaged;
            return null;
        }

        var created = DataKey.Create(masterKey, out wrapped);
        if (store.SaveDataKey(wrapped))
        {
            error = VaultError.None;
            return created;
        }

        created.Dispose();
        error = VaultError.StoreUnavailable;
        return null;
    }

    private bool IsWhole(VaultContent content)
    {
        var buffer = TrafficBuffers.Rent(MaxValueBytes);
        try
        {
            return content.Secrets.All(secret =>
                    SealedValue.PlainLength(secret.Sealed) is var length and <= MaxValueBytes
                    && _key.TryOpenSecret(secret, buffer.AsSpan(0, length)))
                && content.OldValues.All(old =>
                    SealedValue.PlainLength(old.Sealed) is var length and <= MaxValueBytes
                    && _key.TryOpenOldValue(old, buffer.AsSpan(0, length)))
                && content.Bindings.All(_key.IsSealed);
        }
        finally
        {
            TrafficBuffers.Return(buffer);
        }
    }

    private OpenedValue Open(StoredSecret secret)
    {
        var opened = new OpenedValue(SealedValue.PlainLength(secret.Sealed));
        Open(secret, opened.Value);
        return opened;
    }

    // Every row of the snapshot has been opened or sealed by this instance: one that no longer opens is a broken memory.
    private void Open(StoredSecret secret, Span<byte> value)
    {
        if (!_key.TryOpenSecret(secret, value))
        {
            throw new CryptographicException("A sealed value of the snapshot does not open.");
        }
    }

    private void Open(StoredOldValue old, Span<byte> value)
    {
        if (!_key.TryOpenOldValue(old, value))
        {
            throw new CryptographicException("A sealed value of the snapshot does not open.");
        }
    }

    /// <summary>Room for a value that is opened; cleared when it is let go.</summary>
    private readonly ref struct OpenedValue(int length)
    {
        private readonly byte[] _buffer = TrafficBuffers.Rent(length);

        public Span<byte> Value => _buffer.AsSpan(0, length);

        public void Dispose() => TrafficBuffers.Return(_buffer, length);
    }
}
