using System.Text;
using System.Text.Json.Nodes;
using SecretsFirewall.EndToEnd.Tests.Drivers;
using SecretsFirewall.EndToEnd.Tests.Harness;
using SecretsFirewall.EndToEnd.Tests.Upstreams;

namespace SecretsFirewall.EndToEnd.Tests.RealClients;

public sealed class GrpcJsTests(FirewallFixture firewall) : FirewallTests(firewall), IClassFixture<FirewallFixture>
{
    [ClientTheory(Client.GrpcJs)]
    [InlineData(0)]
    [InlineData(2)]
    public async Task GrpcJs_BidirectionalCall_FlowsMessageByMessageAndEndsWell(int compression)
    {
        Upstream.Reset(Echo);

        var lines = await CallAsync(compression, "one", "two", "three");

        Assert.Equal(["one", "two", "three"], lines.SkipLast(1).Select(line => (string?)line["message"]));
        Assert.Equal((0, "done"), ((int)lines[^1]["status"]!, (string?)lines[^1]["details"]));
        Assert.Equal("trailers", Upstream.Single.Header("TE"));
    }

    [ClientTheory(Client.GrpcJs)]
    [InlineData(0)]
    [InlineData(2)]
    public async Task GrpcJs_ValueInTheFirstMessage_IsToldWhy(int compression)
    {
        var canary = Firewall.Register();
        Upstream.Reset(Echo);

        var lines = await CallAsync(compression, $"key {canary.Value}");

        var status = Assert.Single(lines);
        Assert.Equal(7, (int)status["status"]!);
        Assert.Contains("secret_blocked", (string?)status["details"], StringComparison.Ordinal);
        AssertNowhere([canary]);
    }

    [ClientFact(Client.GrpcJs)]
    public async Task GrpcJs_ValueInALaterMessage_FailsTheCall()
    {
        var canary = Firewall.Register();
        Upstream.Reset(Echo);

        var lines = await CallAsync(0, "one", $"key {canary.Value}");

        Assert.Equal("one", (string?)lines[0]["message"]);
        Assert.NotEqual(0, (int)lines[^1]["status"]!);
        AssertNowhere([canary]);
    }

    /// <summary>Gives each piece back as it came: same flags, same coding.</summary>
    private static async Task Echo(UpstreamExchange exchange)
    {
        exchange.Header("Content-Type", "application/grpc");
        if (exchange.Request.Header("Grpc-Encoding") is { } coding)
        {
            exchange.Header("Grpc-Encoding", coding);
        }

        exchange.DeclareTrailer("grpc-status");
        exchange.DeclareTrailer("grpc-message");
        await exchange.SendHeadAsync();
        while (await exchange.ReadSomeAsync() is var count and > 0)
        {
            await exchange.SendAsync(exchange.Request.Body.AsMemory()[^count..]);
        }

        exchange.Trailer("grpc-status", "0");
        exchange.Trailer("grpc-message", "done");
    }

    private async Task<IReadOnlyList<JsonNode>> CallAsync(int compression, params string[] messages)
    {
        var (result, lines) = await JsonClient.RunAsync(Client.GrpcJs, "grpc.mjs", Firewall.ClientEnvironment, new JsonObject
        {
            ["host"] = Hosts.Tool,
            ["messages"] = new JsonArray([.. messages.Select(message => JsonValue.Create(message))]),
            ["compression"] = compression,
        });
        Assert.Equal("", Encoding.UTF8.GetString(result.Errors));
        return lines;
    }
}
