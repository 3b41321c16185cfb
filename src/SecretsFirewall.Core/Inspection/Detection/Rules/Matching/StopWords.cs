using System.Collections.Immutable;
using System.Text;

namespace SecretsFirewall.Inspection.Detection.Rules.Matching;

/// <summary>
/// What tells a placeholder or a harmless value from a secret: a word that stands anywhere in it, or with <c>^</c> before or <c>$</c> behind
/// the word at its start or its end. ASCII letters count in either case. Lists are long and values are many, so that a place of the value is
/// compared with the words alone that begin as it does.
/// </summary>
internal sealed class StopWords
{
    private const byte Fold = 0x20;

    private readonly ImmutableArray<Word> _atEdge;

    // By their first byte, folded; and for each, one bit for every second byte that there is.
    private readonly byte[][][] _anywhere;
    private readonly ulong[] _seconds = new ulong[256];

    public StopWords(IEnumerable<string> words)
    {
        var parsed = words.Select(Parse).ToList();
        _atEdge = [.. parsed.Where(word => word.AtStart || word.AtEnd || word.Text.Length == 0)];
        var anywhere = parsed.Except(_atEdge).ToLookup(word => word.Text[0] | Fold, word => word.Text);
        _anywhere = [.. Enumerable.Range(0, 256).Select(first => anywhere[first].ToArray())];
        foreach (var word in parsed.Except(_atEdge))
        {
            _seconds[word.Text[0] | Fold] |= word.Text.Length == 1 ? ulong.MaxValue : BitOf(word.Text[1]);
        }
    }

    public static StopWords None { get; } = new([]);

    public bool AreIn(ReadOnlySpan<byte> value)
    {
        foreach (var word in _atEdge)
        {
            if (IsAtEdge(word, value))
            {
                return true;
            }
        }

        for (var at = 0; at < value.Length; at++)
        {
            var first = value[at] | Fold;
            if ((_seconds[first] & (at + 1 < value.Length ? BitOf(value[at + 1]) : ulong.MaxValue)) != 0 && IsAnyAt(_anywhere[first], value[at..]))
            {
                return true;
            }
        }

        return false;
    }

    private static ulong BitOf(byte second) => 1UL << ((second | Fold) & 63);

    private static bool IsAnyAt(byte[][] words, ReadOnlySpan<byte> rest)
    {
        foreach (var word in words)
        {
            if (rest.Length >= word.Length && Ascii.EqualsIgnoreCase(rest[..word.Length], word))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsAtEdge(Word word, ReadOnlySpan<byte> value) =>
        value.Length >= word.Text.Length
        && (!word.AtStart || !word.AtEnd || value.Length == word.Text.Length)
        && Ascii.EqualsIgnoreCase(word.AtEnd ? value[^word.Text.Length..] : value[..word.Text.Length], word.Text);

    private static Word Parse(string word)
    {
        var atStart = word.StartsWith('^');
        var atEnd = word.EndsWith('$');
        return new Word(Encoding.ASCII.GetBytes(word[(atStart ? 1 : 0)..(atEnd ? ^1 : ^0)]), atStart, atEnd);
    }

    private readonly record struct Word(byte[] Text, bool AtStart, bool AtEnd);
}
