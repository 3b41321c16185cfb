using System.Globalization;
using System.Text;

namespace SecretsFirewall.Tests.Inspection.Encodings;

/// <summary>One way of encoding a text, as some writer or some evader does it. Texts are Latin-1: one character is one byte.</summary>
/// <param name="IsWhole">It encodes all of a text or nothing, so that what stands around a secret is encoded with it.</param>
internal sealed record Spelling(string Name, Func<string, Random, string> Write, bool IsWhole = false)
{
    public static IReadOnlyList<Spelling> Escapes { get; } =
    [
        new("JSON escapes of every character", (text, random) => Each(text, c => JsonUnicode(c, random))),
        new("JSON escapes of some characters", (text, random) => Some(text, random, c => JsonUnicode(c, random))),
        new("JSON escape of the first character", (text, random) => JsonUnicode(text[0], random) + text[1..]),
        new("JSON escape of the last character", (text, random) => text[..^1] + JsonUnicode(text[^1], random)),
        new("percent of every character", (text, random) => Each(text, c => Percent(c, random))),
        new("percent of some characters", (text, random) => Some(text, random, c => Percent(c, random))),
        new("percent twice", (text, random) => Some(text, random, c => Percent(c, random)).Replace("%", "%25")),
        new("percent three times", (text, random) => Each(text, c => Percent(c, random)).Replace("%", "%2525")),
        new("decimal entities", (text, random) => Some(text, random, c => $"&#{(int)c};")),
        new("hex entities", (text, random) => Each(text, c => random.Next(2) == 0 ? $"&#x{(int)c:x};" : $"&#X{(int)c:X4};")),
        new("entities twice", (text, random) => Some(text, random, c => $"&amp;#{(int)c};")),
        new("hex escapes", (text, random) => Some(text, random, c => $"\\x{(int)c:x2}")),
        new("quoted-printable bytes", (text, random) => Some(text, random, c => $"={(int)c:X2}")),
        new("soft line breaks", (text, random) => $"{text[..3]}=\r\n{text[3..9]}=\n{text[9..]}"),
        new("soft line breaks in a string", (text, random) => $"{text[..3]}=\\r\\n{text[3..9]}=\\n{text[9..]}"),
        new("zero-width characters", (text, random) => Between(text, random, "\u200b", "\u200d", "\u2060", "\ufeff")),
        new("soft hyphens", (text, random) => Between(text, random, "\u00ad")),
        new("zero-width characters in escapes", (text, random) => Between(text, random, "\\u200b", "\\u200D", "\\ufeff", "\\u00ad", "&#8203;", "&shy;", "%E2%80%8B")),
        new("full-width letters", (text, random) => Some(text, random, c => Utf8(((char)(c - '!' + 0xFF01)).ToString()))),
        new("full-width letters in escapes", (text, random) => Some(text, random, c => $"\\u{c - '!' + 0xFF01:x4}")),
        new("JSON in JSON in JSON in JSON", (text, random) => Nested(Each(text, c => JsonUnicode(c, random)), 3)),
        new("escapes of all kinds", (text, random) => Each(text, c => random.Next(6) switch
        {
            0 => JsonUnicode(c, random),
            1 => Percent(c, random),
            2 => $"&#{(int)c};",
            3 => $"\\x{(int)c:X2}",
            4 => Utf8(((char)(c - '!' + 0xFF01)).ToString()),
            _ => c.ToString(),
        })),
        new("percent of JSON escapes", (text, random) => Each(Some(text, random, c => JsonUnicode(c, random)), c => Percent(c, random))),
        new("JSON escapes of percent", (text, random) => Some(Each(text, c => Percent(c, random)), random, c => JsonUnicode(c, random))),
        new("quoted-printable of percent", (text, random) => Some(Each(text, c => Percent(c, random)), random, c => $"={(int)c:X2}")),
    ];

    public static IReadOnlyList<Spelling> Runs { get; } =
    [
        new("base64", (text, _) => Base64(text), true),
        new("base64 without padding", (text, _) => Base64(text).TrimEnd('='), true),
        new("base64url", (text, _) => Base64(text).Replace('+', '-').Replace('/', '_').TrimEnd('='), true),
        new("base64 in lines", (text, _) => Lines(Base64(text), 32, "\n"), true),
        new("base64 in MIME lines", (text, _) => Lines(Base64(text), 76, "\r\n"), true),
        new("base64 in lines of a string", (text, _) => Lines(Base64(text), 32, "\\n"), true),
        new("base64 in lines of a string of a string", (text, _) => Lines(Base64(text), 40, "\\\\r\\\\n"), true),
        new("base64 in indented lines", (text, _) => Lines(Base64(text), 40, "\n    "), true),
        new("hex", (text, _) => Convert.ToHexString(Latin1(text)), true),
        new("hex in mixed case", (text, random) => Each(Convert.ToHexString(Latin1(text)), c => random.Next(2) == 0 ? char.ToLowerInvariant(c).ToString() : c.ToString()), true),
        new("hex in lines", (text, _) => Lines(Convert.ToHexStringLower(Latin1(text)), 32, "\n"), true),
        new("hex with colons", (text, _) => Words(text, ":", "x2"), true),
        new("hex with hyphens", (text, _) => Words(text, "-", "X2"), true),
        new("hex with blanks", (text, _) => Words(text, " ", "x2"), true),
        new("hex as numbers", (text, _) => "0x" + Words(text, ", 0x", "x2"), true),
        new("hex as numbers in lines", (text, _) => "0x" + Words(text, ",\n    0x", "x2"), true),
        new("base32", (text, _) => Base32(text, '='), true),
        new("base32 without padding, lower case", (text, _) => Base32(text, null).ToLowerInvariant(), true),
        new("UTF-16, low byte first", (text, _) => Encoding.Latin1.GetString(Encoding.Unicode.GetBytes(text)), true),
        new("UTF-16, high byte first", (text, _) => Encoding.Latin1.GetString(Encoding.BigEndianUnicode.GetBytes(text)), true),
    ];

