using System.Text;
using SecretsFirewall.Audit;
using SecretsFirewall.EndToEnd.Tests.Drivers;
using SecretsFirewall.EndToEnd.Tests.Harness;
using SecretsFirewall.EndToEnd.Tests.Upstreams;
using SecretsFirewall.Model;

namespace SecretsFirewall.EndToEnd.Tests.Canaries;

/// <summary>Wherever a planted value is seen, nothing passes and the operator is told.</summary>
public sealed class SightingTests(FirewallFixture firewall) : FirewallTests(firewall), IClassFixture<FirewallFixture>
{
    [Theory]
    [InlineData("GET", "/thing?key={}", null, null)]
    [InlineData("GET", "/{}/thing", null, null)]
    [InlineData("GET", "/thing", null, "X-Note: {}")]
    [InlineData("GET", "/thing", null, "X-{}: note")]
    [InlineData("GET", "/thing", null, "Authorization: Bearer {}")]
    [InlineData("POST", "/thing", "{\"note\":\"{}\"}", "Content-Type: application/json")]
    [InlineData("POST", "/thing", "{\"note\":\"{}\",\"note\":1}", "Content-Type: application/json")]
    [InlineData("POST", "/thing", "{\"first\":\"SECRET_REF(nobody)\",\"note\":\"{}\"}", "Content-Type: application/json")]
    [InlineData("POST", "/thing", "note={}", "Content-Type: application/x-www-form-urlencoded")]
    [InlineData("POST", "/thing", "PK\u0003\u0004{}", "Content-Type: application/zip")]
    public async Task Request_WithACanary_IsRefusedAndAlerts(string method, string target, string? body, string? header)
    {
        var planted = Firewall.Plant();
        Firewall.MarkAudit();
        await using var client = await Firewall.TunnelAsync(Hosts.Http1Tool);

        var response = await client.RequestAsync(
            method, Fill(target, planted), Hosts.Http1Tool, body is null ? default : Encoding.UTF8.GetBytes(Fill(body, planted)), header is null ? [] : [Fill(header, planted)]);

        Assert.Equal(403, response.Status);
        Assert.Contains("secret_blocked", response.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("canary", response.Text, StringComparison.OrdinalIgnoreCase);
        Assert.Empty(Http1Upstream.Requests);
        await AssertAlertedAsync(planted, "request");
        AssertNowhere([planted], response.Body);
    }

    [Fact]
    public async Task Request_WithACanaryInAPrompt_IsRefusedInTheProvidersShapeAlthoughSecretsAreMaskedThere()
    {
        var planted = Firewall.Plant();
        Firewall.MarkAudit();
        await using var client = await Firewall.TunnelAsync(Hosts.Anthropic);

        var response = await client.RequestAsync(
            "POST", Prompts.MessagesPath, Hosts.Anthropic, Encoding.UTF8.GetBytes(Prompts.Messages($"I read {planted.Value}")), "Content-Type: application/json");

        Assert.Equal(400, response.Status);
        Assert.Empty(Upstream.Requests);
        await AssertAlertedAsync(planted, "request");
        AssertNowhere([planted], response.Body);
    }

    [Fact]
    public async Task Request_WithACanaryInPiecesOfSeveralStrings_IsRefusedAndAlerts()
    {
        var planted = Firewall.Plant();
        Firewall.MarkAudit();
        await using var client = await Firewall.TunnelAsync(Hosts.Http1Tool);
        var body = $$"""["{{planted.Value[..13]}}","{{planted.Value[13..27]}}","{{planted.Value[27..]}}"]""";

        var response = await client.RequestAsync("POST", "/thing", Hosts.Http1Tool, Encoding.ASCII.GetBytes(body), "Content-Type: application/json");

        Assert.Equal(403, response.Status);
        Assert.Empty(Http1Upstream.Requests);
        await AssertAlertedAsync(planted, "request");
    }

    [Fact]
    public async Task Upload_WithACanary_IsAbortedWhileItStreams()
    {
        var planted = Firewall.Plant();
        Firewall.MarkAudit();
        await using var client = await Firewall.TunnelAsync(Hosts.OpenAi);
        var body = Encoding.ASCII.GetBytes($"{new string('.', 200_000)}{planted.Value}{new string('.', 200_000)}");
        await client.SendAsync($"POST /v1/files HTTP/1.1\r\nHost: {Hosts.OpenAi}\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n{body.Length:x}\r\n");
        await client.SendAsync(body);
        await client.SendAsync("\r\n0\r\n\r\n");

        var response = await ReadOrBreakAsync(client);

        Assert.True(response is null || response.Status >= 400);
        Assert.All(await Task.WhenAll(Upstream.Requests.Select(request => request.Ended)), end => Assert.Equal(BodyEnd.Aborted, end));
        await AssertAlertedAsync(planted, "request");
        AssertNowhere([planted], response?.Body ?? []);
    }

    [Fact]
    public async Task Answer_WithACanaryInAField_IsRefused()
    {
        var planted = Firewall.Plant();
        Upstream.Reset(Answer.Bytes("text/plain", "fine"u8.ToArray(), ("X-Key", planted.Value)));
        Firewall.MarkAudit();

        var response = await GetOrBreakAsync(Hosts.Tool);

        Assert.Equal(403, response!.Status);
        await AssertAlertedAsync(planted, "response");
        AssertUnseen(planted, response);
    }

    [Theory]
    [InlineData("text/plain", "it is {}.")]
    [InlineData("application/json", "{\"key\":\"{}\"}")]
    [InlineData("application/zip", "PK\u0003\u0004{}")]
    public async Task Answer_WithACanaryInItsBody_IsAborted(string contentType, string body)
    {
        var planted = Firewall.Plant();
        Upstream.Reset(Answer.Text(contentType, Fill(body, planted)));
        Firewall.MarkAudit();

        var response = await GetOrBreakAsync(Hosts.Tool);

        Assert.True(response is null || !response.IsComplete || response.Status >= 400);
        await AssertAlertedAsync(planted, "response");
        AssertUnseen(planted, response);
    }

    [Fact]
    public async Task EventStream_WithACanaryInOneEvent_IsAborted()
    {
        var planted = Firewall.Plant();
        Upstream.Reset(Answer.Events("data: fine", $"data: {planted.Value}", "data: more"));
        Firewall.MarkAudit();

        var response = await GetOrBreakAsync(Hosts.Tool);

        Assert.True(response is null || !response.IsComplete);
        Assert.DoesNotContain("more", response?.Text ?? "", StringComparison.Ordinal);
        await AssertAlertedAsync(planted, "response");
        AssertUnseen(planted, response);
    }

    [Fact]
    public async Task EventStream_WithACanaryInPiecesOfSeveralDeltas_IsAborted()
    {
        var planted = Firewall.Plant();
        Upstream.Reset(Answer.Parts("text/event-stream", [
            Prompts.MessagesStart, .. planted.Value.Chunk(7).Select(letters => Prompts.MessagesDelta(new string(letters))), Prompts.MessagesEnd]));
        Firewall.MarkAudit();

        var response = await GetOrBreakAsync(Hosts.Anthropic);

        Assert.True(response is null || !response.IsComplete);
        await AssertAlertedAsync(planted, "response");
        AssertUnseen(planted, response);
        Assert.DoesNotContain(planted.Value[..14], response?.Text ?? "", StringComparison.Ordinal);
    }

    [Fact]
    public async Task Canary_SeenManyTimesInOneExchange_AlertsOnce()
    {
        var planted = Firewall.Plant();
        Firewall.MarkAudit();
        await using var client = await Firewall.TunnelAsync(Hosts.Http1Tool);

        await client.RequestAsync("GET", $"/{planted.Value}/{planted.Value}", Hosts.Http1Tool, default, $"X-Note: {planted.Value}");

        var outcome = await Firewall.AuditAsync(record => record.Type == AuditTypes.Outcome);
        Assert.Single(Firewall.Audit(), entry => entry.Record.Type == AuditTypes.CanarySighted && entry.Record.Exchange == outcome.Exchange);
    }

    [Fact]
    public async Task Agent_SeenWithACanaryThatDoesNotKill_GoesOn()
    {
        var planted = Firewall.Plant();
        await using var client = await Firewall.TunnelAsync(Hosts.Http1Tool);

        var refused = await client.RequestAsync("GET", $"/thing?key={planted.Value}", Hosts.Http1Tool);
        await using var next = await Firewall.TunnelAsync(Hosts.Http1Tool);
        var allowed = await next.RequestAsync("GET", "/thing", Hosts.Http1Tool);

        Assert.Equal((403, 200), (refused.Status, allowed.Status));
    }

    private async Task AssertAlertedAsync(Canary planted, string direction)
    {
        var alert = await Firewall.AuditAsync(record => record.Type == AuditTypes.CanarySighted);
        Assert.Equal((FirewallFixture.AgentName, direction), (alert.Agent, alert.Direction));
        var finding = Assert.Single(alert.Findings);
        Assert.Equal((planted.Name, "canary"), (finding.Name, finding.Rule));
        var outcome = await Firewall.AuditAsync(record => record.Type == AuditTypes.Outcome && record.Exchange == alert.Exchange);
        Assert.Contains(outcome.Verdict, new Verdict?[] { Verdict.Refused, Verdict.Aborted });
        Assert.Equal("secret_blocked", outcome.Code);
    }

    private void AssertUnseen(Canary planted, RawResponse? response) => AssertOnlyUpstreamHas(planted, response?.Body ?? []);

    private async Task<RawResponse?> GetOrBreakAsync(string host)
    {
        await using var client = await Firewall.TunnelAsync(host);
        await client.SendAsync($"GET /v1/thing HTTP/1.1\r\nHost: {host}\r\n\r\n");
        return await ReadOrBreakAsync(client);
    }

    /// <summary>Null where the connection ended before a head came.</summary>
    private static async Task<RawResponse?> ReadOrBreakAsync(RawClient client)
    {
        try
        {
            return await client.ReadResponseAsync();
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static string Fill(string text, Canary planted) => text.Replace("{}", planted.Value, StringComparison.Ordinal);
}
