namespace SecretsFirewall.Inspection.Detection.Rules.Checksums;

/// <summary>An IBAN's first four characters moved to its end, letters counted from A = 10: the number is 1 modulo 97 (ISO 13616). Blanks do not count.</summary>
internal sealed class Mod97 : Checksum
{
    private const int Head = 4;

    public override bool IsValid(ReadOnlySpan<byte> token, int body)
    {
        var iban = token[body..];
        return iban.Length > Head && Add(iban[..Head], Add(iban[Head..], 0)) == 1;
    }

    public override void Correct(Span<byte> token, int body)
    {
        for (var digits = 2; digits < 99 && !IsValid(token, body); digits++)
        {
            token[body + 2] = (byte)('0' + (digits / 10));
            token[body + 3] = (byte)('0' + (digits % 10));
        }
    }

    private static int Add(ReadOnlySpan<byte> text, int remainder)
    {
        foreach (var b in text)
        {
            if (char.IsAsciiDigit((char)b))
            {
                remainder = ((remainder * 10) + b - '0') % 97;
            }
            else if (char.IsAsciiLetter((char)b))
            {
                remainder = ((remainder * 100) + (b | 0x20) - 'a' + 10) % 97;
            }
        }

        return remainder;
    }
}
