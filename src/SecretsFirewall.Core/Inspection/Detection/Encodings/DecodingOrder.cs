namespace SecretsFirewall.Inspection.Detection.Encodings;

/// <summary>The decodings that a stretch calls for, one after the other.</summary>
internal static class DecodingOrder
{
    private static readonly Decodings[] Singles =
        [Decodings.Escapes, Decodings.Form, Decodings.QuotedPrintable, Decodings.Utf16Even, Decodings.Utf16Odd, Decodings.HexWords];

    private static readonly Decodings[][] Orders =
        [.. Enumerable.Range(0, 1 << Singles.Length).Select(flags => Singles.Where(single => ((Decodings)flags & single) != 0).ToArray())];

    public static ReadOnlySpan<Decodings> Of(Decodings decodings) => Orders[(int)decodings];
}
