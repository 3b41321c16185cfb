using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace SecretsFirewall.EndToEnd.Tests.Harness;

/// <summary>The forms in which a value could still be read by whoever finds them. Written apart from the product's own, so that both cannot share a mistake.</summary>
internal static class Encodings
{
    /// <summary>Shorter forms would be found by chance.</summary>
    private const int ShortestForm = 8;

    public static IReadOnlyList<KeyValuePair<string, byte[]>> AllOf(string value)
    {
        var utf8 = Encoding.UTF8.GetBytes(value);
        var forms = new List<(string Name, string Text)>
        {
            ("plain", value),
            ("JSON", JsonEncodedText.Encode(value).ToString()),
            ("JSON, relaxed", JsonEncodedText.Encode(value, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).ToString()),
            ("JSON, solidus escaped", JsonEncodedText.Encode(value, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).ToString().Replace("/", "\\/", StringComparison.Ordinal)),
            ("JSON, all escaped", string.Concat(value.Select(c => $"\\u{(int)c:x4}"))),
            ("percent", Uri.EscapeDataString(value)),
            ("percent, lower case", LowerCaseEscapes(Uri.EscapeDataString(value))),
            ("percent, all", string.Concat(utf8.Select(b => $"%{b:X2}"))),
            ("form", Uri.EscapeDataString(value).Replace("%20", "+", StringComparison.Ordinal)),
            ("HTML", HtmlEncoder.Default.Encode(value)),
            ("hex", Convert.ToHexStringLower(utf8)),
            ("HEX", Convert.ToHexString(utf8)),
        };
        for (var alignment = 0; alignment < 3; alignment++)
        {
            var core = Base64Core(utf8, alignment);
            forms.Add(($"base64 at {alignment}", core));
            forms.Add(($"base64url at {alignment}", core.Replace('+', '-').Replace('/', '_')));
        }

        var all = forms.Select(form => KeyValuePair.Create(form.Name, Encoding.UTF8.GetBytes(form.Text))).ToList();
        all.Add(KeyValuePair.Create("UTF-16", Encoding.Unicode.GetBytes(value)));
        all.Add(KeyValuePair.Create("UTF-16, big endian", Encoding.BigEndianUnicode.GetBytes(value)));
        return [.. all.Where(form => form.Value.Length >= ShortestForm)
            .DistinctBy(form => Convert.ToHexString(form.Value))];
    }

    /// <summary>The digits that stay the same whatever stands before and after the value, where it begins at a byte of this place in its group of three.</summary>
    public static string Base64Core(byte[] value, int alignment)
    {
        var padded = new byte[alignment + value.Length];
        value.CopyTo(padded, alignment);
        var digits = Convert.ToBase64String(padded);
        var first = alignment == 0 ? 0 : alignment + 1;
        return digits[first..(padded.Length * 8 / 6)];
    }

    private static string LowerCaseEscapes(string percentEncoded)
    {
        var text = percentEncoded.ToCharArray();
        for (var i = 0; i + 2 < text.Length; i++)
        {
            if (text[i] == '%')
            {
                text[i + 1] = char.ToLowerInvariant(text[i + 1]);
                text[i + 2] = char.ToLowerInvariant(text[i + 2]);
            }
        }

        return new string(text);
    }
}
