using System.Text;

namespace SecretsFirewall.Model;

/// <summary>
/// <c>SECRET_REF(name)</c>, the only placeholder. This is the one place that writes and reads it.
/// </summary>
public static class SecretReference
{
    /// <summary>The longest reference, in bytes.</summary>
    public const int MaxLength = 11 + SecretName.MaxLength + 1;

    public static ReadOnlySpan<byte> Prefix => "SECRET_REF("u8;

    public static string Format(SecretName name) => $"SECRET_REF({name.Value})";

    public static byte[] FormatUtf8(SecretName name) => Encoding.ASCII.GetBytes(Format(name));

    /// <summary>Reads a reference that starts at the first byte of <paramref name="text"/>; <paramref name="length"/> is its length with both parentheses.</summary>
    public static bool TryRead(ReadOnlySpan<byte> text, out SecretName name, out int length)
    {
        name = default;
        length = 0;
        if (!text.StartsWith(Prefix))
        {
            return false;
        }

        var rest = text[Prefix.Length..];
        var close = rest[..Math.Min(rest.Length, SecretName.MaxLength + 1)].IndexOf((byte)')');
        if (close <= 0)
        {
            return false;
        }

        Span<char> chars = stackalloc char[SecretName.MaxLength];
        var count = Encoding.Latin1.GetChars(rest[..close], chars);
        length = Prefix.Length + close + 1;
        return SecretName.TryCreate(chars[..count], out name);
    }
}
