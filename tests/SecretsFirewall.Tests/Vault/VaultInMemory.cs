using SecretsFirewall.Model;
using SecretsFirewall.Vault;

namespace SecretsFirewall.Tests.Vault;

/// <summary>Remembers while it lives, and fails when told to; its rows can be tampered with.</summary>
internal sealed class VaultInMemory : IVaultStore
{
    public byte[]? DataKey { get; set; }

    public Dictionary<SecretName, StoredSecret> Secrets { get; } = [];

    public List<StoredBinding> Bindings { get; } = [];

    public List<StoredOldValue> OldValues { get; } = [];

    public bool Fails { get; set; }

    public VaultContent? Load() => Fails ? null : new VaultContent(DataKey, [.. Secrets.Values], [.. Bindings], [.. OldValues]);

    public bool SaveDataKey(byte[] wrapped) => Do(() => DataKey = wrapped);

    public bool SaveSecrets(IReadOnlyList<StoredSecret> secrets) => Do(() =>
    {
        foreach (var secret in secrets)
        {
            Secrets[secret.Name] = secret;
        }
    });

    public bool DeleteSecret(SecretName name) => Do(() =>
    {
        Secrets.Remove(name);
        Bindings.RemoveAll(b => b.Binding.Secret == name);
        OldValues.RemoveAll(old => old.Name == name);
    });

    public bool SaveRotation(StoredSecret secret, IReadOnlyList<StoredOldValue> oldValues) => Do(() =>
    {
        Secrets[secret.Name] = secret;
        OldValues.RemoveAll(old => old.Name == secret.Name);
        OldValues.AddRange(oldValues);
    });

    public bool DeleteOldValues(SecretName name, DateTimeOffset until) => Do(() => OldValues.RemoveAll(old => old.Name == name && old.ExpiresAt <= until));

    public bool SaveBinding(StoredBinding binding) => Do(() => Bindings.Add(binding));

    public bool DeleteBinding(string id) => Do(() => Bindings.RemoveAll(b => b.Binding.Id == id));

    private bool Do(Action change)
    {
        if (!Fails)
        {
            change();
        }

        return !Fails;
    }
}
