using SecretsFirewall.Commands.Shell;

namespace SecretsFirewall.Commands.Walking;

/// <summary><c>{rm,-rf,/}</c> is three words. Bounded: what makes more words than <see cref="CommandLimits.MaxBraces"/> is not known.</summary>
internal static class BraceExpansion
{
    private const int MaxAtoms = 2000;

    public static bool IsNeeded(ShellWord word) =>
        word.Parts.Any(part => part is { Kind: ShellPartKind.Text, IsQuoted: false } && part.Text.Contains('{', StringComparison.Ordinal));

    /// <returns>Null if there are too many.</returns>
    public static List<ShellWord>? Expand(ShellWord word)
    {
        // Each unquoted character by itself, everything else whole.
        var atoms = new List<ShellPart>();
        foreach (var part in word.Parts)
        {
            if (part is { Kind: ShellPartKind.Text, IsQuoted: false })
            {
                atoms.AddRange(part.Text.Select(character => part with { Text = character.ToString() }));
            }
            else
            {
                atoms.Add(part);
            }

            if (atoms.Count > MaxAtoms)
            {
                return null;
            }
        }

        var found = new List<ShellWord>();
        return Expand(atoms, 0, found) ? found : null;
    }

    private static bool Expand(List<ShellPart> atoms, int from, List<ShellWord> found)
    {
        for (var open = from; open < atoms.Count; open++)
        {
            if (!Is(atoms[open], '{') || Split(atoms, open, out var close) is not { } alternatives)
            {
                continue;
            }

            foreach (var alternative in alternatives)
            {
                List<ShellPart> next = [.. atoms.Take(open), .. alternative, .. atoms.Skip(close + 1)];
                if (next.Count > MaxAtoms || !Expand(next, open, found))
                {
                    return false;
                }
            }

            return true;
        }

        found.Add(new ShellWord(atoms));
        return found.Count <= CommandLimits.MaxBraces;
    }

    private static List<List<ShellPart>>? Split(List<ShellPart> atoms, int open, out int close)
    {
        var alternatives = new List<List<ShellPart>> { new() };
        var depth = 0;
        for (close = open + 1; close < atoms.Count; close++)
        {
            var atom = atoms[close];
            if (depth == 0 && Is(atom, '}'))
            {
                return alternatives.Count > 1 ? alternatives : Range(alternatives[0]);
            }

            if (depth == 0 && Is(atom, ','))
            {
                alternatives.Add([]);
                continue;
            }

            depth += Is(atom, '{') ? 1 : Is(atom, '}') ? -1 : 0;
            alternatives[^1].Add(atom);
        }

        return null;
    }

    // {a..c} and {1..9}
    private static List<List<ShellPart>>? Range(List<ShellPart> atoms)
    {
        if (atoms.Any(atom => atom.Kind != ShellPartKind.Text) || string.Concat(atoms.Select(atom => atom.Text)).Split("..") is not [var first, var last])
        {
            return null;
        }

        var isNumber = int.TryParse(first, out var from) & int.TryParse(last, out var to);
        if (!isNumber && (first.Length != 1 || last.Length != 1))
        {
            return null;
        }

        (from, to) = isNumber ? (from, to) : (first[0], last[0]);
        var step = from <= to ? 1 : -1;
        var values = new List<List<ShellPart>>();
        for (long value = from; values.Count <= CommandLimits.MaxBraces; value += step)
        {
            values.Add([new ShellPart(ShellPartKind.Text, isNumber ? $"{value}" : ((char)value).ToString(), true)]);
            if (value == to)
            {
                break;
            }
        }

        return values;
    }

    private static bool Is(ShellPart atom, char character) =>
        atom is { Kind: ShellPartKind.Text, IsQuoted: false, Text.Length: 1 } && atom.Text[0] == character;
}
