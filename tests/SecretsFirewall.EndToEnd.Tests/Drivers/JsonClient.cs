using System.Text.Json;
using System.Text.Json.Nodes;
using SecretsFirewall.EndToEnd.Tests.Harness;

namespace SecretsFirewall.EndToEnd.Tests.Drivers;

/// <summary>The scripts under <c>clients/</c>: one JSON document in, JSON lines out.</summary>
internal static class JsonClient
{
    public static ClientProcess Start(Client client, string script, IReadOnlyDictionary<string, string> environment) =>
        ClientProcess.Start(ClientPrograms.Executable(client), [Path.Combine(ClientPrograms.Folder, script)], environment);

    /// <summary>Runs to the end; one node for each line.</summary>
    public static async Task<(ClientResult Result, IReadOnlyList<JsonNode> Lines)> RunAsync(
        Client client, string script, IReadOnlyDictionary<string, string> environment, JsonObject call)
    {
        await using var process = Start(client, script, environment);
        var result = await process.FinishAsync(JsonSerializer.SerializeToUtf8Bytes(call));
        return (result, [.. result.Succeeded().Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!)]);
    }

    /// <summary>The next line as soon as it is there.</summary>
    public static async Task<JsonNode> NextAsync(this ClientProcess process) =>
        JsonNode.Parse(await process.ReadLineAsync() ?? throw new EndOfStreamException("The client ended."))!;

    /// <summary>The texts of the chunks up to and with <paramref name="last"/>, which may come in pieces.</summary>
    public static async Task<string> ChunksUntilAsync(this ClientProcess process, string last)
    {
        var text = "";
        while (!text.Contains(last, StringComparison.Ordinal))
        {
            text += (string?)(await process.NextAsync().WaitAsync(Patience.Client))["chunk"];
        }

        return text;
    }
}
