using System.Net;
using System.Text;
using SecretsFirewall.Audit;
using SecretsFirewall.EndToEnd.Tests.Drivers;
using SecretsFirewall.EndToEnd.Tests.Harness;
using SecretsFirewall.EndToEnd.Tests.Upstreams;
using SecretsFirewall.Inspection.Detection.Rules;
using SecretsFirewall.Model;

namespace SecretsFirewall.EndToEnd.Tests.Rules;

/// <summary>A detector that throws: wherever it happens, the exchange is refused or cut, and what was not read is not passed.</summary>
public sealed class FailingDetectorTests(FailingDetectorTests.WithMistake firewall) : FirewallTests(firewall), IClassFixture<FailingDetectorTests.WithMistake>
{
    [Theory]
    [InlineData($"/{ThrowingShape.Trigger}", "X-Note: plain")]
    [InlineData($"/?q={ThrowingShape.Trigger}", "X-Note: plain")]
    [InlineData("/", $"X-Note: {ThrowingShape.Trigger}")]
    public async Task RequestHead_DetectorThrows_IsRefused(string target, string field)
    {
        Firewall.MarkAudit();
        await using var client = await Firewall.TunnelAsync(Hosts.Tool);

        var response = await client.RequestAsync("GET", target, Hosts.Tool, default, field);

        await AssertRefusedAsync(response, 403);
    }

    [Fact]
    public async Task BasicCredentials_DetectorThrows_AreRefused()
    {
        Firewall.MarkAudit();
        await using var client = await Firewall.TunnelAsync(Hosts.Tool);
        var credentials = Convert.ToBase64String(Encoding.ASCII.GetBytes($"ada:{ThrowingShape.Trigger}"));

        await AssertRefusedAsync(await client.RequestAsync("GET", "/", Hosts.Tool, default, $"Authorization: Basic {credentials}"), 403);
    }

    [Fact]
    public async Task WholeBody_DetectorThrows_IsRefusedInTheProvidersShape()
    {
        Firewall.MarkAudit();
        await using var client = await Firewall.TunnelAsync(Hosts.OpenAi);

        var response = await client.RequestAsync(
            "POST", Prompts.ChatPath, Hosts.OpenAi, Encoding.UTF8.GetBytes(Prompts.Chat(ThrowingShape.Trigger)), "Content-Type: application/json");

        await AssertRefusedAsync(response, 400);
    }

    [Fact]
    public async Task PiecesOfABody_DetectorThrowsOnWhatTheySpell_AreRefused()
    {
        Firewall.MarkAudit();
        await using var client = await Firewall.TunnelAsync(Hosts.Tool);
        var body = $$"""["{{ThrowingShape.Trigger[..9]}}","{{ThrowingShape.Trigger[9..]}}"]""";

        await AssertRefusedAsync(await client.RequestAsync("POST", "/", Hosts.Tool, Encoding.UTF8.GetBytes(body), "Content-Type: application/json"), 403);
    }

    [Fact]
    public async Task StreamedBody_DetectorThrows_IsCut()
    {
        Firewall.MarkAudit();
        await using var client = await Firewall.TunnelAsync(Hosts.Tool);
        await client.SendAsync($"POST /upload HTTP/1.1\r\nHost: {Hosts.Tool}\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n");
        var text = $"line\nmore {ThrowingShape.Trigger} and\n";
        await client.SendAsync($"{text.Length:x}\r\n{text}\r\n0\r\n\r\n");

        await AssertRefusedAsync(await client.ReadResponseAsync("POST"), 403, isCut: true);
    }

