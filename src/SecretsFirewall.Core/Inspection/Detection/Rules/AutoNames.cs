using System.Buffers;
using System.Collections.Frozen;
using System.Security.Cryptography;
using SecretsFirewall.Model;

namespace SecretsFirewall.Inspection.Detection.Rules;

/// <summary>
/// The names of findings that are in no vault: <c>auto.&lt;rule&gt;.&lt;tag&gt;</c>. The same value always gets the same tag, and nobody
/// without the install key can confirm a guess.
/// </summary>
internal sealed class AutoNames(ReadOnlySpan<byte> installKey, IEnumerable<string> rules)
{
    private const int TagBytes = 4;

    private static readonly SearchValues<char> TagCharacters = SearchValues.Create("0123456789abcdef");

    private readonly byte[] _installKey = installKey.ToArray();
    private readonly FrozenSet<string> _rules = rules.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>The longest id of a rule that leaves room for the rest of a name.</summary>
    public static int MaxRuleLength => SecretName.MaxLength - SecretName.AutoPrefix.Length - 1 - (2 * TagBytes);

    public SecretName Of(string rule, ReadOnlySpan<byte> value)
    {
        Span<byte> mac = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(_installKey, value, mac);
        return SecretName.Create($"{SecretName.AutoPrefix}{rule}.{Convert.ToHexStringLower(mac[..TagBytes])}");
    }

    /// <summary>True for the names that <see cref="Of"/> gives.</summary>
    public bool IsOurs(SecretName name)
    {
        var dot = name.Value.LastIndexOf('.');
        return name.IsAuto
            && dot > SecretName.AutoPrefix.Length
            && name.Value.Length - dot - 1 == 2 * TagBytes
            && !name.Value.AsSpan(dot + 1).ContainsAnyExcept(TagCharacters)
            && _rules.Contains(name.Value[SecretName.AutoPrefix.Length..dot]);
    }
}
