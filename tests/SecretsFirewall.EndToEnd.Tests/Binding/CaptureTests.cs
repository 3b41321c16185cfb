using System.Text;
using SecretsFirewall.Bundles;
using SecretsFirewall.EndToEnd.Tests.Drivers;
using SecretsFirewall.EndToEnd.Tests.Harness;
using SecretsFirewall.EndToEnd.Tests.Upstreams;
using SecretsFirewall.Vault;

namespace SecretsFirewall.EndToEnd.Tests.Binding;

/// <summary>The default policy with <c>"capture": "session"</c>.</summary>
public sealed class CapturingFirewallFixture : FirewallFixture
{
    private protected override IReadOnlyDictionary<string, string> PolicyFiles()
    {
        const string Name = "redaction.json";
        const string Before = "\"redaction\": {";
        var text = File.ReadAllText(Path.Combine(HomeFolder, "policies", "default", Name));
        Assert.Contains(Before, text, StringComparison.Ordinal);
        return new Dictionary<string, string> { [Name] = text.Replace(Before, $"{Before} \"capture\": \"session\",", StringComparison.Ordinal) };
    }
}

/// <summary>An agent that read a key which nobody registered uses it by name at its provider, and never has it.</summary>
public sealed class CaptureTests(CapturingFirewallFixture firewall) : FirewallTests(firewall), IClassFixture<CapturingFirewallFixture>
{
    private readonly string _value = Encoding.ASCII.GetString(ShippedRules.Set.Find("github-pat")!.MakeSecret()!);

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/json")]
    [InlineData("text/event-stream")]
    public async Task ValueThatATool_GaveAway_IsUsedByNameAtItsProvider(string contentType)
    {
        var reference = await ReadAsync(contentType);

        var response = await SendAsync(Hosts.Tool, $"Authorization: Bearer {reference}");

        Assert.Equal(200, response.Status);
        Assert.Equal($"Bearer {_value}", Upstream.Single.Header("Authorization"));
        AssertNotInHome();
        Assert.Contains(Firewall.Captured(), one => reference == $"SECRET_REF({one.Name})" && one.Uses == 1);
    }

    [Fact]
    public async Task ValueInAPrompt_IsMaskedForTheModelAndUsedByNameAtItsProvider()
    {
        Upstream.Reset(Answer.Json(Prompts.ChatAnswer));
        await using (var client = await Firewall.TunnelAsync(Hosts.OpenAi))
        {
            await client.RequestAsync(
                "POST", Prompts.ChatPath, Hosts.OpenAi, Encoding.UTF8.GetBytes(Prompts.Chat($"token {_value} found")), "Content-Type: application/json");
        }

        var reference = Prompts.PromptOf(Upstream.Single.Body).Split(' ')[1];
        Assert.StartsWith("SECRET_REF(auto.", reference, StringComparison.Ordinal);
        Upstream.Reset();

        Assert.Equal(200, (await SendAsync(Hosts.Tool, $"Authorization: token {reference}")).Status);
        Assert.Equal($"token {_value}", Upstream.Single.Header("Authorization"));
    }

