using System.Buffers;

namespace SecretsFirewall.Inspection.Detection;

/// <summary>
/// The geometry of a secret inside a base64 run: which whole quads (4 characters, 3 bytes) it touches, and which bytes of them are its neighbours'.
/// <code>
///   alignment 1, a secret of 4 bytes      bytes   n s s | s s n        n = a neighbour's byte
///                                         chars  .. x y z | w v u t
///                                                   ^^^^^^^ depend on the secret alone: Detection.Start, Length
///                                                ^^^^^^^^^^^^^^^^^ the quads
/// </code>
/// </summary>
internal static class Base64Quads
{
    private static readonly SearchValues<byte> Alphabet =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_"u8);

    /// <summary>How far a quad can reach beyond the characters of a secret, on either side.</summary>
    public const int MaxReach = 3;

    /// <summary>True for the characters of both alphabets; padding is not one of them.</summary>
    public static bool IsCharacter(byte b) => Alphabet.Contains(b);

    public static bool IsBase64(ValueForm form) => form is ValueForm.Base64 or ValueForm.Base64Url;

    /// <summary>The characters of the first quad before the first one that depends on the secret alone: ceil(8·alignment / 6).</summary>
    public static int LeadingCharacters(int alignment) => ((8 * alignment) + 5) / 6;

    /// <summary>
    /// The range that is replaced: the characters of the secret, widened to its quads as far as the run reaches, padding included.
    /// For other forms the range itself. The letter of an escape before it is none of the run.
    /// </summary>
    /// <param name="text">Holds the detection at <paramref name="start"/>.</param>
    public static void Widen(ReadOnlySpan<byte> text, ValueForm form, int alignment, ref int start, ref int end)
    {
        if (!IsBase64(form))
        {
            return;
        }

        var quadStart = start - LeadingCharacters(alignment);
        var quadEnd = quadStart + ((end - quadStart + 3) / 4 * 4);
        while (start > 0 && start > quadStart && IsCharacter(text[start - 1]) && JsonEscapes.TailAt(text, start - 1) == 0)
        {
            start--;
        }

        while (end < quadEnd && end < text.Length && IsCharacter(text[end]))
        {
            end++;
        }

        while (end < quadEnd && end < text.Length && text[end] == '=')
        {
            end++;
        }
    }

    /// <summary>How many characters directly before <paramref name="position"/> (at most <see cref="MaxReach"/>) a later secret's first quad could claim.</summary>
    public static int ReachBefore(ReadOnlySpan<byte> text, int position)
    {
        var reach = 0;
        while (reach < MaxReach && reach < position && IsCharacter(text[position - reach - 1]))
        {
            reach++;
        }

        return reach;
    }

    /// <summary>How many characters directly after <paramref name="position"/> (at most <see cref="MaxReach"/>) a secret's last quad could claim.</summary>
    public static int ReachAfter(ReadOnlySpan<byte> text, int position)
    {
        var reach = 0;
        while (reach < MaxReach && position + reach < text.Length && (IsCharacter(text[position + reach]) || text[position + reach] == '='))
        {
            reach++;
        }

        return reach;
    }

    /// <summary>True while bytes that have not arrived yet could still belong to the last quad of a secret that ends at <paramref name="end"/>.</summary>
    public static bool MayGrow(ReadOnlySpan<byte> text, ValueForm form, int alignment, int start, int end)
    {
        if (!IsBase64(form))
        {
            return false;
        }

        var quadStart = start - LeadingCharacters(alignment);
        var quadEnd = quadStart + ((end - quadStart + 3) / 4 * 4);
        if (quadEnd <= text.Length)
        {
            return false;
        }

        var rest = text[end..];
        var run = rest.IndexOfAnyExcept(Alphabet);
        return run < 0 || rest[run..].IndexOfAnyExcept((byte)'=') < 0;
    }
}
