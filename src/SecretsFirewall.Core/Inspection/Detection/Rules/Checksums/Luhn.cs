namespace SecretsFirewall.Inspection.Detection.Rules.Checksums;

/// <summary>Every second digit from the right doubled, its digits added, the sum a multiple of ten (ISO/IEC 7812-1 annex B). Separators do not count.</summary>
internal sealed class Luhn : Checksum
{
    // The longest number that the standard knows, and the shortest in use.
    private const int MinDigits = 12;
    private const int MaxDigits = 19;

    public override bool IsValid(ReadOnlySpan<byte> token, int body)
    {
        var (sum, count) = (0, 0);
        for (var i = token.Length - 1; i >= body; i--)
        {
            if (!char.IsAsciiDigit((char)token[i]))
            {
                continue;
            }

            var digit = (token[i] - '0') << (count % 2);
            sum += digit > 9 ? digit - 9 : digit;
            count++;
        }

        return sum % 10 == 0 && sum > 0 && count is >= MinDigits and <= MaxDigits;
    }

    public override void Correct(Span<byte> token, int body)
    {
        for (token[^1] = (byte)'0'; token[^1] < '9' && !IsValid(token, body); token[^1]++)
        {
        }
    }
}