    [Fact]
    public async Task ProviderThatRepeatsTheValue_TheAgentReadsTheReference()
    {
        var reference = await ReadAsync("text/plain");
        Upstream.Reset(Answer.EchoHeader("Authorization"));

        var response = await SendAsync(Hosts.Tool, $"Authorization: Bearer {reference}");

        Assert.StartsWith("Bearer SECRET_REF(auto.", response.Text, StringComparison.Ordinal); // perhaps by another rule: its place is another
        Assert.EndsWith(reference[reference.LastIndexOf('.')..], response.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reference_TowardAnotherHostOrInAnotherField_IsRefused()
    {
        var reference = await ReadAsync("text/plain");
        Upstream.Reset();
        Http1Upstream.Reset();

        var elsewhere = await SendAsync(Hosts.Http1Tool, $"Authorization: Bearer {reference}");
        var otherField = await SendAsync(Hosts.Tool, $"X-Note: {reference}");

        Assert.Equal((403, 403), (elsewhere.Status, otherField.Status));
        Assert.Contains("unbound_ref", elsewhere.Text, StringComparison.Ordinal);
        Assert.Empty(Upstream.Requests.Concat(Http1Upstream.Requests));
    }

    [Fact]
    public async Task Reference_InABodyTowardItsProvider_IsRefused()
    {
        var reference = await ReadAsync("text/plain");
        Upstream.Reset();
        await using var client = await Firewall.TunnelAsync(Hosts.Tool);

        var response = await client.RequestAsync(
            "POST", "/thing", Hosts.Tool, Encoding.UTF8.GetBytes($$"""{"authorization":"{{reference}}"}"""), "Content-Type: application/json");

        Assert.Equal(403, response.Status);
        Assert.Empty(Upstream.Requests);
    }

    [Fact]
    public async Task Reference_OfAnotherAgent_IsRefused()
    {
        var reference = await ReadAsync("text/plain");
        Upstream.Reset();
        var bob = Firewall.AddAgent("bob");
        await using var client = await RawClient.TunnelAsync(Firewall.Proxy, Firewall.CaPem, Hosts.Tool, bob);

        var response = await client.RequestAsync("GET", "/user", Hosts.Tool, default, $"Authorization: Bearer {reference}");
        Firewall.RemoveAgent("bob");

        Assert.Equal(403, response.Status);
        Assert.Empty(Upstream.Requests);
    }

    [Fact]
    public async Task Adopted_Value_IsASecretOfTheVaultFromThenOn()
    {
        var reference = await ReadAsync("text/plain");
        var name = $"adopted_{Guid.NewGuid():n}";

        Assert.Equal(VaultError.None, Firewall.Adopt(reference["SECRET_REF(".Length..^1], name));

        Assert.DoesNotContain(Firewall.Captured(), one => reference.Contains(one.Name.Value, StringComparison.Ordinal));
        Http1Upstream.Reset();
        Assert.Equal(403, (await SendAsync(Hosts.Tool, $"Authorization: Bearer {reference}")).Status);
        Assert.Equal(200, (await SendAsync(Hosts.Http1Tool, $"X-Note: {_value}")).Status);
        Assert.Equal($"SECRET_REF({name})", Http1Upstream.Single.Header("X-Note"));
        AssertNotInHome();
    }

    /// <summary>Lets the agent read the value from a tool; gives the reference that it reads instead.</summary>
    private async Task<string> ReadAsync(string contentType)
    {
        Http1Upstream.Reset(contentType switch
        {
            "application/json" => Answer.Json($$"""{"token":"{{_value}}"}"""),
            "text/event-stream" => Answer.Parts(contentType, [
                Prompts.MessagesStart, .. _value.Chunk(7).Select(letters => Prompts.MessagesDelta(new string(letters))), Prompts.MessagesEnd]),
            _ => Answer.Text(contentType, $"it is {_value} indeed"),
        });
        var response = await SendAsync(Hosts.Http1Tool);
        Assert.Equal((200, true), (response.Status, response.IsComplete));
        Assert.DoesNotContain(_value, response.Text, StringComparison.Ordinal);
        var start = response.Text.IndexOf("SECRET_REF(auto.", StringComparison.Ordinal);
        Assert.True(start >= 0);
        return response.Text[start..(response.Text.IndexOf(')', start) + 1)];
    }

    private async Task<RawResponse> SendAsync(string host, params string[] headers)
    {
        await using var client = await Firewall.TunnelAsync(host);
        return await client.RequestAsync("GET", "/user", host, default, headers);
    }

    private void AssertNotInHome() => Assert.All(
        Directory.EnumerateFiles(Firewall.HomeFolder, "*", SearchOption.AllDirectories).Where(static file => !file.EndsWith(".sock", StringComparison.Ordinal)),
        file =>
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var reader = new StreamReader(stream, Encoding.Latin1);
            Assert.DoesNotContain(_value, reader.ReadToEnd(), StringComparison.Ordinal);
        });
}

/// <summary>Where the policy does not say so, nothing is kept.</summary>
public sealed class NoCaptureTests(FirewallFixture firewall) : FirewallTests(firewall), IClassFixture<FirewallFixture>
{
    [Fact]
    public async Task Reference_ThatMaskingGave_IsRefusedAtItsProvider()
    {
        var value = Encoding.ASCII.GetString(ShippedRules.Set.Find("github-pat")!.MakeSecret()!);
        Http1Upstream.Reset(Answer.Text("text/plain", value));
        await using var tool = await Firewall.TunnelAsync(Hosts.Http1Tool);
        var reference = (await tool.RequestAsync("GET", "/thing", Hosts.Http1Tool)).Text;
        Assert.StartsWith("SECRET_REF(auto.", reference, StringComparison.Ordinal);

        await using var provider = await Firewall.TunnelAsync(Hosts.Tool);
        var response = await provider.RequestAsync("GET", "/user", Hosts.Tool, default, $"Authorization: Bearer {reference}");

        Assert.Equal(403, response.Status);
        Assert.Empty(Firewall.Captured());
        Assert.Empty(Upstream.Requests);
    }
}
