namespace SecretsFirewall.Inspection.Redaction;

/// <summary>A reference in hex, so that the run around it still decodes.</summary>
internal static class HexReplacement
{
    public static byte[] Of(ReadOnlySpan<byte> reference, bool upperCase)
    {
        var hex = new byte[reference.Length * 2];
        if (upperCase)
        {
            Convert.TryToHexString(reference, hex, out _);
        }
        else
        {
            Convert.TryToHexStringLower(reference, hex, out _);
        }

        return hex;
    }
}
