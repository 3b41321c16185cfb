using System.Collections.Immutable;

namespace SecretsFirewall.Inspection.Detection.Rules.Matching;

/// <summary>
/// Tells text that a generator drew from an alphabet from text that somebody wrote. One limit cannot do this: <c>n</c> characters have at
/// most <c>log2 n</c> bits of entropy each, and hex has at most 4. So the limit is what a random text of the same length over the same
/// alphabet has on average, less a few standard deviations.
/// </summary>
internal static class RandomText
{
    /// <summary>A longer text is a document: a picture, a certificate, a bundle.</summary>
    public const int MaxLength = 512;

    /// <summary>A shorter one has a digit.</summary>
    public const int MinWithoutDigits = 24;

    // The standard deviation of the entropy of a random text is about 0.75 / sqrt(n) for all of these alphabets; this is three of them.
    private const double Slack = 2.4;

    // Hashes and ids of half this length are everywhere.
    private const int MinHex = 32;

    // With fewer pairs of letters it cannot be said whether they are those of a language.
    private const int MinPairs = 6;

    // Of the pairs of letters in words and names, 82 in 100 are among the common ones; of random pairs, 22.
    private const double MaxCommonPairs = 0.6;

    // Without a digit, the letters must be mixed, and be less like a language than names in source code are.
    private const double MaxCommonPairsWithoutDigits = 0.4;

    // pkcs7_signer_info, X509_STORE_CTX: one case, joined, and hardly a digit.
    private const int MinJoints = 2;
    private const int MaxDigitsOfNames = 2;

    // abcdefgh, 12345678: of random neighbours one in 20 or fewer.
    private const double MaxSteps = 0.25;

    // Where a name says that a value is a secret, a value that counts for a part of its length alone is one.
    private const double MaxStepsOfSecrets = 0.5;

    // abcd1234 is a password.
    private const int MinCounted = 16;

    private static readonly ImmutableArray<double> Hex = Floors(16);
    private static readonly ImmutableArray<double> Base32 = Floors(32);
    private static readonly ImmutableArray<double> Base36 = Floors(36);
    private static readonly ImmutableArray<double> Base64 = Floors(62);

    /// <param name="text">Letters, digits and the signs of base64 and base64url, at most <see cref="MaxLength"/> of them.</param>
    public static bool IsLikely(ReadOnlySpan<byte> text)
    {
        if (text.Length is 0 or > MaxLength)
        {
            return false;
        }

        var facts = Facts.Of(text);
        return facts.Letters > 0
            && HasLength(facts)
            && facts.Steps <= MaxSteps * text.Length
            && (facts.Digits > 0 || IsMixed(facts))
            && !IsWritten(facts)
            && !IsUuid(text)
            && Entropy.BitsPerByte(text) >= FloorsOf(facts)[text.Length];
    }

    /// <summary>True for what somebody typed who needed a value of that length: <c>1234567890abcdef</c>.</summary>
    public static bool IsCounted(ReadOnlySpan<byte> text)
    {
        var steps = 0;
        for (var i = 1; i < text.Length; i++)
        {
            steps += text[i] == text[i - 1] + 1 ? 1 : 0;
        }

        return text.Length >= MinCounted && steps > MaxStepsOfSecrets * text.Length;
    }

    /// <summary>True for words, and for names as source code has them.</summary>
    public static bool IsWritten(ReadOnlySpan<byte> text) => IsWritten(Facts.Of(text));

    private static bool HasLength(in Facts facts) => !facts.IsHex || facts.Length >= MinHex;

    private static bool IsMixed(in Facts facts) =>
        facts.Length >= MinWithoutDigits
        && facts.Lower * 5 >= facts.Length
        && facts.Upper * 5 >= facts.Length
        && facts.CommonPairs <= facts.Pairs * MaxCommonPairsWithoutDigits;

    private static bool IsWritten(in Facts facts) =>
        !facts.IsJoinedHex
        && ((facts.Pairs >= MinPairs && facts.CommonPairs > facts.Pairs * MaxCommonPairs)
            || (facts.Joints >= MinJoints && facts.Digits <= MaxDigitsOfNames && (facts.Lower == 0 || facts.Upper == 0)));

