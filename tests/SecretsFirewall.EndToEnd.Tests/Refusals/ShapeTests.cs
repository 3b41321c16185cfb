using System.Text;
using System.Text.Json;
using SecretsFirewall.EndToEnd.Tests.Drivers;
using SecretsFirewall.EndToEnd.Tests.Harness;

namespace SecretsFirewall.EndToEnd.Tests.Refusals;

/// <summary>The same refusal in the shape that each kind of client shows to its user.</summary>
public sealed class ShapeTests(FirewallFixture firewall) : FirewallTests(firewall), IClassFixture<FirewallFixture>
{
    [Fact]
    public async Task OpenAi_SecretInsideAnImage_Is400InItsErrorShape()
    {
        var response = await RefuseAsync(Hosts.OpenAi, Prompts.ChatPath, Prompts.ChatWithImage(Firewall.Register().Value));

        Assert.Equal((400, "application/json"), (response.Status, response.Header("Content-Type")));
        using var error = JsonDocument.Parse(response.Body);
        Assert.Equal("secret_blocked", error.RootElement.GetProperty("error").GetProperty("code").GetString());
        AssertHelpful(response, error.RootElement.GetProperty("error").GetProperty("message").GetString());
    }

    [Fact]
    public async Task Anthropic_SecretInsideAnImage_Is400InItsErrorShape()
    {
        var response = await RefuseAsync(Hosts.Anthropic, Prompts.MessagesPath, Prompts.MessagesWithImage(Firewall.Register().Value));

        Assert.Equal((400, "application/json"), (response.Status, response.Header("Content-Type")));
        using var error = JsonDocument.Parse(response.Body);
        Assert.Equal("error", error.RootElement.GetProperty("type").GetString());
        Assert.Equal("invalid_request_error", error.RootElement.GetProperty("error").GetProperty("type").GetString());
        AssertHelpful(response, error.RootElement.GetProperty("error").GetProperty("message").GetString());
    }

    [Fact]
    public async Task McpToolCall_UnboundReference_IsAToolErrorWithTheSameId()
    {
        var response = await RefuseAsync(
            Hosts.Tool, "/mcp", """{"jsonrpc":"2.0","id":"call-7","method":"tools/call","params":{"name":"t","arguments":{"k":"SECRET_REF(nobody)"}}}""");

        Assert.Equal((200, "application/json"), (response.Status, response.Header("Content-Type")));
        using var answer = JsonDocument.Parse(response.Body);
        Assert.Equal("call-7", answer.RootElement.GetProperty("id").GetString());
        Assert.True(answer.RootElement.GetProperty("result").GetProperty("isError").GetBoolean());
        AssertHelpful(response, answer.RootElement.GetProperty("result").GetProperty("content")[0].GetProperty("text").GetString());
    }

    [Fact]
    public async Task OtherMcpMethod_UnboundReference_IsAJsonRpcErrorWithTheSameId()
    {
        var response = await RefuseAsync(Hosts.Tool, "/mcp", """{"jsonrpc":"2.0","id":7,"method":"resources/read","params":{"uri":"x:SECRET_REF(nobody)"}}""");

        Assert.Equal((200, "application/json"), (response.Status, response.Header("Content-Type")));
        using var answer = JsonDocument.Parse(response.Body);
        Assert.Equal(7, answer.RootElement.GetProperty("id").GetInt32());
        AssertHelpful(response, answer.RootElement.GetProperty("error").GetProperty("message").GetString());
    }

    [Fact]
    public async Task Tool_UnboundReference_IsAProblemDocument()
    {
        var response = await RefuseAsync(Hosts.Tool, "/issues", """{"k":"SECRET_REF(nobody)"}""");

        Assert.Equal((403, "application/problem+json"), (response.Status, response.Header("Content-Type")));
        using var problem = JsonDocument.Parse(response.Body);
        Assert.Equal(403, problem.RootElement.GetProperty("status").GetInt32());
        Assert.Equal("unbound_ref", problem.RootElement.GetProperty("code").GetString());
        AssertHelpful(response, response.Text);
    }

    [Fact]
    public async Task Refusal_OfARequestWithMarkup_RepeatsNothingOfIt()
    {
        var mark = Canary.Make().Value;

        var response = await RefuseAsync(Hosts.Tool, $"/{mark}?{mark}={mark}", $$"""{"{{mark}}":"SECRET_REF(nobody) {{mark}}"}""", $"X-{mark}: {mark}");

        Assert.DoesNotContain(mark, response.Text, StringComparison.Ordinal);
        Assert.All(response.Headers, header => Assert.DoesNotContain(mark, header.Value, StringComparison.Ordinal));
    }

    [Fact]
    public async Task UnlistedHost_PostUnderTheDefaultPolicy_IsRefusedWithTheCommandThatAllowsIt()
    {
        var response = await RefuseAsync(Hosts.Unlisted, "/form", "a=b");

        Assert.Equal(403, response.Status);
        Assert.Contains("policy_denied", response.Text, StringComparison.Ordinal);
        AssertHelpful(response, response.Text);
    }

    [Fact]
    public async Task UnlistedHost_GetUnderTheDefaultPolicy_IsForwarded()
    {
        await using var client = await Firewall.TunnelAsync(Hosts.Unlisted);

        Assert.Equal(200, (await client.RequestAsync("GET", "/page?a=b", Hosts.Unlisted)).Status);
    }

    private async Task<RawResponse> RefuseAsync(string host, string target, string body, params string[] headers)
    {
        await using var client = await Firewall.TunnelAsync(host);
        var response = await client.RequestAsync("POST", target, host, Encoding.ASCII.GetBytes(body), headers);
        Assert.Empty(Upstream.Requests);
        return response;
    }

    /// <summary>Who decided, what to do, and where to see more.</summary>
    private static void AssertHelpful(RawResponse response, string? message)
    {
        var decision = response.Header("X-SFW-Decision");
        Assert.False(string.IsNullOrEmpty(decision));
        Assert.NotNull(response.Header("Proxy-Status"));
        Assert.Contains("do not retry", message, StringComparison.OrdinalIgnoreCase);
        Assert.Contains(decision, message, StringComparison.Ordinal);
    }
}
