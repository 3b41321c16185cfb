using System.Text;

namespace SecretsFirewall.Commands.Operations;

/// <summary>The values of one name in a query or form (WHATWG URL, application/x-www-form-urlencoded). Names and values are decoded; names are compared without their capitals.</summary>
internal static class FormValues
{
    public static IEnumerable<string> Of(ReadOnlySpan<byte> form, string name) => Of(Encoding.UTF8.GetString(form), name);

    public static IEnumerable<string> Of(string form, string name)
    {
        foreach (var pair in form.Split('&'))
        {
            var at = pair.IndexOf('=', StringComparison.Ordinal);
            if (at > 0 && Decode(pair[..at]).Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                yield return Decode(pair[(at + 1)..]);
            }
        }
    }

    private static string Decode(string text) => Uri.UnescapeDataString(text.Replace('+', ' '));
}
