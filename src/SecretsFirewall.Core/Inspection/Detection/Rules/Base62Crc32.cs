namespace SecretsFirewall.Inspection.Detection.Rules;

/// <summary>The checksum of our own tokens and of GitHub's: CRC-32 (IEEE 802.3, reflected) in six base62 digits.</summary>
internal static class Base62Crc32
{
    /// <summary>62^6 is the first power above 2^32.</summary>
    public const int Length = 6;

    private const string Digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    public static bool Matches(ReadOnlySpan<byte> text, ReadOnlySpan<byte> checksum)
    {
        Span<byte> expected = stackalloc byte[Length];
        Write(text, expected);
        return checksum.SequenceEqual(expected);
    }

    public static void Write(ReadOnlySpan<byte> text, Span<byte> checksum)
    {
        var rest = Crc32.Of(text);
        for (var i = Length - 1; i >= 0; i--)
        {
            checksum[i] = (byte)Digits[(int)(rest % 62)];
            rest /= 62;
        }
    }
}
