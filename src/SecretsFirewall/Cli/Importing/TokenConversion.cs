using System.Text;
using SecretsFirewall.Inspection.Detection.Rules.Documents;
using SecretsFirewall.Inspection.Detection.Rules.Matching;

namespace SecretsFirewall.Cli.Importing;

/// <summary>
/// Turns a pattern into a rule of kind token where it is one: fixed text, then characters of alphabets with bounds, all of it the secret. Such
/// a rule is faster, and it knows where a token begins behind the escapes of JSON, which a word boundary does not.
/// </summary>
internal static class TokenConversion
{
    private const string Word = "word";

    /// <returns>Null if the pattern says more than a token can.</returns>
    public static RuleDocument? TryConvert(PatternNode pattern, RuleDocument head)
    {
        var items = Flatten(pattern);
        var isBoundBefore = items is [AnchorNode { Text: AnchorNode.Word }, ..];
        items = isBoundBefore ? items[1..] : items;
        var isBoundBehind = items is [.., AnchorNode { Text: AnchorNode.Word }] || (items is [.., ChoiceNode behind] && IsEnd(behind));
        items = isBoundBehind ? items[..^1] : items;
        items = items is [GroupNode group] ? Flatten(group.Item) : items;
        if (LiteralsOf(ref items) is not { } literals || PartsOf(items) is not { Length: > 0 } parts)
        {
            return null;
        }

        return head with
        {
            Literals = literals,
            Body = parts,
            NotBefore = isBoundBefore ? Word : "none",
            NotBehind = isBoundBehind ? Word : "none",
        };
    }

    private static List<PatternNode> Flatten(PatternNode node) => node is SequenceNode sequence ? [.. sequence.Items.SelectMany(Flatten)] : [node];

    /// <summary>What gitleaks puts behind its tokens: a quote, a blank, an escaped line end, or the end of the text.</summary>
    private static bool IsEnd(ChoiceNode choice) => choice.Options.Any(option => Flatten(option) is [AnchorNode { Text: AnchorNode.End }]);

    /// <summary>Takes fixed text, or a choice of fixed texts, from the front.</summary>
    private static string[]? LiteralsOf(ref List<PatternNode> items)
    {
        if (items is [ChoiceNode choice, ..])
        {
            var texts = choice.Options.Select(Flatten).Select(option => TakeText(ref option) is { Length: > 0 } text && option.Count == 0 ? text : null).ToArray();
            items = items[1..];
            return texts.OfType<string>().ToArray() is var all && all.Length == texts.Length ? all : null;
        }

        return TakeText(ref items) is { Length: > 0 } literal ? [literal] : null;
    }

    private static PartDocument[]? PartsOf(List<PatternNode> items)
    {
        var parts = new List<PartDocument>();
        while (items.Count > 0)
        {
            if (TakeText(ref items) is { Length: > 0 } text)
            {
                parts.Add(new PartDocument { Text = text });
                continue;
            }

            var (set, min, max) = items[0] switch
            {
                CharsNode chars => (chars.Set, 1, 1),
                RepeatNode { Item: CharsNode chars, Max: { } most } repeat => (chars.Set, repeat.Min, most),
                _ => (ByteSet.Empty, 0, 0),
            };
            if (max == 0 || Alphabet(set) is not { } alphabet)
            {
                return null;
            }

            parts.Add(min == max ? new PartDocument { Of = alphabet, Length = max } : new PartDocument { Of = alphabet, Min = min, Max = max });
            items = items[1..];
        }

        return [.. parts];
    }

    private static string TakeText(ref List<PatternNode> items)
    {
        var text = new StringBuilder();
        while (items is [CharsNode { Set.Members: [> 0x20 and < 0x7F] } only, ..])
        {
            text.Append((char)only.Set.Members[0]);
            items = items[1..];
        }

        return text.ToString();
    }

    /// <summary>As rules write alphabets, by name if they have one; null if the set has what these cannot say.</summary>
    private static string? Alphabet(ByteSet set)
    {
        foreach (var name in Alphabets.Names)
        {
            if (Alphabets.Parse(name).Members.SequenceEqual(set.Members))
            {
                return name;
            }
        }

        if (set.Members.Length < 2 || set.Members.ContainsAnyExceptInRange((byte)0x21, (byte)0x7E))
        {
            return null;
        }

        var text = new StringBuilder("[");
        foreach (var b in set.Members)
        {
            text.Append(b == '-' ? "" : ((char)b).ToString());
        }

        var written = text.Append(set.Contains((byte)'-') ? "-]" : "]").ToString();
        return Alphabets.TryParse(written, out var read) && read.Members.SequenceEqual(set.Members) ? written : null;
    }
}
