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

    /// <param name="weak">Take a value that can be guessed.</param>
    public VaultError Add(SecretName name, ReadOnlySpan<byte> value, bool weak) => Put(name, value, weak, replace: false);

    /// <summary>Registers a value that nobody has a use for: whoever sends it has read what it was planted in.</summary>
    /// <param name="kills">Stop the agent that it is seen with.</param>
    public VaultError AddCanary(SecretName name, ReadOnlySpan<byte> value, bool kills) =>
        Put(name, value, weak: false, replace: false, kills ? SecretUse.KillingCanary : SecretUse.Canary);

    /// <summary>Gives an existing name a new value, and forgets the one that it had; its bindings stay, and must be able to carry it.</summary>
    public VaultError Replace(SecretName name, ReadOnlySpan<byte> value, bool weak) => Put(name, value, weak, replace: true);

    /// <summary>
    /// Gives an existing name a new value, which is the one that is bound from now on. The one that it had is still masked under the same
    /// name for <paramref name="keepFor"/>, so that a stale copy does not leave; it is never bound again.
    /// </summary>
    public VaultError Rotate(SecretName name, ReadOnlySpan<byte> value, bool weak, TimeSpan keepFor)
    {
        lock (_changes)
        {
            var error = keepFor < TimeSpan.Zero || keepFor > LongestKeepFor ? VaultError.KeepForInvalid : Check(name, value, weak, replace: true);
            if (error == VaultError.None && IsCurrent(name, value))
            {
                error = VaultError.SameValue;
            }

            if (error != VaultError.None)
            {
                return error;
            }

            var now = _time.GetUtcNow();
            var oldValues = LiveOldValues(name, now);
            DropThoseThatAre(value, oldValues); // the one in use is not old, though it may have been
            if (keepFor > TimeSpan.Zero)
            {
                oldValues.Add(Retire(_view.Secrets[name], now, keepFor));
            }

            if (oldValues.Count > MostOldValues)
            {
                return VaultError.TooManyOldValues;
            }

            var secret = Seal(name, value, weak);
            if (!_store.SaveRotation(secret, oldValues))
            {
                return VaultError.StoreUnavailable;
            }

            _view = _view.With([secret]).With(name, oldValues);
            LogRotated(_logger, name.Value, secret.Version, oldValues.Count);
        }

        Changed?.Invoke();
        return VaultError.None;
    }

    /// <summary>Forgets all old values of a secret: they are no longer masked.</summary>
    public VaultError ForgetOld(SecretName name)
    {
        lock (_changes)
        {
            if (!Exists(name))
            {
                return VaultError.NotFound;
            }

            if (!_store.DeleteOldValues(name, DateTimeOffset.MaxValue))
            {
                return VaultError.StoreUnavailable;
            }

            _view = _view.With(name, []);
            LogForgotten(_logger, name.Value);
        }

        Changed?.Invoke();
        return VaultError.None;
    }

    /// <summary>
    /// Removes what has expired from memory and store. Nobody sees it after its time anyway: every read asks the clock. What the store
    /// cannot remove now stays there, sealed, until the next time.
    /// </summary>
    public void ForgetExpired()
    {
        lock (_changes)
        {
            var now = _time.GetUtcNow();
            foreach (var (name, oldValues) in _view.OldValues)
            {
                var live = LiveOldValues(name, now);
                if (live.Count < oldValues.Length && _store.DeleteOldValues(name, now))
                {
                    _view = _view.With(name, live);
                    LogExpired(_logger, name.Value, oldValues.Length - live.Count);
                }
            }
        }
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

    /// <summary>Adds many in one transaction, with one <see cref="Changed"/>. Those that are refused are left out; each has its answer at its own index.</summary>
    public IReadOnlyList<VaultError> AddAll(IReadOnlyList<NewSecret> secrets)
    {
        var answers = new VaultError[secrets.Count];
        lock (_changes)
        {
            var accepted = new Dictionary<SecretName, StoredSecret>();
            for (var i = 0; i < secrets.Count; i++)
            {
                var (name, value, weak) = secrets[i];
                answers[i] = accepted.ContainsKey(name) ? VaultError.NameTaken : Check(name, value.Span, weak, replace: false);
                if (answers[i] == VaultError.None)
                {
                    accepted.Add(name, Seal(name, value.Span, weak));
                }
            }

            if (accepted.Count == 0)
            {
                return answers;
            }

            if (!_store.SaveSecrets([.. accepted.Values]))
            {
                answers.AsSpan().Replace(VaultError.None, VaultError.StoreUnavailable);
                return answers;
            }

            _view = _view.With(accepted.Values);
            LogImported(_logger, accepted.Count);
        }

        Changed?.Invoke();
        return answers;
    }

    /// <summary>Forgets the secret and its bindings.</summary>
    public VaultError Remove(SecretName name)
    {
        lock (_changes)
        {
            if (!_view.Secrets.ContainsKey(name))
            {
                return VaultError.NotFound;
            }

            if (!_store.DeleteSecret(name))
            {
                return VaultError.StoreUnavailable;
            }

            _view = _view.Without(name);
            LogRemoved(_logger, name.Value);
        }

        Changed?.Invoke();
        return VaultError.None;
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

    public VaultError Bind(SecretBinding binding) => Bind(binding, out _);

    /// <summary>Permits one place. An empty id is replaced by a new one; host and methods are normalised: <paramref name="bound"/> is what is in force.</summary>
    public VaultError Bind(SecretBinding binding, out SecretBinding bound)
    {
        bound = binding;
        lock (_changes)
        {
            if (!_view.Secrets.TryGetValue(binding.Secret, out var secret))
            {
                return VaultError.NotFound;
            }

            var error = secret.Use == SecretUse.Secret ? BindingRules.Normalise(binding, out bound) : VaultError.IsCanary;
            if (error == VaultError.None && !CanCarry(bound, secret))
            {
                error = VaultError.ValueNotRepresentable;
            }

            if (error == VaultError.None && bound.SessionToken is { } token && !CanBeSessionToken(token, bound.Secret))
            {
                error = VaultError.SessionTokenInvalid;
            }

            if (error == VaultError.None && _view.BindingsFor(bound.Host, bound.Port).Any(bound.IsSamePermission))
            {
                error = VaultError.BindingTaken;
            }

            if (error != VaultError.None)
            {
                return error;
            }

            bound = bound with { Id = "b" + RandomNumberGenerator.GetHexString(10, lowercase: true) };
            if (!_store.SaveBinding(new StoredBinding(bound, _key.SealBinding(bound))))
            {
                return VaultError.StoreUnavailable;
            }

            _view = _view.With(bound);
            LogBound(_logger, bound.Secret.Value, bound.Host, bound.Port, bound.Id);
        }

        Changed?.Invoke();
        return VaultError.None;
    }

    public VaultError Unbind(string bindingId)
    {
        lock (_changes)
        {
            if (_view.FindBinding(bindingId) is not { } binding)
            {
                return VaultError.NotFound;
            }

            if (!_store.DeleteBinding(bindingId))
            {
                return VaultError.StoreUnavailable;
            }

            _view = _view.Without(binding);
            LogUnbound(_logger, binding.Secret.Value, bindingId);
        }

        Changed?.Invoke();
        return VaultError.None;
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

    private VaultError Put(SecretName name, ReadOnlySpan<byte> value, bool weak, bool replace, SecretUse use = SecretUse.Secret)
    {
        lock (_changes)
        {
            var error = Check(name, value, weak, replace);
            if (error != VaultError.None)
            {
                return error;
            }

            var secret = Seal(name, value, weak, use);
            if (!_store.SaveSecrets([secret]))
            {
                return VaultError.StoreUnavailable;
            }

            _view = _view.With([secret]);
            LogStored(_logger, name.Value, secret.Version);
        }

        Changed?.Invoke();
        return VaultError.None;
    }

    private VaultError Check(SecretName name, ReadOnlySpan<byte> value, bool weak, bool replace)
    {
        if (name.Value.Length == 0)
        {
            return VaultError.NameInvalid;
        }

        if (name.IsAuto)
        {
            return VaultError.NameReserved;
        }

        var exists = Exists(name);
        if (exists != replace)
        {
            return exists ? VaultError.NameTaken : VaultError.NotFound;
        }

        if (replace && UseOf(name) != SecretUse.Secret)
        {
            return VaultError.IsCanary;
        }

        var error = ValueRules.Check(name, value, weak);
        if (error == VaultError.None && replace)
        {
            foreach (var binding in _view.AllBindings.Where(b => b.Secret == name))
            {
                if (!BindingRules.CanCarry(binding, value))
                {
                    return VaultError.ValueNotRepresentable;
                }
            }
        }

        return error;
    }

    private StoredSecret Seal(SecretName name, ReadOnlySpan<byte> value, bool weak, SecretUse use = SecretUse.Secret)
    {
        var now = _time.GetUtcNow();
        var before = _view.Secrets.GetValueOrDefault(name);
        var version = (before?.Version ?? 0) + 1;
        return new StoredSecret(name, version, _key.SealSecret(name, version, use, value), weak, before?.CreatedAt ?? now, now, use);
    }

    private StoredOldValue Retire(StoredSecret secret, DateTimeOffset now, TimeSpan keepFor)
    {
        var expires = DateTimeOffset.FromUnixTimeMilliseconds((now + keepFor).ToUnixTimeMilliseconds()); // as it is stored
        using var value = Open(secret);
        var box = _key.SealOldValue(secret.Name, secret.Version, expires, value.Value);
        return new StoredOldValue(secret.Name, secret.Version, box, secret.ChangedAt, now, expires);
    }

    private List<StoredOldValue> LiveOldValues(SecretName name, DateTimeOffset now) =>
        [.. _view.OldValues.GetValueOrDefault(name, []).Where(old => old.ExpiresAt > now)];

    private void DropThoseThatAre(ReadOnlySpan<byte> value, List<StoredOldValue> oldValues)
    {
        for (var i = oldValues.Count - 1; i >= 0; i--)
        {
            using var old = new OpenedValue(SealedValue.PlainLength(oldValues[i].Sealed));
            Open(oldValues[i], old.Value);
            if (CryptographicOperations.FixedTimeEquals(old.Value, value))
            {
                oldValues.RemoveAt(i);
            }
        }
    }

    private bool CanCarry(SecretBinding binding, StoredSecret secret)
    {
        using var value = Open(secret);
        return BindingRules.CanCarry(binding, value.Value);
    }

    private bool CanBeSessionToken(SecretName token, SecretName key)
    {
        if (token == key || !_view.Secrets.TryGetValue(token, out var secret) || secret.Use != SecretUse.Secret)
        {
            return false;
        }

        using var value = Open(secret);
        return !value.Value.ContainsAnyExceptInRange((byte)'!', (byte)'~');
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

    [LoggerMessage(3000, LogLevel.Information, "Vault opened: {Secrets} secrets, {Bindings} bindings.")]
    private static partial void LogOpened(ILogger logger, int secrets, int bindings);

    [LoggerMessage(3001, LogLevel.Error, "Vault not opened: {Error}.")]
    private static partial void LogNotOpened(ILogger logger, VaultError error);

    [LoggerMessage(3002, LogLevel.Information, "Secret {Name} stored, version {Version}.")]
    private static partial void LogStored(ILogger logger, string name, long version);

    [LoggerMessage(3003, LogLevel.Information, "{Count} secrets stored.")]
    private static partial void LogImported(ILogger logger, int count);

    [LoggerMessage(3004, LogLevel.Information, "Secret {Name} removed.")]
    private static partial void LogRemoved(ILogger logger, string name);

    [LoggerMessage(3005, LogLevel.Information, "Secret {Name} bound to {Host}:{Port} as {Id}.")]
    private static partial void LogBound(ILogger logger, string name, string host, int port, string id);

    [LoggerMessage(3006, LogLevel.Information, "Secret {Name} unbound: {Id}.")]
    private static partial void LogUnbound(ILogger logger, string name, string id);

    [LoggerMessage(3007, LogLevel.Information, "Secret {Name} rotated, version {Version}; {OldValues} old values are still masked.")]
    private static partial void LogRotated(ILogger logger, string name, long version, int oldValues);

    [LoggerMessage(3008, LogLevel.Information, "Old values of secret {Name} are forgotten.")]
    private static partial void LogForgotten(ILogger logger, string name);

    [LoggerMessage(3009, LogLevel.Information, "{Count} old values of secret {Name} have expired and are forgotten.")]
    private static partial void LogExpired(ILogger logger, string name, int count);

    /// <summary>Room for a value that is opened; cleared when it is let go.</summary>
    private readonly ref struct OpenedValue(int length)
    {
        private readonly byte[] _buffer = TrafficBuffers.Rent(length);

        public Span<byte> Value => _buffer.AsSpan(0, length);

        public void Dispose() => TrafficBuffers.Return(_buffer, length);
    }
}
