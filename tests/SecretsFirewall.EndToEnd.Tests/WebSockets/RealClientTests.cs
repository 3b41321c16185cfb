using System.Net;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;
using SecretsFirewall.EndToEnd.Tests.Drivers;
using SecretsFirewall.EndToEnd.Tests.Harness;
using SecretsFirewall.EndToEnd.Tests.Upstreams;

namespace SecretsFirewall.EndToEnd.Tests.WebSockets;

/// <summary>Clients that people use, against a real server of WebSockets that echoes what it gets.</summary>
public sealed class RealClientTests(FirewallFixture firewall) : FirewallTests(firewall), IClassFixture<FirewallFixture>
{
    private readonly List<string> _received = [];

    [Theory]
    [InlineData("1.1", false)]
    [InlineData("1.1", true)]
    [InlineData("2.0", false)]
    [InlineData("2.0", true)]
    public async Task ClientWebSocket_SecretInMessages_ModelReceivesTheReferenceAndTheSocketGoesOn(string version, bool deflates)
    {
        var canary = Firewall.Register();
        Upstream.Reset(Echo(deflates));
        using var handler = HttpClients.CreateHandler(Firewall.Proxy, new NetworkCredential(FirewallFixture.AgentName, Firewall.Credentials.Split(':')[1]), Firewall.CaPem);
        using var invoker = new HttpMessageInvoker(handler);
        using var socket = new ClientWebSocket();
        socket.Options.HttpVersion = Version.Parse(version);
        socket.Options.HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        socket.Options.DangerousDeflateOptions = deflates ? new WebSocketDeflateOptions() : null;
        await socket.ConnectAsync(new Uri($"wss://{Hosts.OpenAi}/v1/realtime"), invoker, default).WaitAsync(Patience.Long);

        string[] messages = ["hello", $"use {canary.Value} here", "hello again", $"and {canary.Value}", new string('x', 100_000), "bye"];
        foreach (var message in messages)
        {
            await socket.SendAsync(Encoding.UTF8.GetBytes(message), WebSocketMessageType.Text, endOfMessage: true, default);
            Assert.Equal(message.Replace(canary.Value, canary.Reference, StringComparison.Ordinal), await ReceiveAsync(socket));
        }

        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "done", default).WaitAsync(Patience.Long);
        Assert.Equal(WebSocketCloseStatus.NormalClosure, socket.CloseStatus);
        Assert.Equal(messages.Select(message => message.Replace(canary.Value, canary.Reference, StringComparison.Ordinal)), _received);
        AssertNowhere([canary]);
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task ClientWebSocket_BlockedMessage_IsClosedWith1008AndAReason(string version)
    {
        Upstream.Reset(Echo(deflates: false));
        using var handler = HttpClients.CreateHandler(Firewall.Proxy, new NetworkCredential(FirewallFixture.AgentName, Firewall.Credentials.Split(':')[1]), Firewall.CaPem);
        using var invoker = new HttpMessageInvoker(handler);
        using var socket = new ClientWebSocket();
        socket.Options.HttpVersion = Version.Parse(version);
        socket.Options.HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        await socket.ConnectAsync(new Uri($"wss://{Hosts.Tool}/socket"), invoker, default).WaitAsync(Patience.Long);

        await socket.SendAsync(Encoding.UTF8.GetBytes($"use {Rules.MadeUpTokens.Stripe()}"), WebSocketMessageType.Text, endOfMessage: true, default);
        await ReceiveAsync(socket);

        Assert.Equal(WebSocketCloseStatus.PolicyViolation, socket.CloseStatus);
        Assert.StartsWith("secret_blocked", socket.CloseStatusDescription, StringComparison.Ordinal);
        Assert.Empty(_received);
    }

    [ClientTheory(Client.Ws)]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public Task Ws_SecretInMessages_ModelReceivesTheReference(bool deflate, bool binary) => RunNodeAsync(Client.Ws, "ws", deflate, binary);

    [ClientFact(Client.Undici)]
    public Task Undici_SecretInMessages_ModelReceivesTheReference() => RunNodeAsync(Client.Undici, "undici", deflate: true, binary: false);

    [ClientTheory(Client.PythonWebSockets)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task PythonWebSockets_SecretInMessages_ModelReceivesTheReference(bool deflate)
    {
        var canary = Firewall.Register();
        Upstream.Reset(Echo(deflate));

        var (_, lines) = await JsonClient.RunAsync(Client.PythonWebSockets, "websockets_client.py", Firewall.ClientEnvironment, new JsonObject
        {
            ["url"] = $"wss://{Hosts.OpenAi}/v1/realtime",
            ["messages"] = new JsonArray([.. Messages(canary).Select(message => JsonValue.Create(message))]),
            ["deflate"] = deflate,
        });

        AssertEchoed(canary, lines);
    }

    private async Task RunNodeAsync(Client client, string name, bool deflate, bool binary)
    {
        var canary = Firewall.Register();
        Upstream.Reset(Echo(deflate));

        var (_, lines) = await JsonClient.RunAsync(client, "ws.mjs", Firewall.ClientEnvironment, new JsonObject
        {
            ["client"] = name,
            ["url"] = $"wss://{Hosts.OpenAi}/v1/realtime",
            ["messages"] = new JsonArray([.. Messages(canary).Select(message => JsonValue.Create(message))]),
            ["deflate"] = deflate,
            ["binary"] = binary,
        });

        Assert.Equal(deflate, ((string?)lines[0]["extensions"])!.Contains("permessage-deflate", StringComparison.Ordinal));
        AssertEchoed(canary, lines);
    }

    private static string[] Messages(Canary canary) => ["hello", "hello again", $"use {canary.Value} here", "hello again and again", $"{canary.Value}", new string('x', 70_000), "bye"];

    private void AssertEchoed(Canary canary, IReadOnlyList<JsonNode> lines)
    {
        var expected = Messages(canary).Select(message => message.Replace(canary.Value, canary.Reference, StringComparison.Ordinal)).ToList();
        Assert.Equal(expected, lines.Where(line => line["message"] is not null).Select(line => (string?)line["message"]));
        Assert.Equal(expected, _received);
        Assert.Equal(1000, (int?)lines[^1]["close"]);
        AssertNowhere([canary]);
    }

    /// <summary>The library's own server; it fails on a frame or a coding that is not right.</summary>
    private UpstreamScript Echo(bool deflates) => async exchange =>
    {
        var frames = await exchange.AcceptWebSocketAsync(deflates ? "permessage-deflate" : null);
        using var socket = WebSocket.CreateFromStream(frames.Inner, new WebSocketCreationOptions
        {
            IsServer = true,
            DangerousDeflateOptions = deflates ? new WebSocketDeflateOptions() : null,
        });
        while (await ReceiveAsync(socket) is { } message)
        {
            _received.Add(message);
            await socket.SendAsync(Encoding.UTF8.GetBytes(message), WebSocketMessageType.Text, endOfMessage: true, default);
        }

        await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, "", default);
    };

    /// <summary>The next message; null at the end.</summary>
    private static async Task<string?> ReceiveAsync(WebSocket socket)
    {
        var buffer = new byte[16 * 1024];
        var message = new MemoryStream();
        while (true)
        {
            var read = await socket.ReceiveAsync(buffer.AsMemory(), default).AsTask().WaitAsync(Patience.Long);
            if (read.MessageType is WebSocketMessageType.Close)
            {
                return null;
            }

            message.Write(buffer, 0, read.Count);
            if (read.EndOfMessage)
            {
                return Encoding.UTF8.GetString(message.ToArray());
            }
        }
    }
}
