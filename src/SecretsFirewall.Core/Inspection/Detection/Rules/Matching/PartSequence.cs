using System.Collections.Immutable;

namespace SecretsFirewall.Inspection.Detection.Rules.Matching;

/// <summary>
/// The parts of a token in their order. Matching never goes back: a part takes all that it can, and where fixed text follows that is made
/// of the part's own characters, all up to the first place where that text stands. <see cref="IsDecided"/> is what makes this exact.
/// </summary>
internal sealed class PartSequence(ImmutableArray<TokenPart> parts)
{
    public ImmutableArray<TokenPart> Parts => parts;

    public int MinLength { get; } = parts.Sum(part => part.Min);

    public int MaxLength { get; } = parts.Sum(part => part.Max);

    public bool IsFixed => MinLength == MaxLength;

    /// <summary>True unless a part of variable length is followed by an alphabet that shares characters with it.</summary>
    public bool IsDecided
    {
        get
        {
            for (var i = 0; i < parts.Length - 1; i++)
            {
                if (!parts[i].IsFixed && !parts[i + 1].IsText && parts[i].Set.Overlaps(parts[i + 1].Set))
                {
                    return false;
                }
            }

            return true;
        }
    }

    /// <summary>What stands at this distance from the first byte in every match; null if that differs from one match to another.</summary>
    public ByteSet? SetAt(int distance)
    {
        foreach (var part in parts)
        {
            if (distance < part.Min)
            {
                return part.IsText ? new ByteSet([part.Text[distance]]) : part.Set;
            }

            if (!part.IsFixed)
            {
                return null;
            }

            distance -= part.Min;
        }

        return null;
    }

    /// <returns>The length of the longest match that starts at the first byte of <paramref name="text"/>; -1 if there is none.</returns>
    public int Match(ReadOnlySpan<byte> text) => Match(text, out _);

    /// <param name="isOpen">True if more bytes could change the answer.</param>
    public int Match(ReadOnlySpan<byte> text, out bool isOpen)
    {
        var at = 0;
        isOpen = false;
        for (var i = 0; i < parts.Length; i++)
        {
            var next = i + 1 < parts.Length ? parts[i + 1] : null;
            var taken = Take(parts[i], next, text[at..], ref isOpen);
            if (taken < 0)
            {
                return -1;
            }

            at += taken;
        }

        return at;
    }

    private static int Take(TokenPart part, TokenPart? next, ReadOnlySpan<byte> text, ref bool isOpen)
    {
        if (part.IsText)
        {
            isOpen |= text.Length < part.Max && part.Text.StartsWith(text);
            return text.StartsWith(part.Text) ? part.Max : -1;
        }

        var run = part.Set.RunAt(text, part.Max);
        isOpen |= run == text.Length && run < part.Max;
        if (run < part.Min)
        {
            return -1;
        }

        if (part.IsFixed || next is not { IsText: true } || !part.Set.Contains(next.Text[0]))
        {
            return run;
        }

        isOpen |= text.Length < run + next.Text.Length;
        var window = text[part.Min..Math.Min(text.Length, run + next.Text.Length)];
        var stands = window.IndexOf(next.Text);
        return stands < 0 ? -1 : part.Min + stands;
    }
}
