using System.Security.Cryptography;

namespace SecretsFirewall.Model;

/// <summary>
/// The <c>Via</c> field (RFC 9110 section 7.6.3): <c>[protocol/]version received-by [(comment)]</c>, by commas. A request that has been here before
/// carries our own name in it.
/// </summary>
public static class ViaField
{
    /// <summary>One name for each installation, so that two of them may stand in a row; it tells nobody which.</summary>
    public static string PseudonymOf(ReadOnlySpan<byte> installKey) => "sfw-" + Convert.ToHexStringLower(HMACSHA256.HashData(installKey, "via"u8)[..4]);

    /// <summary>True if one of the field's elements was received by <paramref name="pseudonym"/>. What stands in a comment is nobody's name.</summary>
    public static bool Names(IEnumerable<string?> values, string pseudonym)
    {
        foreach (var value in values)
        {
            var rest = value.AsSpan();
            foreach (var element in rest.Split(','))
            {
                if (ReceivedBy(rest[element]).Equals(pseudonym, StringComparison.OrdinalIgnoreCase))
                {
                    return true;
                }
            }
        }

        return false;
    }

    private static ReadOnlySpan<char> ReceivedBy(ReadOnlySpan<char> element)
    {
        element = element.Trim(" \t");
        var end = element.IndexOfAny(' ', '\t');
        if (end < 0)
        {
            return [];
        }

        var name = element[end..].TrimStart(" \t");
        end = name.IndexOfAny(' ', '\t', '(');
        return end < 0 ? name : name[..end];
    }
}
