using System.Text;

namespace SecretsFirewall.Policy.Conditions;

/// <summary>The parameters of a query, decoded as forms are (<c>+</c> is a blank).</summary>
internal sealed class QueryParameters
{
    private readonly Dictionary<string, string?> _values = new(StringComparer.Ordinal);

    /// <returns>Null for broken escapes, and for what is no UTF-8.</returns>
    public static QueryParameters? Read(string query)
    {
        var read = new QueryParameters();
        foreach (var part in query.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var at = part.IndexOf('=', StringComparison.Ordinal);
            if (Decode(at < 0 ? part : part[..at]) is not { } name || Decode(at < 0 ? "" : part[(at + 1)..]) is not { } value)
            {
                return null;
            }

            read._values[name] = read._values.ContainsKey(name) ? null : value;
        }

        return read;
    }

    /// <param name="value">Null where the parameter stands there more than once: who reads it takes the one or the other.</param>
    public bool TryGet(string name, out string? value) => _values.TryGetValue(name, out value);

    private static string? Decode(string text)
    {
        if (!text.AsSpan().ContainsAny('%', '+'))
        {
            return text;
        }

        var bytes = new byte[Encoding.UTF8.GetMaxByteCount(text.Length)];
        var length = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '%')
            {
                if (i + 2 >= text.Length || !char.IsAsciiHexDigit(text[i + 1]) || !char.IsAsciiHexDigit(text[i + 2]))
                {
                    return null;
                }

                bytes[length++] = Convert.FromHexString(text.AsSpan(i + 1, 2))[0];
                i += 2;
            }
            else if (text[i] == '+')
            {
                bytes[length++] = (byte)' ';
            }
            else if (Rune.TryGetRuneAt(text, i, out var rune))
            {
                length += rune.EncodeToUtf8(bytes.AsSpan(length));
                i += rune.Utf16SequenceLength - 1;
            }
            else
            {
                return null;
            }
        }

        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes, 0, length);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }
}
