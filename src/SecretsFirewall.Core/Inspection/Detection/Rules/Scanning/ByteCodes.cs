namespace SecretsFirewall.Inspection.Detection.Rules.Scanning;

/// <summary>
/// Six bits for each byte, so that a table of what a byte means fits one register: letters without their case, digits and the usual punctuation
/// by themselves, what is left together. Bytes above 127 have the codes of those below.
/// </summary>
internal static class ByteCodes
{
    public const int Count = 64;

    private const int Others = Count - 1;

    private const string Distinct = "abcdefghijklmnopqrstuvwxyz0123456789 \n\"'_-:./=$+&!?;,\\(){}[]<>#*";

    private static readonly byte[] Codes = Make();

    public static int Of(int b) => Codes[b];

    private static byte[] Make()
    {
        var codes = new byte[128];
        for (var b = 0; b < codes.Length; b++)
        {
            var code = Distinct.IndexOf(char.ToLowerInvariant((char)b), StringComparison.Ordinal);
            codes[b] = (byte)(code is >= 0 and < Others ? code : Others);
        }

        return codes;
    }
}
