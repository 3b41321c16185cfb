using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace SecretsFirewall.EndToEnd.Tests.Upstreams;

/// <summary>
/// A server of the Model Context Protocol over streamable HTTP (revision 2025-06-18), as small as a client allows: one tool that answers with a text,
/// a session by header, no stream of its own.
/// </summary>
internal static class McpServer
{
    public const string Session = "session-1";

    public const string Tool = "read_config";

    /// <param name="text">What the tool answers.</param>
    /// <param name="asEvents">Whether answers are event streams, as the client leaves to the server.</param>
    public static UpstreamScript Script(string text, bool asEvents) => async exchange =>
    {
        var body = await exchange.ReadBodyAsync();
        switch (exchange.Request.Method)
        {
            case "GET":
                exchange.Status(405);
                return;
            case "DELETE":
                return;
        }

        var request = JsonNode.Parse(body)!;
        if (Answer((string)request["method"]!, request["params"], text) is not { } result)
        {
            exchange.Status(202); // a notification
            return;
        }

        exchange.Header("Mcp-Session-Id", Session).Header("Content-Type", asEvents ? "text/event-stream" : "application/json");
        var answer = new JsonObject { ["jsonrpc"] = "2.0", ["id"] = request["id"]!.DeepClone(), ["result"] = result }.ToJsonString();
        await exchange.SendAsync(Encoding.UTF8.GetBytes(asEvents ? $"event: message\nid: 1\ndata: {answer}\n\n" : answer));
    };

    private static JsonNode? Answer(string method, JsonNode? parameters, string text) => method switch
    {
        "initialize" => new JsonObject
        {
            ["protocolVersion"] = parameters!["protocolVersion"]!.DeepClone(),
            ["capabilities"] = new JsonObject { ["tools"] = new JsonObject(), ["resources"] = new JsonObject() },
            ["serverInfo"] = new JsonObject { ["name"] = "files", ["version"] = "1.0.0" },
        },
        "tools/list" => JsonNode.Parse($$$"""{"tools":[{"name":"{{{Tool}}}","description":"Reads a file.","inputSchema":{"type":"object"}}]}"""),
        "tools/call" => JsonNode.Parse($$$"""{"content":[{"type":"text","text":{{{JsonSerializer.Serialize(text)}}}}]}"""),
        _ => null,
    };
}
