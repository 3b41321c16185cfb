using SecretsFirewall.Model;

namespace SecretsFirewall.Vault;

/// <summary>What may be shown of a secret: everything but its value and its length.</summary>
internal sealed record SecretSummary(
    SecretName Name,
    long Version,
    bool Weak,
    DateTimeOffset CreatedAt,
    DateTimeOffset ChangedAt,
    IReadOnlyList<SecretBinding> Bindings);

/// <summary>A value on its way into the vault. The caller clears it.</summary>
/// <param name="Weak">Take it although it can be guessed.</param>
internal readonly record struct NewSecret(SecretName Name, ReadOnlyMemory<byte> Value, bool Weak)
{
    public override string ToString() => Name.Value;
}
