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
    public byte[]? Encode(ReadOnlySpan<byte> value)
    {
        using var output = new PooledOutput();
        switch (Kind)
        {
            case BindingPlace.Query:
                PercentCodec.Encode(value, output);
                break;
            case BindingPlace.Form:
                FormCodec.Encode(value, output);
                break;
            case BindingPlace.Json:
                if (!JsonStringCodec.TryEncode(value, output))
                {
                    return null;
                }

                break;
            default:
                return IsFieldContent(value) ? value.ToArray() : null;
        }

        return output.Written.ToArray();
    }

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
        return Decode(kind, text.Slice(start, equals)) is { } key && Decode(kind, text[valueStart..end]) is { } value
            ? new Place(kind, Encoding.UTF8.GetString(key), valueStart, end - valueStart, value)
            : null;
    }

    /// <summary>The whole content of a JSON string.</summary>
    public static Place? OfJsonString(string pointer, ReadOnlySpan<byte> text, int start, int length)
    {
        using var decoded = new PooledOutput();
        return JsonStringCodec.TryDecode(text.Slice(start, length), decoded)
            ? new Place(BindingPlace.Json, pointer, start, length, decoded.Written.ToArray())
            : null;
    }

    private static byte[]? Decode(BindingPlace kind, ReadOnlySpan<byte> coded)
    {
        using var decoded = new PooledOutput();
        var read = kind is BindingPlace.Form ? FormCodec.TryDecode(coded, decoded) : PercentCodec.TryDecode(coded, decoded);
        return read ? decoded.Written.ToArray() : null;
    }

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
