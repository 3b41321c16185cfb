using System.Text;
using System.Text.Json;
using SecretsFirewall.Audit;
using SecretsFirewall.EndToEnd.Tests.Drivers;
using SecretsFirewall.EndToEnd.Tests.Harness;
using SecretsFirewall.EndToEnd.Tests.Upstreams;
using SecretsFirewall.Model;

namespace SecretsFirewall.EndToEnd.Tests.Auditing;

/// <summary>What happened stands in the log, in order and in a chain, and no value does.</summary>
public sealed class AuditTests(FirewallFixture firewall) : FirewallTests(firewall), IClassFixture<FirewallFixture>
{
    [Fact]
    public async Task Exchange_IntentStandsBeforeTheUpstreamSeesIt_AndTheOutcomeAfter()
    {
        Firewall.MarkAudit();
        using var gate = new Gate();
        Upstream.Reset(async exchange =>
        {
            await gate.PassAsync();
            await exchange.SendAsync("ok"u8.ToArray());
        });
        await using var client = await Firewall.TunnelAsync(Hosts.Tool);
        await client.SendAsync($"GET /thing HTTP/1.1\r\nHost: {Hosts.Tool}\r\n\r\n");
        await Upstream.NextAsync();

        var intent = await Firewall.AuditAsync(record => record.Path == "/thing");
        Assert.DoesNotContain(Firewall.Audit(), entry => entry.Record.Type == AuditTypes.Outcome && entry.Record.Exchange == intent.Exchange);
        gate.Open();
        await client.ReadResponseAsync();
        var outcome = await Firewall.AuditAsync(record => record.Type == AuditTypes.Outcome && record.Exchange == intent.Exchange);

        Assert.Equal(AuditTypes.Intent, intent.Type);
        Assert.Equal((Verdict.Forwarded, 200), (outcome.Verdict, outcome.Status));
        Assert.Equal(Hosts.Tool, outcome.Destination?.Host);
    }

    [Fact]
    public async Task MaskedExchange_OutcomeCountsTheFindingsAndNamesNoValue()
    {
        var canary = Firewall.Register();
        Firewall.MarkAudit();
        Upstream.Reset(Answer.Json(Prompts.ChatAnswer));
        await using var client = await Firewall.TunnelAsync(Hosts.OpenAi);
        await client.RequestAsync(
            "POST", Prompts.ChatPath, Hosts.OpenAi, Encoding.UTF8.GetBytes(Prompts.Chat(canary.Value)), "Content-Type: application/json", $"X-Note: {canary.Value}");

        var outcome = await Firewall.AuditAsync(record => record.Type == AuditTypes.Outcome);

        Assert.Equal(Verdict.Changed, outcome.Verdict);
        Assert.All(outcome.Findings, finding => Assert.Equal((canary.Name, FindingAction.Mask), (finding.Name, finding.Action)));
        Assert.Equal([Carrier.HeaderValue, Carrier.Body], outcome.Findings.Select(finding => finding.Carrier).Order());
        AssertNowhere([canary]);
    }

    [Fact]
    public async Task RefusedExchange_HasAnOutcomeWithItsCodeAndNoIntent()
    {
        Firewall.MarkAudit();
        await using var client = await Firewall.TunnelAsync(Hosts.Tool);
        var response = await client.RequestAsync("GET", "/thing", Hosts.Tool, default, "Authorization: Bearer SECRET_REF(nobody)");

        var outcome = await Firewall.AuditAsync(record => record.Type == AuditTypes.Outcome);

        Assert.Equal((Verdict.Refused, "unbound_ref", 403), (outcome.Verdict, outcome.Code, outcome.Status));
        Assert.Equal(response.Header("X-SFW-Decision"), outcome.Exchange);
        Assert.DoesNotContain(Firewall.Audit(), entry => entry.Record.Type == AuditTypes.Intent && entry.Record.Exchange == outcome.Exchange);
    }

    [Fact]
    public async Task Path_WithASecretAndAQuery_IsRecordedMaskedAndWithoutQueryValues()
    {
        var canary = Firewall.Register();
        Firewall.MarkAudit();
        await using var client = await Firewall.TunnelAsync(Hosts.OpenAi);
        await client.RequestAsync("GET", $"/v1/files/{canary.Value}?q=private-word", Hosts.OpenAi);

        var outcome = await Firewall.AuditAsync(record => record.Type == AuditTypes.Outcome);

        Assert.Equal($"/v1/files/{canary.Reference}", outcome.Path);
        Assert.DoesNotContain(Firewall.Audit(), entry => entry.Line.Contains("private-word", StringComparison.Ordinal));
        AssertNowhere([canary]);
    }

    [ClientFact(Client.Curl)]
    public async Task ClientThatRejectsTheCa_IsRecorded()
    {
        Firewall.MarkAudit();
        var environment = new Dictionary<string, string> { ["HTTPS_PROXY"] = Firewall.ClientEnvironment["HTTPS_PROXY"] };

        var curl = await ClientProcess.RunAsync(ClientPrograms.Executable(Client.Curl), ["-sS", $"https://{Hosts.Tool}/thing"], environment);

        Assert.NotEqual(0, curl.ExitCode);
        await Firewall.AuditAsync(record => record.Type == AuditTypes.ClientRejectedCa);
    }

    [Fact]
    public async Task Chain_AfterManyExchangesAtOnce_IsWhole()
    {
        using var client = Firewall.CreateHttpClient(System.Net.HttpVersion.Version20);
        Firewall.MarkAudit();

        await Task.WhenAll(Enumerable.Range(0, 200).Select(i => client.GetStringAsync($"https://{Hosts.Tool}/{i}")));
        for (var i = 0; i < 200; i++)
        {
            var path = $"/{i}";
            await Firewall.AuditAsync(record => record.Type == AuditTypes.Outcome && record.Path == path);
        }

        var verification = Firewall.VerifyAudit();
        Assert.True(verification.IsWhole, $"The chain breaks: {verification.Break}");
        Assert.Equal(1, verification.FirstSequence);
        var previous = "";
        foreach (var entry in Firewall.Audit())
        {
            using var document = JsonDocument.Parse(entry.Line);
            Assert.True(entry.Sequence == 1 || document.RootElement.GetProperty("prev").GetString() == previous);
            previous = document.RootElement.GetProperty("hash").GetString()!;
        }
    }
}
