using System.Buffers;
using System.Globalization;
using System.Text;

namespace SecretsFirewall.Audit;

/// <summary>
/// Text that an agent wrote, made safe to show: what could move a cursor, change a colour, end a line, reorder it or hide in it becomes
/// visible as <c>\u{…}</c>. So does the backslash before <c>u{</c>, lest text pretend to have been escaped.
/// </summary>
internal static class TerminalText
{
    private static readonly SearchValues<char> Harmless = SearchValues.Create(
        new string([.. Enumerable.Range(0x20, 0x5f).Select(static c => (char)c).Where(static c => c != '\\')]));

    public static string Escape(string text)
    {
        if (!text.AsSpan().ContainsAnyExcept(Harmless))
        {
            return text;
        }

        var output = new StringBuilder(text.Length + 16);
        var rest = text.AsSpan();
        while (!rest.IsEmpty)
        {
            // Half a surrogate pair decodes to U+FFFD, which is shown as such.
            Rune.DecodeFromUtf16(rest, out var rune, out var consumed);
            if (IsUnsafe(rune) || (rune.Value == '\\' && rest[1..].StartsWith("u{", StringComparison.Ordinal)))
            {
                output.Append(CultureInfo.InvariantCulture, $"\\u{{{rune.Value:x}}}");
            }
            else
            {
                output.Append(rune.ToString());
            }

            rest = rest[consumed..];
        }

        return output.ToString();
    }

    // Control: C0, DEL, C1. Format: bidi embeddings, overrides, isolates and marks, zero-width characters, soft hyphen, tags.
    private static bool IsUnsafe(Rune rune) => Rune.GetUnicodeCategory(rune) is
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned or UnicodeCategory.Surrogate;
}
