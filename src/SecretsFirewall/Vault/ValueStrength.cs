using System.Buffers;

namespace SecretsFirewall.Vault;

/// <summary>
/// How many guesses a value withstands, as a power of two: never more than (size of its character classes) ^ (length), and less where it is
/// made of what people choose. The cheapest way to spell the value out of words, dates, runs and single characters counts (the idea of
/// zxcvbn, Wheeler 2016, with lists that fit on a page). An estimate from above: it refuses what is certainly weak. Pure, and copies nothing.
/// </summary>
internal static class ValueStrength
{
    /// <summary>Below 2^40 a guess can be tried out against the proxy itself.</summary>
    public const double RequiredBits = 40;

    // A word of our list (2^8) in a handful of spellings.
    private const double WordBits = 10;

    // What people put between words; among the first that a guesser tries.
    private const double SeparatorBits = 4;

    // Text that reads like a language: Shannon's 1951 estimate for English is 1 to 2.3 bits a letter within words.
    private const double LanguageBitsPerLetter = 2.2;

    private const double YearBits = 8;
    private const double DateBits = 16;
    private const double KeyboardStartBits = 7;

    private const int LongestPart = 40;
    private const int ShortestKeyboardRun = 4;
    private const int ShortestLanguage = 7;

    // Long values are priced piece by piece, until there is no more doubt.
    private const int PieceLength = 64;
    private const double Plenty = 64;

    private static readonly SearchValues<byte> Letters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    [Flags]
    private enum PartKinds
    {
        None = 0,
        Run = 1,
        WordOrDate = 2,
        Keyboard = 4,
        Letters = 8,
        All = Run | WordOrDate | Keyboard | Letters,
    }

    /// <summary>The estimate, exact up to 64; what is above stays above.</summary>
    public static double Bits(ReadOnlySpan<byte> value)
    {
        if (value.IsEmpty)
        {
            return 0;
        }

        var period = Period(value);
        var bits = Math.Log2(value.Length / period);
        for (var rest = value[..period]; !rest.IsEmpty && bits < Plenty; rest = rest[Math.Min(PieceLength, rest.Length)..])
        {
            bits += SpelledBits(rest[..Math.Min(PieceLength, rest.Length)]);
        }

        return Math.Min(bits, OneWordBits(value));
    }

    // One word, with what people put before and behind it.
    private static double OneWordBits(ReadOnlySpan<byte> value)
    {
        var start = value.IndexOfAny(Letters);
        var word = start < 0 ? [] : value[start..(value.LastIndexOfAny(Letters) + 1)];
        return word.Length is >= ShortestLanguage and <= LongestPart && CommonText.HasCaseOfWord(word) && CommonText.ReadsLikeEnglish(word, withRarerPairs: true)
            ? LanguageBits(word.Length) + ((value.Length - word.Length) * Math.Log2(ClassSize(value)))
            : double.PositiveInfinity;
    }

    // The cheapest split: best[i] is the price of the first i bytes.
    private static double SpelledBits(ReadOnlySpan<byte> value)
    {
        var single = Math.Log2(ClassSize(value));
        var best = new double[value.Length + 1];
        for (var end = 1; end <= value.Length; end++)
        {
            best[end] = best[end - 1] + (IsSeparator(value[end - 1]) ? Math.Min(single, SeparatorBits) : single);
            var kinds = PartKinds.All;
            for (var start = end - 3; start >= Math.Max(0, end - LongestPart) && kinds != PartKinds.None; start--)
            {
                best[end] = Math.Min(best[end], best[start] + PartBits(value[start..end], single, ref kinds));
            }
        }

        return best[^1];
    }

    /// <summary>What a guesser pays for this part as one piece; infinity where it is no piece that people choose.</summary>
    /// <param name="kinds">What the part may still be. A part whose end is no run, for one, is none either, so growing parts ask ever less.</param>
    private static double PartBits(ReadOnlySpan<byte> part, double single, ref PartKinds kinds)
    {
        if (kinds.HasFlag(PartKinds.Run))
        {
            if (IsRun(part))
            {
                return single + Math.Log2(part.Length) + 1;
            }

            kinds &= ~PartKinds.Run;
        }

        if (part.Length > CommonText.LongestWord)
        {
            kinds &= ~PartKinds.WordOrDate;
        }
        else if (ListedBits(part, single) is var listed && !double.IsInfinity(listed))
        {
            return listed;
        }

        if (part.Length >= ShortestKeyboardRun && kinds.HasFlag(PartKinds.Keyboard))
        {
            if (CommonText.IsKeyboardRun(part))
            {
                return KeyboardStartBits + Math.Log2(part.Length);
            }

            kinds &= ~PartKinds.Keyboard;
        }

        if (!kinds.HasFlag(PartKinds.Letters) || part.Length < ShortestLanguage)
        {
            return double.PositiveInfinity;
        }

        // (A part that begins with its capital cannot grow: what comes in front of it changes the case.)
        if (!CommonText.HasCaseOfWord(part))
        {
            kinds &= ~PartKinds.Letters;
            return double.PositiveInfinity;
        }

        return CommonText.ReadsLikeEnglish(part, withRarerPairs: false) ? LanguageBits(part.Length) : double.PositiveInfinity;
    }

