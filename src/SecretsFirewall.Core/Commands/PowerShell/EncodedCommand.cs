using System.Text;

namespace SecretsFirewall.Commands.PowerShell;

/// <summary><c>-EncodedCommand</c>: base64 of UTF-16LE.</summary>
internal static class EncodedCommand
{
    /// <returns>Null if it is none.</returns>
    public static string? Decode(string text)
    {
        var bytes = new byte[text.Length];
        if (text.Length > CommandLimits.MaxLength || !Convert.TryFromBase64String(text, bytes, out var length) || length == 0 || length % 2 != 0)
        {
            return null;
        }

        var decoded = Encoding.Unicode.GetString(bytes, 0, length);
        return decoded.Contains('\0', StringComparison.Ordinal) ? null : decoded;
    }
}
