using SecretsFirewall.Model;

namespace SecretsFirewall.Vault;

/// <summary>A secret as it rests: sealed under the data key, its name and version being the seal's associated data.</summary>
/// <param name="Version">Counts the values that the name has had, from 1.</param>
/// <param name="Weak">Registered although it can be guessed.</param>
internal sealed record StoredSecret(
    SecretName Name, long Version, byte[] Sealed, bool Weak, DateTimeOffset CreatedAt, DateTimeOffset ChangedAt, SecretUse Use = SecretUse.Secret);

/// <summary>A value that a secret had before, as it rests; the seal covers when it expires.</summary>
/// <param name="ActiveSince">When it became the secret's value.</param>
/// <param name="RetiredAt">When the next one did.</param>
/// <param name="ExpiresAt">Until then it is still masked. Whole milliseconds.</param>
internal sealed record StoredOldValue(
    SecretName Name, long Version, byte[] Sealed, DateTimeOffset ActiveSince, DateTimeOffset RetiredAt, DateTimeOffset ExpiresAt);

/// <summary>A binding as it rests, with the seal that shows that the vault wrote it.</summary>
internal sealed record StoredBinding(SecretBinding Binding, byte[] Seal);

/// <summary>All that a vault remembers.</summary>
/// <param name="WrappedDataKey">Null in a new store.</param>
internal sealed record VaultContent(
    byte[]? WrappedDataKey, IReadOnlyList<StoredSecret> Secrets, IReadOnlyList<StoredBinding> Bindings, IReadOnlyList<StoredOldValue> OldValues);

/// <summary>
/// The port through which the vault remembers. It stores what it is given and judges nothing; false or null means that it could not, and
/// that nothing was changed. One caller at a time.
/// </summary>
internal interface IVaultStore
{
    VaultContent? Load();

    bool SaveDataKey(byte[] wrapped);

    /// <summary>Inserts or replaces by name, all or none.</summary>
    bool SaveSecrets(IReadOnlyList<StoredSecret> secrets);

    /// <summary>Replaces the secret and the old values of its name, all or none.</summary>
    bool SaveRotation(StoredSecret secret, IReadOnlyList<StoredOldValue> oldValues);

    /// <summary>Removes the old values of a name that expire at <paramref name="until"/> or before.</summary>
    bool DeleteOldValues(SecretName name, DateTimeOffset until);

    /// <summary>Removes the secret with its bindings and old values.</summary>
    bool DeleteSecret(SecretName name);

    bool SaveBinding(StoredBinding binding);

    bool DeleteBinding(string id);
}
