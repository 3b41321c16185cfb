using System.Security.Cryptography;
using SecretsFirewall.Model;

namespace SecretsFirewall.Vault;

// What changes it: checked, sealed, stored, and only then seen.
internal sealed partial class SecretVault
{
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
}
