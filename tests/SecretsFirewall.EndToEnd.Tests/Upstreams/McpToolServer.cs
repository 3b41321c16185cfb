using System.Text;
using System.Text.Json.Nodes;
using System.Threading.Channels;

namespace SecretsFirewall.EndToEnd.Tests.Upstreams;

/// <summary>
/// A server of the Model Context Protocol whose tools a test changes while it runs: streamable HTTP of the revisions with a handshake and of 2026-07-28, and the old transport
/// whose answers come over one stream of events.
/// </summary>
internal sealed class McpToolServer
{
    private readonly Channel<string> _stream = Channel.CreateUnbounded<string>();

    /// <summary>The elements of the list, each as JSON.</summary>
    public IReadOnlyList<string> Tools { get; set; } = [Tool("read_config"), Tool("search"), Tool("delete_all")];

    /// <summary>What the server says about itself.</summary>
    public string Instructions { get; set; } = "Be kind.";

    /// <summary>What a tool answers.</summary>
    public string Answer { get; set; } = "fine";

    public bool AsEvents { get; set; }

    /// <summary>A message that the server sends before the answer of a tool.</summary>
    public string? Before { get; set; }

    /// <summary>The methods that arrived, in their order.</summary>
    public List<string> Seen { get; } = [];

    public static string Tool(string name, string description = "Does it.") => $$"""{ "name":"{{name}}" , "description":"{{description}}","inputSchema":{"type":"object"} }""";

    /// <summary>The list as it stands in an answer.</summary>
    public string List(params IEnumerable<string> tools) => """{"resultType":"complete","ttlMs":0,"cacheScope":"private","tools":[""" + string.Join(", ", tools) + "]}";

    public UpstreamScript Streamable => async exchange =>
    {
        var body = await exchange.ReadBodyAsync();
        if (exchange.Request.Method != "POST")
        {
            exchange.Status(exchange.Request.Method == "GET" ? 405 : 200);
            return;
        }

        if (Reply(body) is not { } answer)
        {
            exchange.Status(202);
            return;
        }

        exchange.Header("Content-Type", AsEvents ? "text/event-stream" : "application/json");
        if (AsEvents && Before is not null && Seen[^1] == "tools/call")
        {
            await exchange.SendAsync(Encoding.UTF8.GetBytes($"event: message\ndata: {Before}\n\n"));
        }

        await exchange.SendAsync(Encoding.UTF8.GetBytes(AsEvents ? $"event: message\ndata: {answer}\n\n" : answer));
    };

    public UpstreamScript Old => async exchange =>
    {
        var body = await exchange.ReadBodyAsync();
        if (exchange.Request.Method == "GET")
        {
            exchange.Header("Content-Type", "text/event-stream");
            await exchange.SendAsync("event: endpoint\ndata: /messages?session=1\n\n"u8.ToArray());
            await foreach (var message in _stream.Reader.ReadAllAsync(exchange.PeerGone))
            {
                await exchange.SendAsync(Encoding.UTF8.GetBytes($"event: message\ndata: {message}\n\n"));
            }
        }

        exchange.Status(202);
        if (Reply(body) is { } answer)
        {
            await _stream.Writer.WriteAsync(answer);
        }
    };

    private string? Reply(byte[] body)
    {
        var request = JsonNode.Parse(body)!;
        var method = (string?)request["method"];
        Seen.Add(method ?? "");
        var result = method switch
        {
            "initialize" => new JsonObject
            {
                ["protocolVersion"] = request["params"]!["protocolVersion"]!.DeepClone(),
                ["capabilities"] = new JsonObject { ["tools"] = new JsonObject { ["listChanged"] = true }, ["resources"] = new JsonObject(), ["logging"] = new JsonObject() },
                ["serverInfo"] = new JsonObject { ["name"] = "tools", ["version"] = "1.0.0" },
                ["instructions"] = Instructions,
            }.ToJsonString(),
            "server/discover" => new JsonObject
            {
                ["resultType"] = "complete",
                ["ttlMs"] = 0,
                ["cacheScope"] = "private",
                ["supportedVersions"] = new JsonArray("2026-07-28"),
                ["capabilities"] = new JsonObject { ["tools"] = new JsonObject() },
                ["serverInfo"] = new JsonObject { ["name"] = "tools", ["version"] = "1.0.0" },
                ["instructions"] = Instructions,
            }.ToJsonString(),
            "tools/list" => List(Tools),
            "tools/call" => new JsonObject
            {
                ["resultType"] = "complete",
                ["content"] = new JsonArray(new JsonObject { ["type"] = "text", ["text"] = Answer }),
            }.ToJsonString(),
            "resources/read" => new JsonObject
            {
                ["contents"] = new JsonArray(new JsonObject { ["uri"] = request["params"]!["uri"]!.DeepClone(), ["text"] = Answer }),
            }.ToJsonString(),
            _ => null,
        };
        return result is null || request["id"] is not { } id ? null : """{"jsonrpc":"2.0","id":""" + id.ToJsonString() + ",\"result\":" + result + "}";
    }
}
