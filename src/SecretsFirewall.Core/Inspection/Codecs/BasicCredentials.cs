
namespace SecretsFirewall.Inspection.Codecs;

/// <summary>The value of an <c>Authorization: Basic</c> field (RFC 7617): base64 of <c>user:password</c>.</summary>
public static class BasicCredentials
{
    private const string Scheme = "Basic ";

    /// <summary>
    /// The bytes of <c>user:password</c>. False for another scheme, anything but strict base64, or credentials without a colon.
    /// </summary>
    public static bool TryDecode(string fieldValue, out byte[] userAndPassword)
    {
        userAndPassword = [];
        if (!fieldValue.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        var token = fieldValue.AsSpan(Scheme.Length).Trim(' ');
        var decoded = new byte[(token.Length / 4 * 3) + 3];
        if (token.ContainsAny(" \t\r\n") || !Convert.TryFromBase64Chars(token, decoded, out var length) || !decoded.AsSpan(0, length).Contains((byte)':'))
        {
            return false;
        }

        userAndPassword = decoded[..length];
        return true;
    }

    /// <summary>The whole field value.</summary>
    public static string Encode(ReadOnlySpan<byte> userAndPassword) => Scheme + Convert.ToBase64String(userAndPassword);
}
