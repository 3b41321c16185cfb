namespace SecretsFirewall.Inspection.Detection.Rules;

/// <summary>CRC-32 (IEEE 802.3, reflected), which many token formats end with.</summary>
internal static class Crc32
{
    // Bit by bit: it runs over the bytes of a found token, never over traffic.
    public static uint Of(ReadOnlySpan<byte> text)
    {
        var crc = uint.MaxValue;
        foreach (var b in text)
        {
            crc ^= b;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc >> 1) ^ (0xEDB88320 & (0 - (crc & 1)));
            }
        }

        return ~crc;
    }
}
