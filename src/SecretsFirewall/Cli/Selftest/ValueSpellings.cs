using System.Text;

namespace SecretsFirewall.Cli.Selftest;

/// <summary>The spellings of a value that an agent may send inside JSON text.</summary>
internal static class ValueSpellings
{
    /// <summary>Each stands in a JSON string as it is.</summary>
    public static IEnumerable<(string Name, string Written)> Of(string value)
    {
        var bytes = Encoding.ASCII.GetBytes(value);
        yield return ("in plain", value);
        yield return ("in JSON escapes", string.Concat(value.Select(static c => $"\\u{(int)c:x4}")));
        for (var shift = 0; shift < 3; shift++)
        {
            yield return ($"in base64, shifted by {shift}", Convert.ToBase64String([.. new byte[shift].Select(static _ => (byte)'-'), .. bytes]));
        }

        yield return ("in base64url", Convert.ToBase64String(bytes).TrimEnd('=').Replace('+', '-').Replace('/', '_'));
        yield return ("in percent escapes", string.Concat(value.Select(static c => $"%{(int)c:X2}")));
        yield return ("in hexadecimal", Convert.ToHexStringLower(bytes));
    }
}
