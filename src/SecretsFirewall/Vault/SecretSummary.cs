using SecretsFirewall.Model;

namespace SecretsFirewall.Vault;

/// <summary>What may be shown of a secret: everything but its values and their lengths.</summary>
/// <param name="Version">Of the value in use, from 1.</param>
/// <param name="OldValues">Those that are still masked, the newest first.</param>
internal sealed record SecretSummary(
    SecretName Name,
    SecretUse Use,
    long Version,
    bool Weak,
    DateTimeOffset CreatedAt,
    DateTimeOffset ChangedAt,
    IReadOnlyList<OldValueSummary> OldValues,
    IReadOnlyList<SecretBinding> Bindings);

/// <summary>A value that was rotated away, and until when it is still masked.</summary>
internal sealed record OldValueSummary(long Version, DateTimeOffset ActiveSince, DateTimeOffset RetiredAt, DateTimeOffset ExpiresAt);

/// <summary>A value on its way into the vault. The caller clears it.</summary>
/// <param name="Weak">Take it although it can be guessed.</param>
internal readonly record struct NewSecret(SecretName Name, ReadOnlyMemory<byte> Value, bool Weak)
{
    public override string ToString() => Name.Value;
}

/// <summary>Sees one value that has to be found in traffic; the span is cleared afterwards.</summary>
internal delegate void ValueVisitor(SecretName name, SecretUse use, ReadOnlySpan<byte> value);
