using System.Text;
using SecretsFirewall.Inspection.Codecs;
using SecretsFirewall.Model;

namespace SecretsFirewall.Enforcement;

/// <summary>
/// A place that a binding can name, as it stands in one request: a header's value, a query or form field, a JSON string.
/// </summary>
/// <param name="Key">Header name, decoded key, or JSON pointer.</param>
/// <param name="Start">Where its coded value begins in the carrier.</param>
/// <param name="Length">Coded length.</param>
/// <param name="Text">The decoded value.</param>
internal readonly record struct Place(BindingPlace Kind, string Key, int Start, int Length, byte[] Text)
{
    /// <summary>
    /// Writes a decoded value in the place's own coding; null where it cannot be represented there (a line break in a header).
    /// </summary>
    public byte[]? Encode(ReadOnlySpan<byte> value) => Kind switch
    {
        BindingPlace.Query => PercentCodec.Encode(value),
        BindingPlace.Form => FormCodec.Encode(value),
        BindingPlace.Json => System.Text.Unicode.Utf8.IsValid(value) ? JsonStringCodec.Encode(value) : null,
        _ => IsFieldContent(value) ? value.ToArray() : null,
    };

    /// <summary>The field of <c>key=value&amp;…</c> that <paramref name="offset"/> lies in, if it lies in a value.</summary>
    public static Place? InPairs(BindingPlace kind, ReadOnlySpan<byte> text, int pairsStart, int offset)
    {
        var before = text[pairsStart..offset].LastIndexOf((byte)'&');
        var start = before < 0 ? pairsStart : pairsStart + before + 1;
        var after = text[offset..].IndexOfAny("&#"u8);
        var end = after < 0 ? text.Length : offset + after;
        var equals = text[start..end].IndexOf((byte)'=');
        if (equals < 0 || start + equals >= offset)
        {
            return null;
        }

        var valueStart = start + equals + 1;
        return new Place(
            kind,
            Encoding.UTF8.GetString(Decode(kind, text.Slice(start, equals))),
            valueStart,
            end - valueStart,
            Decode(kind, text[valueStart..end]));
    }

    private static byte[] Decode(BindingPlace kind, ReadOnlySpan<byte> coded) =>
        kind is BindingPlace.Form ? FormCodec.Decode(coded) : PercentCodec.Decode(coded);

    /// <summary>RFC 9110 section 5.5: visible characters, spaces and tabs, and no space at either end.</summary>
    private static bool IsFieldContent(ReadOnlySpan<byte> value)
    {
        foreach (var b in value)
        {
            if (b is < 0x20 and not (byte)'\t' or 0x7f)
            {
                return false;
            }
        }

        return value.IsEmpty || (value[0] is not ((byte)' ' or (byte)'\t') && value[^1] is not ((byte)' ' or (byte)'\t'));
    }
}
