using System.Text.Json;

namespace SecretsFirewall.Tests.Corpus;

/// <summary><c>secrets.json</c>.</summary>
internal sealed record SecretsDocument(SecretFormat[] Secrets);

/// <param name="Name">What it is assigned to, in lower case with underscores. None if it has its own texts.</param>
/// <param name="Kind"><c>token</c> if it is known wherever it stands, <c>named</c> if only its name tells.</param>
/// <param name="Texts">Its own contexts.</param>
internal sealed record SecretFormat(string Family, string Id, string Value, string? Name, string? Kind, string[]? Texts);

/// <summary><c>contexts.json</c>.</summary>
/// <param name="Contexts">By the kind of the secrets that may stand in them.</param>
internal sealed record ContextsDocument(Dictionary<string, string[]> Contexts, Carrier[] Carriers);

/// <param name="Depth">How often the text is written as a JSON string.</param>
internal sealed record Carrier(string Name, int Depth, string Text);

/// <summary><c>look-alikes.json</c>.</summary>
internal sealed record LookAlikesDocument(LookAlikes[] LookAlikes);

internal sealed record LookAlikes(string Family, string[] Texts);

internal static class CorpusDocuments
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        ReadCommentHandling = JsonCommentHandling.Skip,
    };

    public static T Read<T>(string folder, string file) =>
        JsonSerializer.Deserialize<T>(File.ReadAllBytes(Path.Combine(folder, file)), Options)
        ?? throw new InvalidDataException($"{file} holds nothing.");
}