    private static ImmutableArray<double> FloorsOf(in Facts facts) =>
        facts.IsHexOfAnyCase ? Hex
        : facts.IsBase32 ? Base32
        : facts.Lower == 0 || facts.Upper == 0 ? Base36
        : Base64;

    private static bool IsUuid(ReadOnlySpan<byte> text) =>
        text.Length == 36 && text[8] == '-' && text[13] == '-' && text[18] == '-' && text[23] == '-';

    /// <summary>By length: the mean entropy of a text drawn from so many characters, from the binomial distribution of each one's count.</summary>
    private static ImmutableArray<double> Floors(int characters)
    {
        var floors = new double[MaxLength + 1];
        var p = 1.0 / characters;
        for (var n = 1; n <= MaxLength; n++)
        {
            var (sum, chance) = (0.0, Math.Pow(1 - p, n));
            for (var k = 1; k <= n; k++)
            {
                chance *= (n - k + 1) * p / (k * (1 - p));
                sum += chance * k * Math.Log2(k);
            }

            floors[n] = Math.Log2(n) - (characters * sum / n) - (Slack / Math.Sqrt(n));
        }

        return [.. floors];
    }

    /// <summary>What one look at a text tells.</summary>
    private readonly record struct Facts(
        int Length, int Digits, int Lower, int Upper, int Joints, int Pairs, int CommonPairs, int Steps, bool IsHex, bool IsHexOfAnyCase, bool IsJoinedHex, bool IsBase32)
    {
        // By first letter, the second letters of the 150 pairs that are commonest in English words and in names in source code.
        private static readonly ImmutableArray<uint> Common =
        [
            .. new[]
            {
                "bcdilmnprst", "acelu", "aehlortx", "aeio", "acdeflmnprstx", "iou", "el",
                "aeio", "bcdefglmnostw", "", "e", "aefilosu", "abeimop", "acdegostu",
                "bcdflmnprstuw", "aelort", "", "aeimnostuy", "aceiopstu", "aehiorstuy", "elmnrst",
                "ae", "i", "tx", "p", "n",
            }.Select(seconds => seconds.Aggregate(0u, (row, letter) => row | (1u << (letter - 'a')))),
        ];

        public int Letters => Lower + Upper;

        public static Facts Of(ReadOnlySpan<byte> text)
        {
            var (digits, lower, upper, joints, hexLower, hexUpper, base32, pairs, common, steps) = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
            var before = -1;
            var last = -1;
            foreach (var b in text)
            {
                digits += char.IsAsciiDigit((char)b) ? 1 : 0;
                lower += char.IsAsciiLetterLower((char)b) ? 1 : 0;
                upper += char.IsAsciiLetterUpper((char)b) ? 1 : 0;
                joints += b is (byte)'_' or (byte)'-' or (byte)'.' or (byte)'/' or (byte)':' ? 1 : 0;
                hexLower += b is >= (byte)'a' and <= (byte)'f' ? 1 : 0;
                hexUpper += b is >= (byte)'A' and <= (byte)'F' ? 1 : 0;
                base32 += b is >= (byte)'A' and <= (byte)'Z' or >= (byte)'2' and <= (byte)'7' ? 1 : 0;
                steps += b == last + 1 ? 1 : 0;
                last = b;
                var letter = char.IsAsciiLetter((char)b) ? (b | 0x20) - 'a' : -1;
                if (letter >= 0 && before >= 0)
                {
                    pairs++;
                    common += (int)((Common[before] >> letter) & 1);
                }

                before = letter;
            }

            return new Facts(
                text.Length, digits, lower, upper, joints, pairs, common, steps,
                IsHex: digits + hexLower == text.Length || digits + hexUpper == text.Length,
                IsHexOfAnyCase: digits + hexLower + hexUpper == text.Length,
                IsJoinedHex: digits + joints + hexLower == text.Length || digits + joints + hexUpper == text.Length,
                IsBase32: base32 == text.Length);
        }
    }
}
