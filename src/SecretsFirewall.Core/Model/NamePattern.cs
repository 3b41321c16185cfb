namespace SecretsFirewall.Model;

/// <summary>A name in which <c>*</c> stands for any characters, none among them. Upper and lower case are the same.</summary>
public sealed record NamePattern(string Text)
{
    public static NamePattern Any { get; } = new("*");

    /// <summary>How much of a name it says itself: of two that match, the one that says more is meant.</summary>
    public int Literal => Text.Length - Text.AsSpan().Count('*');

    /// <summary>Linear in the name for each star.</summary>
    public bool Matches(ReadOnlySpan<char> name)
    {
        int p = 0, n = 0, star = -1, starName = 0;
        while (n < name.Length)
        {
            if (p < Text.Length && Text[p] == '*')
            {
                star = p++;
                starName = n;
            }
            else if (p < Text.Length && char.ToLowerInvariant(Text[p]) == char.ToLowerInvariant(name[n]))
            {
                p++;
                n++;
            }
            else if (star >= 0)
            {
                p = star + 1;
                n = ++starName;
            }
            else
            {
                return false;
            }
        }

        return Text.AsSpan(p).Trim('*').IsEmpty;
    }

    public override string ToString() => Text;
}
