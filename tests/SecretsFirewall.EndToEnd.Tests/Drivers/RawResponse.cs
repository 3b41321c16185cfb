using System.Text;

namespace SecretsFirewall.EndToEnd.Tests.Drivers;

/// <summary>A response as a raw socket saw it.</summary>
/// <param name="IsComplete">False where the connection ended before the body did.</param>
internal sealed record RawResponse(
    int Status,
    string Reason,
    IReadOnlyList<KeyValuePair<string, string>> Headers,
    byte[] Body,
    IReadOnlyList<KeyValuePair<string, string>> Trailers,
    bool IsComplete)
{
    public string Text => Encoding.UTF8.GetString(Body);

    public string? Header(string name) => Find(Headers, name);

    public string? Trailer(string name) => Find(Trailers, name);

    private static string? Find(IReadOnlyList<KeyValuePair<string, string>> fields, string name)
    {
        var values = fields.Where(f => f.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(f => f.Value).ToList();
        return values.Count == 0 ? null : string.Join(", ", values);
    }
}
