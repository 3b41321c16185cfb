using System.Collections.Immutable;
using SecretsFirewall.Model;

namespace SecretsFirewall.Vault;

/// <summary>
/// What the vault holds at one moment, values still sealed: immutable, swapped as a whole, read without a lock. Changing one entry shares the rest.
/// </summary>
internal sealed record VaultSnapshot
{
    public static VaultSnapshot Empty { get; } = new();

    public ImmutableDictionary<SecretName, StoredSecret> Secrets { get; private init; } = ImmutableDictionary<SecretName, StoredSecret>.Empty;

    /// <summary>Also those that have expired since; the newest first.</summary>
    public ImmutableDictionary<SecretName, ImmutableArray<StoredOldValue>> OldValues { get; private init; } =
        ImmutableDictionary<SecretName, ImmutableArray<StoredOldValue>>.Empty;

    private ImmutableDictionary<(string Host, int Port), ImmutableArray<SecretBinding>> Bindings { get; init; } =
        ImmutableDictionary<(string Host, int Port), ImmutableArray<SecretBinding>>.Empty;

    public IEnumerable<SecretBinding> AllBindings => Bindings.Values.SelectMany(static all => all);

    public IReadOnlyList<SecretBinding> BindingsFor(string host, int port) =>
        Bindings.TryGetValue((host, port), out var found) ? found : [];

    public SecretBinding? FindBinding(string id) => AllBindings.FirstOrDefault(b => b.Id == id);

    public VaultSnapshot With(IEnumerable<StoredSecret> secrets) =>
        this with { Secrets = Secrets.SetItems(secrets.Select(static s => KeyValuePair.Create(s.Name, s))) };

    public VaultSnapshot With(SecretName name, IReadOnlyCollection<StoredOldValue> oldValues) => this with
    {
        OldValues = oldValues.Count == 0
            ? OldValues.Remove(name)
            : OldValues.SetItem(name, [.. oldValues.OrderByDescending(static old => old.Version)]),
    };

    public VaultSnapshot With(SecretBinding binding)
    {
        var key = (binding.Host, binding.Port);
        return this with { Bindings = Bindings.SetItem(key, [.. Bindings.GetValueOrDefault(key, []), binding]) };
    }

    public VaultSnapshot Without(SecretName name) =>
        AllBindings.Where(b => b.Secret == name).Aggregate(this, static (view, b) => view.Without(b)) with
        {
            Secrets = Secrets.Remove(name),
            OldValues = OldValues.Remove(name),
        };

    public VaultSnapshot Without(SecretBinding binding)
    {
        var key = (binding.Host, binding.Port);
        var left = Bindings.GetValueOrDefault(key, []).RemoveAll(b => b.Id == binding.Id);
        return this with { Bindings = left.IsEmpty ? Bindings.Remove(key) : Bindings.SetItem(key, left) };
    }
}