    private static double ListedBits(ReadOnlySpan<byte> part, double single)
    {
        if (part.Length is 4 && IsYear(part))
        {
            return YearBits;
        }

        if (part.Length is 6 or 8 or 10 && IsDate(part))
        {
            return DateBits;
        }

        return CommonText.IsWord(part) ? Math.Min(WordBits, part.Length * single) : double.PositiveInfinity;
    }

    private static double LanguageBits(int letters) => (letters * LanguageBitsPerLetter) + 2;

    private static int ClassSize(ReadOnlySpan<byte> value)
    {
        bool lower = false, upper = false, digit = false, symbol = false, other = false, hexOnly = true;
        foreach (var b in value)
        {
            lower |= b is >= (byte)'a' and <= (byte)'z';
            upper |= b is >= (byte)'A' and <= (byte)'Z';
            digit |= b is >= (byte)'0' and <= (byte)'9';
            symbol |= b < 0x80 && !char.IsAsciiLetterOrDigit((char)b);
            other |= b >= 0x80;
            hexOnly &= char.IsAsciiHexDigit((char)b);
        }

        if (hexOnly && digit && lower != upper)
        {
            return 16;
        }

        return (lower ? 26 : 0) + (upper ? 26 : 0) + (digit ? 10 : 0) + (symbol ? 33 : 0) + (other ? 64 : 0);
    }

    private static bool IsSeparator(byte b) => b is (byte)' ' or (byte)'-' or (byte)'_' or (byte)'.' or (byte)':' or (byte)'/' or (byte)'@' or (byte)'!';

    // The same step from each character to the next: aaaa, abcd, 4321.
    private static bool IsRun(ReadOnlySpan<byte> part)
    {
        var step = part[1] - part[0];
        if (step is < -1 or > 1)
        {
            return false;
        }

        for (var i = 2; i < part.Length; i++)
        {
            if (part[i] - part[i - 1] != step)
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsYear(ReadOnlySpan<byte> part) => (part.StartsWith("19"u8) || part.StartsWith("20"u8)) && IsDigits(part);

    // yyyymmdd, ddmmyyyy, mmddyyyy, yymmdd and the like; ten characters with the same separator twice.
    private static bool IsDate(ReadOnlySpan<byte> part)
    {
        Span<byte> digits = stackalloc byte[10];
        var count = 0;
        foreach (var b in part)
        {
            if (char.IsAsciiDigit((char)b))
            {
                digits[count++] = b;
            }
            else if (b is not ((byte)'-' or (byte)'/' or (byte)'.' or (byte)'_'))
            {
                return false;
            }
        }

        digits = digits[..count];
        if (part.Length == 10)
        {
            return count == 8 && (IsYear(digits[..4]) || IsYear(digits[4..]));
        }

        if (count != part.Length)
        {
            return false;
        }

        return count == 8
            ? (IsYear(digits[..4]) && IsMonthAndDay(digits[4..])) || (IsYear(digits[4..]) && IsMonthAndDay(digits[..4]))
            : IsMonthAndDay(digits[..4]) || IsMonthAndDay(digits[2..]);
    }

    private static bool IsMonthAndDay(ReadOnlySpan<byte> four)
    {
        var one = Number(four[..2]);
        var two = Number(four[2..]);
        return one is >= 1 and <= 31 && two is >= 1 and <= 31 && Math.Min(one, two) <= 12;
    }

    private static int Number(ReadOnlySpan<byte> two) => ((two[0] - '0') * 10) + two[1] - '0';

    private static bool IsDigits(ReadOnlySpan<byte> text) => !text.ContainsAnyExceptInRange((byte)'0', (byte)'9');

    // The shortest block of which the whole is a repetition, whole or cut: abcabcab has period 3.
    private static int Period(ReadOnlySpan<byte> value)
    {
        for (var period = 1; period <= value.Length / 2; period++)
        {
            if (value[period..].SequenceEqual(value[..^period]))
            {
                return period;
            }
        }

        return value.Length;
    }
}
