namespace SecretsFirewall.Inspection.Codecs;

/// <summary>
/// A key or value of <c>application/x-www-form-urlencoded</c> (WHATWG URL): percent-encoding with <c>+</c> for the space.
/// Total both ways, as <see cref="PercentCodec"/> is.
/// </summary>
public static class FormCodec
{
    public static byte[] Encode(ReadOnlySpan<byte> raw) => PercentCodec.Encode(raw, spaceAsPlus: true);

    public static byte[] Decode(ReadOnlySpan<byte> text) => PercentCodec.Decode(text, plusAsSpace: true);
}
