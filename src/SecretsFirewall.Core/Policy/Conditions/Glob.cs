namespace SecretsFirewall.Policy.Conditions;

/// <summary>
/// A pattern of labels (of a host, by dots) or segments (of a path, by slashes) in which <c>*</c> stands for any characters of one of them,
/// never for a separator. Linear in the text for each star.
/// </summary>
internal sealed class Glob(string pattern, char separator)
{
    private readonly string[] _parts = pattern.Split(separator);

    public bool Matches(string text)
    {
        var next = 0;
        foreach (var range in text.AsSpan().Split(separator))
        {
            if (next == _parts.Length || !PartMatches(_parts[next], text.AsSpan(range)))
            {
                return false;
            }

            next++;
        }

        return next == _parts.Length;
    }

    // Greedy with one step back: on a mismatch the last star takes one more character.
    private static bool PartMatches(string pattern, ReadOnlySpan<char> text)
    {
        int p = 0, t = 0, star = -1, starText = 0;
        while (t < text.Length)
        {
            if (p < pattern.Length && pattern[p] == '*')
            {
                star = p++;
                starText = t;
            }
            else if (p < pattern.Length && pattern[p] == text[t])
            {
                p++;
                t++;
            }
            else if (star >= 0)
            {
                p = star + 1;
                t = ++starText;
            }
            else
            {
                return false;
            }
        }

        while (p < pattern.Length && pattern[p] == '*')
        {
            p++;
        }

        return p == pattern.Length;
    }
}