    [Fact]
    public async Task ResponseHead_DetectorThrows_IsRefused()
    {
        Firewall.MarkAudit();
        Upstream.Reset(Answer.Bytes("text/plain", "ok"u8.ToArray(), ("X-Note", ThrowingShape.Trigger)));
        await using var client = await Firewall.TunnelAsync(Hosts.Tool);

        var response = await client.RequestAsync("GET", "/", Hosts.Tool);

        Assert.Equal(403, response.Status);
        Assert.Contains("inspection_failed", response.Text, StringComparison.Ordinal);
        Assert.Null(response.Header("X-Note"));
        Assert.Equal("inspection_failed", (await Firewall.AuditAsync(record => record.Type == AuditTypes.Outcome)).Code);
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/json")]
    [InlineData("application/zip")]
    public async Task ResponseBody_DetectorThrows_IsCut(string contentType)
    {
        Upstream.Reset(Answer.Parts(contentType, Encoding.UTF8.GetBytes($"{ThrowingShape.Trigger} behind")));

        await AssertCutAsync("behind");
    }

    [Fact]
    public async Task CodedDownload_DetectorThrows_IsCut()
    {
        Upstream.Reset(Answer.Coded("gzip", "application/zip", Encoding.UTF8.GetBytes($"{ThrowingShape.Trigger} behind")));

        await AssertCutAsync("behind");
    }

    [Fact]
    public async Task EventStream_DetectorThrowsOnWhatEventsSpell_IsCut()
    {
        Upstream.Reset(Answer.Events(
            """data: {"choices":[{"index":0,"delta":{"content":"before "}}]}""",
            $$$"""data: {"choices":[{"index":0,"delta":{"content":"{{{ThrowingShape.Trigger}}} behind"}}]}""",
            "data: [DONE]"));

        await AssertCutAsync("behind");
    }

    [Fact]
    public async Task Trailers_DetectorThrows_NeverArriveAndTheMessageIsCut()
    {
        Upstream.Reset(async exchange =>
        {
            await exchange.ReadBodyAsync();
            exchange.DeclareTrailer("X-Note");
            await exchange.SendAsync("ok"u8.ToArray());
            exchange.Trailer("X-Note", ThrowingShape.Trigger);
        });
        Firewall.MarkAudit();
        using var client = Firewall.CreateHttpClient(HttpVersion.Version20);

        await Assert.ThrowsAnyAsync<HttpRequestException>(() => client.GetStringAsync($"https://{Hosts.Tool}/"));

        Assert.Equal("inspection_failed", (await Firewall.AuditAsync(record => record.Type == AuditTypes.Outcome)).Code);
    }

    private async Task AssertRefusedAsync(RawResponse response, int status, bool isCut = false)
    {
        Assert.Equal(status, response.Status);
        Assert.Contains("inspection_failed", response.Text, StringComparison.Ordinal);
        var record = await Firewall.AuditAsync(record => record.Type == AuditTypes.Outcome);
        Assert.Equal(("inspection_failed", isCut ? Verdict.Aborted : Verdict.Refused), (record.Code, record.Verdict));
        Assert.DoesNotContain(ThrowingShape.Trigger, record.Path ?? "", StringComparison.Ordinal);
        if (!isCut)
        {
            Assert.Empty(Upstream.Requests);
        }
    }

    private async Task AssertCutAsync(string unread)
    {
        Firewall.MarkAudit();
        await using var client = await Firewall.TunnelAsync(Hosts.Tool);
        RawResponse? response = null;
        try
        {
            response = await client.RequestAsync("GET", "/", Hosts.Tool, default, "Accept-Encoding: gzip");
        }
        catch (Exception e) when (e is IOException or EndOfStreamException)
        {
            // The connection broke: that is what a cut is.
        }

        Assert.True(response is null or { Status: 403 }, "The answer came to its end.");
        Assert.DoesNotContain(unread, response?.Text ?? "", StringComparison.Ordinal);
        var record = await Firewall.AuditAsync(record => record.Type == AuditTypes.Outcome);
        Assert.Equal("inspection_failed", record.Code);
    }

    /// <summary>With a rule that throws.</summary>
    public sealed class WithMistake : FirewallFixture
    {
        private protected override IReadOnlyList<DetectionRule> MoreRules() => [ThrowingShape.Rule];
    }
}
