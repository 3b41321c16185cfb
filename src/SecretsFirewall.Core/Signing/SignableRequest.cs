using System.Security.Cryptography;
using System.Text;

namespace SecretsFirewall.Signing;

/// <summary>
/// What a SigV4 signature covers. Texts are Latin-1 renderings of the bytes on the wire.
/// </summary>
/// <param name="Target">Path and query as sent, without <c>X-Amz-Signature</c>.</param>
/// <param name="Headers">The signed ones, lower case, in the order of the claim.</param>
/// <param name="Timestamp"><c>yyyyMMddTHHmmssZ</c>, as the request says it.</param>
public sealed record SignableRequest(string Method, string Target, IReadOnlyList<KeyValuePair<string, string>> Headers, string Timestamp)
{
    public const string UnsignedPayload = "UNSIGNED-PAYLOAD";

    private const string Unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

    public static string HashOf(ReadOnlySpan<byte> payload) => Convert.ToHexStringLower(SHA256.HashData(payload));

    /// <summary><c>yyyyMMddTHHmmssZ</c> on the day of the scope.</summary>
    public static bool IsTimestamp(string text, SigV4Scope scope) =>
        text is { Length: 16 } && text[8] == 'T' && text[15] == 'Z'
        && text.AsSpan(0, 8).SequenceEqual(scope.Date) && !text.AsSpan(9, 6).ContainsAnyExceptInRange('0', '9');

    /// <summary>The canonical request (Signature Version 4, "Create a canonical request").</summary>
    public string Canonical(CanonicalForm form, string payloadHash)
    {
        var question = Target.IndexOf('?');
        var path = question < 0 ? Target : Target[..question];
        var query = question < 0 ? "" : Target[(question + 1)..];
        var text = new StringBuilder(512);
        text.Append(Method).Append('\n').Append(CanonicalPath(path, form.Path)).Append('\n').Append(CanonicalQuery(query, form.Query)).Append('\n');
        foreach (var (name, value) in Headers)
        {
            text.Append(name).Append(':').Append(Trimmed(value)).Append('\n');
        }

        return text.Append('\n').AppendJoin(';', Headers.Select(static header => header.Key)).Append('\n').Append(payloadHash).ToString();
    }

    /// <summary>The signature, 64 hex digits.</summary>
    /// <param name="key">From <see cref="SigningKey"/>.</param>
    public string Sign(ReadOnlySpan<byte> key, SigV4Scope scope, CanonicalForm form, string payloadHash)
    {
        var hash = HashOf(Encoding.Latin1.GetBytes(Canonical(form, payloadHash)));
        var text = $"{SigV4Claim.Algorithm}\n{Timestamp}\n{scope}\n{hash}";
        return Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.Latin1.GetBytes(text)));
    }

    private static string CanonicalPath(string path, PathForm form) => form switch
    {
        PathForm.Encoded => Encode(path, keepSlash: true),
        PathForm.Strict => Reencode(path, keepSlash: true),
        PathForm.StrictEncoded => Encode(Reencode(path, keepSlash: true), keepSlash: true),
        PathForm.CollapsedEncoded => Encode(Collapse(path), keepSlash: true),
        _ => path,
    };

    private static string CanonicalQuery(string query, QueryForm form)
    {
        var pairs = new List<(string Name, string Value)>();
        foreach (var pair in query.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = pair.IndexOf('=');
            var (name, value) = equals < 0 ? (pair, "") : (pair[..equals], pair[(equals + 1)..]);
            pairs.Add(form is QueryForm.Strict ? (Reencode(name, keepSlash: false), Reencode(value, keepSlash: false)) : (name, value));
        }

        pairs.Sort(static (one, other) => string.CompareOrdinal(one.Name, other.Name) is var order and not 0 ? order : string.CompareOrdinal(one.Value, other.Value));
        return string.Join('&', pairs.Select(static pair => $"{pair.Name}={pair.Value}"));
    }

    /// <summary>Blanks at both ends go, runs of blanks become one.</summary>
    private static string Trimmed(string value) => string.Join(' ', value.Trim().Split(' ', StringSplitOptions.RemoveEmptyEntries));

    private static string Collapse(string path)
    {
        while (path.Contains("//", StringComparison.Ordinal))
        {
            path = path.Replace("//", "/", StringComparison.Ordinal);
        }

        return path;
    }

    private static string Encode(string text, bool keepSlash)
    {
        var encoded = new StringBuilder(text.Length + 16);
        foreach (var c in text)
        {
            Append(encoded, c, keepSlash);
        }

        return encoded.ToString();
    }

    /// <summary>Every byte in the one spelling of the specification: unreserved as it is, others as upper-case escapes.</summary>
    private static string Reencode(string text, bool keepSlash)
    {
        var encoded = new StringBuilder(text.Length + 16);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '%' && i + 2 < text.Length && char.IsAsciiHexDigit(text[i + 1]) && char.IsAsciiHexDigit(text[i + 2]))
            {
                Append(encoded, (char)Convert.FromHexString(text.AsSpan(i + 1, 2))[0], keepSlash: false);
                i += 2;
            }
            else
            {
                Append(encoded, text[i], keepSlash);
            }
        }

        return encoded.ToString();
    }

    private static void Append(StringBuilder encoded, char c, bool keepSlash)
    {
        if (Unreserved.Contains(c) || (c == '/' && keepSlash))
        {
            encoded.Append(c);
        }
        else
        {
            encoded.Append('%').Append(Convert.ToHexString([(byte)c]));
        }
    }
}
