using System.Text;
using System.Text.Json;
using SecretsFirewall.EndToEnd.Tests.Drivers;
using SecretsFirewall.EndToEnd.Tests.Harness;
using SecretsFirewall.EndToEnd.Tests.Upstreams;

namespace SecretsFirewall.EndToEnd.Tests.Binding;

/// <summary>After a rotation the new value is bound, and a stale copy of the old one leaves nowhere.</summary>
public sealed class RotationTests(FirewallFixture firewall) : FirewallTests(firewall), IClassFixture<FirewallFixture>
{
    private static readonly TimeSpan Month = TimeSpan.FromDays(30);

    [Fact]
    public async Task Reference_AfterARotation_IsBoundToTheNewValue()
    {
        var old = Firewall.Register();
        Firewall.BindHeader(old, Hosts.Http1Tool, "Authorization", "Bearer {}");
        var rotated = Firewall.Rotate(old, Month);

        var response = await SendAsync($"Authorization: Bearer {old.Reference}");

        Assert.Equal(200, response.Status);
        Assert.Equal($"Bearer {rotated.Value}", Http1Upstream.Single.Header("Authorization"));
        AssertNowhere([old], response.Body);
        AssertOnlyUpstreamHas(rotated, response.Body);
    }

    [Fact]
    public async Task StaleCopy_InAPrompt_IsMaskedUnderTheSameName()
    {
        var old = Firewall.Register();
        var rotated = Firewall.Rotate(old, Month);
        Upstream.Reset(Answer.Json(Prompts.ChatAnswer));
        await using var client = await Firewall.TunnelAsync(Hosts.OpenAi);

        var response = await client.RequestAsync(
            "POST", Prompts.ChatPath, Hosts.OpenAi, Encoding.UTF8.GetBytes(Prompts.Chat($"old {old.Value} new {rotated.Value}")), "Content-Type: application/json");

        Assert.Equal(200, response.Status);
        Assert.Equal($"old {old.Reference} new {old.Reference}", Prompts.PromptOf(Upstream.Single.Body));
        AssertNowhere([old, rotated], response.Body);
    }

    [Fact]
    public async Task StaleCopy_InAnAnswer_IsMasked()
    {
        var old = Firewall.Register();
        Firewall.Rotate(old, Month);
        Http1Upstream.Reset(Answer.Text("text/plain", $"it was {old.Value}"));

        var response = await SendAsync();

        Assert.Equal($"it was {old.Reference}", response.Text);
    }

    [Fact]
    public async Task StaleValue_InItsBoundPlace_IsRefusedAndTheRefusalSaysWhatToSend()
    {
        var old = Firewall.Register();
        Firewall.BindHeader(old, Hosts.Http1Tool, "Authorization", "Bearer {}");
        Firewall.Rotate(old, Month);

        var response = await SendAsync($"Authorization: Bearer {old.Value}");

        Assert.Equal(403, response.Status);
        using var problem = JsonDocument.Parse(response.Body);
        Assert.Equal("secret_blocked", problem.RootElement.GetProperty("code").GetString());
        Assert.Contains(old.Reference, response.Text, StringComparison.Ordinal);
        Assert.Contains("rotated", response.Text, StringComparison.Ordinal);
        Assert.Empty(Http1Upstream.Requests);
        AssertNowhere([old], response.Body);
    }

    [Fact]
    public async Task ValueInUse_InItsBoundPlace_PassesAfterARotationToo()
    {
        var old = Firewall.Register();
        Firewall.BindHeader(old, Hosts.Http1Tool, "Authorization", "Bearer {}");
        var rotated = Firewall.Rotate(old, Month);

        await SendAsync($"Authorization: Bearer {rotated.Value}", $"X-Note: {old.Value}");

        Assert.Equal($"Bearer {rotated.Value}", Http1Upstream.Single.Header("Authorization"));
        Assert.Equal(old.Reference, Http1Upstream.Single.Header("X-Note"));
    }

    [Fact]
    public async Task OldValue_KeptForNoTime_IsNoSecretAnyMore()
    {
        var old = Firewall.Register();
        Firewall.Rotate(old, TimeSpan.Zero);

        await SendAsync($"X-Note: {old.Value}");

        Assert.Equal(old.Value, Http1Upstream.Single.Header("X-Note"));
    }

    private async Task<RawResponse> SendAsync(params string[] headers)
    {
        await using var client = await Firewall.TunnelAsync(Hosts.Http1Tool);
        return await client.RequestAsync("GET", "/thing", Hosts.Http1Tool, default, headers);
    }
}