    public static IReadOnlyList<Spelling> Compositions { get; } =
    [
        new("base64 of base64", (text, _) => Base64(Base64(text)), true),
        new("base64 four times", (text, _) => Base64(Base64(Base64(Base64(text)))), true),
        new("base64 in percent", (text, random) => Some(Base64(text), random, c => Percent(c, random)), true),
        new("base64 with its marks in percent", (text, _) => Base64(text).Replace("+", "%2B").Replace("/", "%2f").Replace("=", "%3D"), true),
        new("base64 in JSON escapes", (text, random) => Some(Base64(text), random, c => JsonUnicode(c, random)), true),
        new("base64 with escaped slashes", (text, _) => Base64(text).Replace("/", "\\/").Replace("+", "\\u002b"), true),
        new("base64 of JSON escapes", (text, random) => Base64(Some(text, random, c => JsonUnicode(c, random))), true),
        new("base64 of percent in lines", (text, random) => Lines(Base64(Each(text, c => Percent(c, random))), 64, "\n"), true),
        new("base64 of UTF-16", (text, _) => Base64(Encoding.Latin1.GetString(Encoding.Unicode.GetBytes(text))), true),
        new("base64 of hex", (text, _) => Base64(Convert.ToHexStringLower(Latin1(text))), true),
        new("hex of base64", (text, _) => Convert.ToHexStringLower(Latin1(Base64(text))), true),
        new("base32 of base64", (text, _) => Base32(Base64(text), '='), true),
        new("UTF-16 in JSON escapes", (text, _) => Each(text, c => c + "\\u0000"), true),
        new("percent of base64 of percent of base64", (text, random) => Some(Base64(Each(Base64(text), c => Percent(c, random))), random, c => Percent(c, random)), true),
    ];

    public static IReadOnlyList<Spelling> All { get; } = [.. Escapes, .. Runs, .. Compositions];

    public bool IsQuoted => Name.Contains("quoted") || Name.Contains("soft line");

    public override string ToString() => Name;

    public static byte[] Latin1(string text) => Encoding.Latin1.GetBytes(text);

    public static string Base64(string text) => Convert.ToBase64String(Latin1(text));

    public static string Nested(string text, int levels)
    {
        for (; levels > 0; levels--)
        {
            text = text.Replace("\\", "\\\\").Replace("\"", "\\\"");
        }

        return text;
    }

    private static string Utf8(string text) => Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(text));

    private static string Each(string text, Func<char, string> write) => string.Concat(text.Select(write));

    /// <summary>Every third or so, and at least one.</summary>
    private static string Some(string text, Random random, Func<char, string> write)
    {
        var always = random.Next(text.Length);
        return string.Concat(text.Select((c, i) => i == always || random.Next(3) == 0 ? write(c) : c.ToString()));
    }

    private static string Between(string text, Random random, params string[] separators)
    {
        var always = random.Next(1, text.Length);
        return string.Concat(text.Select((c, i) => (i == always || (i > 0 && random.Next(4) == 0) ? Utf8(separators[random.Next(separators.Length)]) : "") + c));
    }

    private static string JsonUnicode(char c, Random random) =>
        "\\u" + (random.Next(2) == 0 ? ((int)c).ToString("x4", CultureInfo.InvariantCulture) : ((int)c).ToString("X4", CultureInfo.InvariantCulture));

    private static string Percent(char c, Random random) =>
        "%" + (random.Next(2) == 0 ? ((int)c).ToString("x2", CultureInfo.InvariantCulture) : ((int)c).ToString("X2", CultureInfo.InvariantCulture));

    private static string Lines(string text, int length, string lineEnd) => string.Join(lineEnd, text.Chunk(length).Select(line => new string(line)));

    private static string Words(string text, string separator, string format) =>
        string.Join(separator, text.Select(c => ((int)c).ToString(format, CultureInfo.InvariantCulture)));

    private static string Base32(string text, char? padding)
    {
        var output = new StringBuilder();
        foreach (var group in Latin1(text).Chunk(5))
        {
            var bits = group.Concat(new byte[5]).Take(5).Aggregate(0UL, (all, b) => (all << 8) | b);
            var length = ((group.Length * 8) + 4) / 5;
            for (var i = 0; i < 8; i++)
            {
                output.Append(i < length ? "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[(int)(bits >> (35 - (5 * i))) & 31].ToString() : padding?.ToString());
            }
        }

        return output.ToString();
    }
}
