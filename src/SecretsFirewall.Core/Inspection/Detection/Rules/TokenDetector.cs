using System.Buffers;
using System.Security.Cryptography;
using SecretsFirewall.Model;

namespace SecretsFirewall.Inspection.Detection.Rules;

/// <summary>
/// Finds tokens by their formats and names them <c>auto.&lt;rule&gt;.&lt;tag&gt;</c>: the same token always gets the same tag,
/// and nobody without the install key can confirm a guess.
/// </summary>
internal sealed class TokenDetector(ReadOnlySpan<byte> installKey)
{
    private const int TagBytes = 4;

    private static readonly SearchValues<char> TagCharacters = SearchValues.Create("0123456789abcdef");

    private readonly byte[] _installKey = installKey.ToArray();

    /// <summary>The longest token: a suffix of a text is open for at most one byte less.</summary>
    public static int LongestToken { get; } = TokenFormats.All.Max(format => format.Length);

    /// <summary>Adds the tokens that start in [<paramref name="from"/>, <paramref name="to"/>).</summary>
    public void Find(ReadOnlySpan<byte> text, int from, int to, List<Detection> into)
    {
        foreach (var format in TokenFormats.All)
        {
            var reach = Math.Min(text.Length, to + format.Prefix.Length - 1);
            for (var at = from; ; at++)
            {
                var next = text[at..reach].IndexOf(format.PrefixBytes);
                if (next < 0)
                {
                    break;
                }

                at += next;
                if (format.IsAtStartOf(text[at..]))
                {
                    into.Add(new(at, format.Length, FindingKind.Rule, format.Id, NameOf(format, text.Slice(at, format.Length)), ValueForm.Plain, 0));
                }
            }
        }
    }

    /// <summary>The smallest position from which <paramref name="text"/> to its end may be a proper prefix of a token; its length if there is none.</summary>
    public static int EarliestOpen(ReadOnlySpan<byte> text)
    {
        var earliest = text.Length;
        foreach (var format in TokenFormats.All)
        {
            for (var at = Math.Max(0, text.Length - format.Length + 1); at < earliest; at++)
            {
                var next = text[at..earliest].IndexOf(format.PrefixBytes[0]);
                if (next < 0)
                {
                    break;
                }

                at += next;
                if (format.IsOpen(text[at..]))
                {
                    earliest = at;
                }
            }
        }

        return earliest;
    }

    /// <summary>True if all of <paramref name="text"/> is a proper prefix of a token.</summary>
    public static bool IsOpen(ReadOnlySpan<byte> text)
    {
        foreach (var format in TokenFormats.All)
        {
            if (format.IsOpen(text))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>True for the names that this detector gives.</summary>
    public static bool IsAutoName(SecretName name)
    {
        if (!name.IsAuto)
        {
            return false;
        }

        var rest = name.Value.AsSpan(SecretName.AutoPrefix.Length);
        foreach (var format in TokenFormats.All)
        {
            if (rest.Length == format.Id.Length + 1 + (2 * TagBytes)
                && rest.StartsWith(format.Id, StringComparison.Ordinal)
                && rest[format.Id.Length] == '.'
                && !rest[(format.Id.Length + 1)..].ContainsAnyExcept(TagCharacters))
            {
                return true;
            }
        }

        return false;
    }

    private SecretName NameOf(TokenFormat format, ReadOnlySpan<byte> token)
    {
        Span<byte> mac = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(_installKey, token, mac);
        return SecretName.Create($"{SecretName.AutoPrefix}{format.Id}.{Convert.ToHexStringLower(mac[..TagBytes])}");
    }
}
