using System.Text;

namespace SecretsFirewall.Cli.Demo;

/// <summary>What an upstream saw, byte for byte where it matters: the target, the header values and the body.</summary>
internal sealed record ReceivedRequest(
    string Method,
    string Host,
    string Target,
    IReadOnlyList<KeyValuePair<string, string>> Headers,
    ReadOnlyMemory<byte> Body)
{
    public string BodyText => Encoding.UTF8.GetString(Body.Span);

    public string? Header(string name) =>
        Headers.FirstOrDefault(h => h.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Value;

    /// <summary>Everything that was received as one text, to be searched for what must not be in it.</summary>
    public string Everything() =>
        $"{Method} {Target}\n{string.Join('\n', Headers.Select(h => $"{h.Key}: {h.Value}"))}\n\n{BodyText}";
}
