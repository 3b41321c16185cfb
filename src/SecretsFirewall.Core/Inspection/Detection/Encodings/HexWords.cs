using System.Buffers;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace SecretsFirewall.Inspection.Detection.Encodings;

/// <summary>Bytes in hex with something between them: <c>41:42</c>, <c>41 42</c>, <c>4142-4344</c>, <c>0x41, 0x42</c>.</summary>
internal static class HexWords
{
    /// <summary>How many words in a row make it worth reading them: a time of day has three, and a date.</summary>
    public const int MinRow = 4;

    /// <summary>Where in a trigger the row's next word begins.</summary>
    public const int WordInTrigger = 2;

    // Four bytes: what hex dumps write without a gap.
    private const int MaxWord = 8;

    /// <summary>How far before the end of a text <see cref="OpenRow"/> looks.</summary>
    public const int LongestOpenRow = MinRow * (MaxWord + 4);

    // A comma, a line end and its indentation.
    private const int MaxSeparator = 24;

    private static readonly SearchValues<byte> Separators = SearchValues.Create(" :;,-\t\r\n|\"'"u8);

    /// <summary>The length of the word at <paramref name="at"/>, which nothing of the kind stands directly beside; else 0.</summary>
    public static int WordAt(ReadOnlySpan<byte> text, int at)
    {
        if (at > 0 && IsWordByte(text[at - 1]) && !IsPrefixed(text, at))
        {
            return 0;
        }

        var end = at;
        while (end < text.Length && end - at <= MaxWord && char.IsAsciiHexDigit((char)text[end]))
        {
            end++;
        }

        var length = end - at;
        return length is >= 2 and <= MaxWord && length % 2 == 0 && (end == text.Length || !IsWordByte(text[end])) ? length : 0;
    }

    /// <summary>True for what may stand between two words of a row: punctuation, line ends, also escaped, and the next word's <c>0x</c>.</summary>
    public static bool IsSeparator(ReadOnlySpan<byte> between)
    {
        if (between.EndsWith("0x"u8) || between.EndsWith("0X"u8))
        {
            between = between[..^2];
        }

        var hasAny = !between.IsEmpty && between.Length <= MaxSeparator;
        while (!between.IsEmpty)
        {
            var isEscape = between[0] == '\\' && between.Length > 1 && between[1] is (byte)'n' or (byte)'r' or (byte)'t';
            if (!isEscape && !Separators.Contains(between[0]))
            {
                return false;
            }

            between = between[(isEscape ? 2 : 1)..];
        }

        return hasAny;
    }

    /// <summary>False if nothing that may go on a row stands behind the word at <paramref name="at"/>: so end nearly all of them, and this sees it at once.</summary>
    public static bool MayBeRow(ReadOnlySpan<byte> text, int at)
    {
        if (at > text.Length - BlockPositions.BlockLength)
        {
            return true;
        }

        var block = Vector512.LoadUnsafe(ref MemoryMarshal.GetReference(text), (nuint)at);
        var word = BitOperations.TrailingZeroCount(~RunCharacters.Hex.In(block));
        if (word > MaxWord || (word & 1) != 0)
        {
            return false;
        }

        // What stands between is no longer than the block; of it and of a word's 0x, nothing can begin one.
        var between = BitOperations.TrailingZeroCount(~(RunCharacters.BetweenHexWords.In(block) >> word));
        return between is > 0 and <= MaxSeparator && text[at + word + between] is >= (byte)'2' and <= (byte)'7';
    }

    /// <summary>True if a row of readable words begins at <paramref name="at"/> that is <paramref name="count"/> long or longer.</summary>
    public static bool IsRow(ReadOnlySpan<byte> text, int at, int count)
    {
        while (true)
        {
            var length = WordAt(text, at);
            if (length == 0 || text[at] is < (byte)'2' or > (byte)'7')
            {
                return false;
            }

            if (--count == 0)
            {
                return true;
            }

            at += length;
            var next = NextWord(text, at);
            if (next < 0)
            {
                return false;
            }

            at = next;
        }
    }

    /// <summary>Where the row at the end of <paramref name="text"/> begins that more bytes could continue, at most a few words before the end; else its length.</summary>
    public static int OpenRow(ReadOnlySpan<byte> text)
    {
        var open = text.Length;
        var from = Math.Max(0, text.Length - LongestOpenRow);
        for (var at = text.Length - 1; at >= from; at--)
        {
            var isPrefix = text[at] == '0' && (at + 1 == text.Length || (text[at + 1] | 0x20) == 'x');
            if (isPrefix && (at == 0 || !IsWordByte(text[at - 1])) && (at + 2 >= text.Length || open == at + 2))
            {
                open = at;
                continue;
            }

            if (text[at] is < (byte)'2' or > (byte)'7' || (at > 0 && IsWordByte(text[at - 1]) && !IsPrefixed(text, at)))
            {
                continue;
            }

            var length = WordAt(text, at);
            var end = at + length;
            var isCut = length == 0 && at + 1 == text.Length;
            if (isCut || (length > 0 && (end == text.Length || end == open || IsSeparator(text[end..open]))))
            {
                open = at;
            }
        }

        return open;
    }

    private static int NextWord(ReadOnlySpan<byte> text, int end)
    {
        // Most rows end with their first word: what cannot stand between two is not passed.
        if (end >= text.Length || !MayStandBetween(text[end]))
        {
            return -1;
        }

        for (var at = end + 1; at < text.Length && at - end <= MaxSeparator; at++)
        {
            if (char.IsAsciiHexDigit((char)text[at]) && WordAt(text, at) > 0)
            {
                return IsSeparator(text[end..at]) ? at : -1;
            }

            if (!MayStandBetween(text[at]))
            {
                return -1;
            }
        }

        return -1;
    }

    /// <summary>True for every byte of what <see cref="IsSeparator"/> lets stand between words.</summary>
    private static bool MayStandBetween(byte b) => Separators.Contains(b) || b is (byte)'\\' or (byte)'n' or (byte)'r' or (byte)'t' or (byte)'0' or (byte)'x' or (byte)'X';

    private static bool IsPrefixed(ReadOnlySpan<byte> text, int at) =>
        at > 1 && (text[at - 1] | 0x20) == 'x' && text[at - 2] == '0' && (at == 2 || !IsWordByte(text[at - 3]));

    private static bool IsWordByte(byte b) => char.IsAsciiLetterOrDigit((char)b) || b == '_';
}
