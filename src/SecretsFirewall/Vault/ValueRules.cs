using SecretsFirewall.Model;

namespace SecretsFirewall.Vault;

/// <summary>Which values can be registered. Pure.</summary>
internal static class ValueRules
{
    public static VaultError Check(SecretName name, ReadOnlySpan<byte> value, bool weak)
    {
        if (value.Length < SecretVault.MinValueBytes)
        {
            return VaultError.TooShort;
        }

        if (value.Length > SecretVault.MaxValueBytes)
        {
            return VaultError.TooLong;
        }

        // Masking would then find its own references, or a reference would name a value that is one.
        if (value.IndexOf(SecretReference.Prefix) >= 0 || SecretReference.FormatUtf8(name).AsSpan().IndexOf(value) >= 0)
        {
            return VaultError.IsReference;
        }

        return !weak && ValueStrength.Bits(value) < ValueStrength.RequiredBits ? VaultError.TooWeak : VaultError.None;
    }
}
