using System.Collections.Frozen;
using System.Text;

namespace SecretsFirewall.Inspection.Detection.Encodings;

/// <summary>The named character references of ASCII, and of what nobody sees (HTML Living Standard section 13.5).</summary>
internal static class HtmlEntities
{
    private static readonly FrozenDictionary<string, int> Characters = new Dictionary<string, int>
    {
        ["quot"] = '"',
        ["QUOT"] = '"',
        ["amp"] = '&',
        ["AMP"] = '&',
        ["apos"] = '\'',
        ["lt"] = '<',
        ["LT"] = '<',
        ["gt"] = '>',
        ["GT"] = '>',
        ["nbsp"] = ' ',
        ["shy"] = 0xAD,
        ["zwj"] = 0x200D,
        ["zwnj"] = 0x200C,
        ["lrm"] = 0x200E,
        ["rlm"] = 0x200F,
        ["Tab"] = '\t',
        ["NewLine"] = '\n',
        ["excl"] = '!',
        ["num"] = '#',
        ["dollar"] = '$',
        ["percnt"] = '%',
        ["lpar"] = '(',
        ["rpar"] = ')',
        ["ast"] = '*',
        ["midast"] = '*',
        ["plus"] = '+',
        ["comma"] = ',',
        ["period"] = '.',
        ["sol"] = '/',
        ["colon"] = ':',
        ["semi"] = ';',
        ["equals"] = '=',
        ["quest"] = '?',
        ["commat"] = '@',
        ["lsqb"] = '[',
        ["lbrack"] = '[',
        ["bsol"] = '\\',
        ["rsqb"] = ']',
        ["rbrack"] = ']',
        ["Hat"] = '^',
        ["lowbar"] = '_',
        ["UnderBar"] = '_',
        ["grave"] = '`',
        ["lcub"] = '{',
        ["lbrace"] = '{',
        ["verbar"] = '|',
        ["vert"] = '|',
        ["rcub"] = '}',
        ["rbrace"] = '}',
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> Lookup =
        Characters.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>Of the names.</summary>
    public static int MaxLength { get; } = Characters.Keys.Max(name => name.Length);

    /// <param name="name">Without ampersand and semicolon.</param>
    public static bool TryFind(ReadOnlySpan<byte> name, out int codePoint)
    {
        codePoint = 0;
        Span<char> chars = stackalloc char[EscapeReader.MaxSpelling];
        return name.Length <= MaxLength && Lookup.TryGetValue(chars[..Encoding.Latin1.GetChars(name, chars)], out codePoint);
    }
}
