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

        vault._view = content.Bindings.Aggregate(vault._view, static (view, stored) => view.With(stored.Binding));
        LogOpened(logger, content.Secrets.Count, content.Bindings.Count);
        return vault;
    }

    /// <param name="weak">Take a value that can be guessed.</param>
    public VaultError Add(SecretName name, ReadOnlySpan<byte> value, bool weak) => Put(name, value, weak, replace: false);

    /// <summary>Gives an existing name a new value; its bindings stay, and must be able to carry it.</summary>
    public VaultError Replace(SecretName name, ReadOnlySpan<byte> value, bool weak) => Put(name, value, weak, replace: true);

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

    /// <summary>By name, each with its bindings.</summary>
    public IReadOnlyList<SecretSummary> List()
    {
        var view = _view;
        var bindings = view.AllBindings.ToLookup(static b => b.Secret);
        return [.. view.Secrets.Values
            .OrderBy(static s => s.Name.Value, StringComparer.Ordinal)
            .Select(s => new SecretSummary(
                s.Name, s.Version, s.Weak, s.CreatedAt, s.ChangedAt,
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

            var error = BindingRules.Normalise(binding, out bound);
            if (error == VaultError.None && !CanCarry(bound, secret))
            {
                error = VaultError.ValueNotRepresentable;
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

    public bool Exists(SecretName name) => _view.Secrets.ContainsKey(name);

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

    /// <summary>Visits every value, in the order of names; the span is cleared when <paramref name="visit"/> returns.</summary>
    public void ForEach(Action<SecretName, ReadOnlySpan<byte>> visit)
    {
        var buffer = TrafficBuffers.Rent(MaxValueBytes);
        try
        {
            foreach (var secret in _view.Secrets.Values.OrderBy(static s => s.Name.Value, StringComparer.Ordinal))
            {
                var value = buffer.AsSpan(0, SealedValue.PlainLength(secret.Sealed));
                Open(secret, value);
                visit(secret.Name, value);
                CryptographicOperations.ZeroMemory(value);
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
        if (content.Secrets.Count > 0 || content.Bindings.Count > 0)
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
                && content.Bindings.All(_key.IsSealed);
        }
        finally
        {
            TrafficBuffers.Return(buffer);
        }
    }

    private VaultError Put(SecretName name, ReadOnlySpan<byte> value, bool weak, bool replace)
    {
        lock (_changes)
        {
            var error = Check(name, value, weak, replace);
            if (error != VaultError.None)
            {
                return error;
            }

            var secret = Seal(name, value, weak);
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

    private StoredSecret Seal(SecretName name, ReadOnlySpan<byte> value, bool weak)
    {
        var now = _time.GetUtcNow();
        var before = _view.Secrets.GetValueOrDefault(name);
        var version = (before?.Version ?? 0) + 1;
        return new StoredSecret(name, version, _key.SealSecret(name, version, value), weak, before?.CreatedAt ?? now, now);
    }

    private bool CanCarry(SecretBinding binding, StoredSecret secret)
    {
        var buffer = TrafficBuffers.Rent(MaxValueBytes);
        try
        {
            var value = buffer.AsSpan(0, SealedValue.PlainLength(secret.Sealed));
            Open(secret, value);
            return BindingRules.CanCarry(binding, value);
        }
        finally
        {
            TrafficBuffers.Return(buffer);
        }
    }

    // Every row of the snapshot has been opened or sealed by this instance: one that no longer opens is a broken memory.
    private void Open(StoredSecret secret, Span<byte> value)
    {
        if (!_key.TryOpenSecret(secret, value))
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
}
