using System.Collections.Immutable;

namespace SecretsFirewall.Inspection.Detection.Rules.Matching;

/// <summary>
/// What tells a placeholder or a harmless value from a secret: a word that stands anywhere in it, or with <c>^</c> before or <c>$</c> behind
/// the word at its start or its end. ASCII letters count in either case.
/// </summary>
internal sealed class StopWords
{
    private readonly ImmutableArray<Word> _words;

    public StopWords(IEnumerable<string> words) => _words = [.. words.Select(Parse)];

    public static StopWords None { get; } = new([]);

    public bool AreIn(ReadOnlySpan<byte> value)
    {
        foreach (var word in _words)
        {
            if (IsIn(word, value))
            {
                return true;
            }
        }

        return false;
    }

    private static Word Parse(string word)
    {
        var atStart = word.StartsWith('^');
        var atEnd = word.EndsWith('$');
        return new Word(System.Text.Encoding.ASCII.GetBytes(word[(atStart ? 1 : 0)..(atEnd ? ^1 : ^0)]), atStart, atEnd);
    }

    private static bool IsIn(Word word, ReadOnlySpan<byte> value)
    {
        var last = value.Length - word.Text.Length;
        if (last < 0)
        {
            return false;
        }

        var from = word.AtEnd ? last : 0;
        var to = word.AtStart ? 0 : last;
        for (var at = from; at <= to; at++)
        {
            if (System.Text.Ascii.EqualsIgnoreCase(value.Slice(at, word.Text.Length), word.Text))
            {
                return true;
            }
        }

        return false;
    }

    private readonly record struct Word(byte[] Text, bool AtStart, bool AtEnd);
}
