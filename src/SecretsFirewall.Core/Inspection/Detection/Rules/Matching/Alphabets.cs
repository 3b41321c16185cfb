using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;

namespace SecretsFirewall.Inspection.Detection.Rules.Matching;

/// <summary>
/// Sets of characters as rules write them: names and bracketed sets with blanks between them, such as <c>base62 [_-]</c>. In brackets
/// <c>a-z</c> is a range, and a hyphen at the end is itself.
/// </summary>
internal static class Alphabets
{
    private const string Lower = "abcdefghijklmnopqrstuvwxyz";
    private const string Upper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    private const string Digits = "0123456789";

    private static readonly FrozenDictionary<string, string> Named = new Dictionary<string, string>
    {
        ["none"] = "",
        ["digit"] = Digits,
        ["lower"] = Lower,
        ["upper"] = Upper,
        ["letter"] = Lower + Upper,
        ["hex"] = Digits + "abcdef",
        ["hex_upper"] = Digits + "ABCDEF",
        ["hex_any"] = Digits + "abcdefABCDEF",
        ["base32"] = Upper + "234567",
        ["base32_lower"] = Lower + "234567",
        ["base36"] = Digits + Lower,
        ["base36_upper"] = Digits + Upper,
        ["base58"] = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz",
        ["base62"] = Digits + Lower + Upper,
        ["base64"] = Digits + Lower + Upper + "+/",
        ["base64url"] = Digits + Lower + Upper + "_-",
        ["bech32"] = "qpzry9x8gf2tvdw0s3jn54khce6mua7l",
        ["bech32_upper"] = "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L",
        ["word"] = Digits + Lower + Upper + "_",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    public static IEnumerable<string> Names => Named.Keys.Order(StringComparer.Ordinal);

    /// <summary>For expressions that are part of the program.</summary>
    public static ByteSet Parse(string expression) =>
        TryParse(expression, out var set) ? set : throw new ArgumentException("Not an alphabet.", nameof(expression));

    public static bool TryParse(string expression, [NotNullWhen(true)] out ByteSet? set)
    {
        set = null;
        var members = new List<byte>();
        var rest = expression.AsSpan();
        while (!(rest = rest.TrimStart(' ')).IsEmpty)
        {
            if (!TryTake(ref rest, members))
            {
                return false;
            }
        }

        set = new ByteSet(members);
        return expression.Length > 0;
    }

    private static bool TryTake(ref ReadOnlySpan<char> rest, List<byte> members)
    {
        if (rest[0] == '[')
        {
            // The bracket that ends the set is the last one before a blank or the end: a set may hold brackets.
            var end = EndOfBrackets(rest);
            var isSet = end > 1 && TryAddRanges(rest[1..end], members);
            rest = isSet ? rest[(end + 1)..] : rest;
            return isSet;
        }

        var blank = rest.IndexOf(' ');
        var name = blank < 0 ? rest : rest[..blank];
        var isNamed = Named.TryGetValue(name.ToString(), out var characters);
        members.AddRange((characters ?? "").Select(character => (byte)character));
        rest = rest[name.Length..];
        return isNamed;
    }

    private static int EndOfBrackets(ReadOnlySpan<char> rest)
    {
        for (var i = rest.Length - 1; i > 0; i--)
        {
            if (rest[i] == ']' && rest[1..i].IndexOf(" [") < 0)
            {
                return i;
            }
        }

        return -1;
    }

    private static bool TryAddRanges(ReadOnlySpan<char> ranges, List<byte> members)
    {
        for (var i = 0; i < ranges.Length; i++)
        {
            var first = ranges[i];
            var last = first;
            if (i + 2 < ranges.Length && ranges[i + 1] == '-')
            {
                last = ranges[i + 2];
                i += 2;
            }

            if (last < first || last > 0x7E)
            {
                return false;
            }

            for (var character = first; character <= last; character++)
            {
                members.Add((byte)character);
            }
        }

        return true;
    }
}
