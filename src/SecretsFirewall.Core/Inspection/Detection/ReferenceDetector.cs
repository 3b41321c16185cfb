using System.Buffers;
using SecretsFirewall.Inspection.Detection.Rules;
using SecretsFirewall.Model;

namespace SecretsFirewall.Inspection.Detection;

/// <summary>
/// Finds references, also with their parentheses percent-encoded (<c>SECRET_REF%28name%29</c>: the name itself never needs encoding).
/// </summary>
internal static class ReferenceDetector
{
    private static readonly SearchValues<byte> NameBytes =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-"u8);

    private static ReadOnlySpan<byte> Word => SecretReference.Prefix[..^1];

    /// <summary>The longest spelling of a reference.</summary>
    public static int MaxLength => Word.Length + 3 + SecretName.MaxLength + 3;

    /// <summary>What every reference begins with.</summary>
    public static RuleLiteral Literal { get; } = new(Word.ToArray(), 0, IgnoreCase: false);

    /// <summary>Adds the reference that starts at <paramref name="at"/>, where the literal stands, if there is one.</summary>
    public static void FindAt(ref TextScan scan, int at)
    {
        if (at >= scan.From && TryRead(scan.Text[at..], out var name, out var length))
        {
            scan.Into.Add(new(at, length, FindingKind.Reference, Detection.ReferenceRule, name, ValueForm.Plain, 0));
        }
    }

    /// <summary>The smallest position from which <paramref name="text"/> to its end may be a proper prefix of a reference; its length if there is none.</summary>
    public static int EarliestOpen(ReadOnlySpan<byte> text)
    {
        for (var at = Math.Max(0, text.Length - MaxLength + 1); at < text.Length; at++)
        {
            var next = text[at..].IndexOf(Word[0]);
            if (next < 0)
            {
                break;
            }

            at += next;
            if (IsOpen(text[at..]))
            {
                return at;
            }
        }

        return text.Length;
    }

    private static bool TryRead(ReadOnlySpan<byte> text, out SecretName name, out int length)
    {
        if (SecretReference.TryRead(text, out name, out length))
        {
            return true;
        }

        var open = ParenthesisAt(text[Word.Length..], (byte)'(', "%28"u8);
        if (open == 0)
        {
            return false;
        }

        var rest = text[(Word.Length + open)..];
        var nameLength = rest[..Math.Min(rest.Length, SecretName.MaxLength + 1)].IndexOfAnyExcept(NameBytes);
        if (nameLength <= 0)
        {
            return false;
        }

        var close = ParenthesisAt(rest[nameLength..], (byte)')', "%29"u8);
        length = Word.Length + open + nameLength + close;
        Span<char> chars = stackalloc char[SecretName.MaxLength];
        var count = System.Text.Encoding.Latin1.GetChars(rest[..nameLength], chars);
        return close != 0 && SecretName.TryCreate(chars[..count], out name);
    }

    private static int ParenthesisAt(ReadOnlySpan<byte> text, byte plain, ReadOnlySpan<byte> encoded) =>
        text.StartsWith(encoded) ? encoded.Length : !text.IsEmpty && text[0] == plain ? 1 : 0;

    /// <summary>True if all of <paramref name="text"/> is a proper prefix of a reference.</summary>
    public static bool IsOpen(ReadOnlySpan<byte> text)
    {
        if (text.Length <= Word.Length)
        {
            return Word.StartsWith(text);
        }

        if (!text.StartsWith(Word))
        {
            return false;
        }

        var rest = text[Word.Length..];
        if (rest.Length < 3 && "%28"u8.StartsWith(rest))
        {
            return true;
        }

        var open = ParenthesisAt(rest, (byte)'(', "%28"u8);
        if (open == 0)
        {
            return false;
        }

        rest = rest[open..];
        var nameLength = rest.IndexOfAnyExcept(NameBytes);
        if (nameLength < 0)
        {
            return rest.Length <= SecretName.MaxLength;
        }

        rest = rest[nameLength..];
        return nameLength is > 0 and <= SecretName.MaxLength && rest.Length < 3 && "%29"u8.StartsWith(rest);
    }
}
