using SecretsFirewall.Approvals;
using SecretsFirewall.Audit;
using SecretsFirewall.EndToEnd.Tests.Drivers;
using SecretsFirewall.EndToEnd.Tests.Harness;
using SecretsFirewall.EndToEnd.Tests.Upstreams;
using SecretsFirewall.Model;
using SecretsFirewall.Restraints.Sessions;

namespace SecretsFirewall.EndToEnd.Tests.Sessions;

/// <summary>What holds a session and its agent back: limits, the policy it began with, locks, risk.</summary>
public sealed class SessionTests(FirewallFixture firewall) : FirewallTests(firewall), IClassFixture<FirewallFixture>, IDisposable
{
    public void Dispose()
    {
        Firewall.Sessions.Options = new SessionOptions();
        Firewall.Sessions.TryEnd(FirewallFixture.AgentName, null, "a test");
        Assert.Empty(Firewall.ChangePolicy("local.json", Policy("")));
    }

    [Fact]
    public async Task Limit_Reached_RefusesInEverySessionOfThatAgentAndTheOthersGoOn()
    {
        var bob = Firewall.AddAgent("bob");
        Firewall.Sessions.Options = new SessionOptions { Limits = new SessionLimits { Requests = 2 } };
        Assert.Equal((200, 200), ((await GetAsync(Hosts.Tool)).Status, (await GetAsync(Hosts.Tool, "X-SFW-Session: s1")).Status));

        foreach (var refused in new[] { await GetAsync(Hosts.Tool), await GetAsync(Hosts.Tool, "X-SFW-Session: s2") })
        {
            Assert.Equal(403, refused.Status);
            Assert.Contains("\"scope_exceeded\"", refused.Text, StringComparison.Ordinal);
            Assert.Contains("limits.session.requests", refused.Text, StringComparison.Ordinal);
        }

        await using (var others = await RawClient.TunnelAsync(Firewall.Proxy, Firewall.CaPem, Hosts.Tool, bob))
        {
            Assert.Equal(200, (await others.RequestAsync("GET", "/others", Hosts.Tool)).Status);
        }

        Assert.Equal(3, Upstream.Requests.Count);
        Assert.Equal(2, Firewall.Sessions.List().First(one => one.Agent == FirewallFixture.AgentName).Requests);
        Firewall.RemoveAgent("bob");
        Assert.DoesNotContain(Firewall.Sessions.List(), one => one.Agent == "bob");
    }

    [Fact]
    public async Task Limit_OfHostsAndBytes_CountsWhatPassed()
    {
        Upstream.Reset(Answer.Text("text/plain", new string('x', 1000)));
        Firewall.Sessions.Options = new SessionOptions { Limits = new SessionLimits { Hosts = 1, Bytes = 2000 } };

        Assert.Equal(200, (await GetAsync(Hosts.Tool)).Status);
        Assert.Contains("limits.session.hosts", (await GetAsync(Hosts.Git)).Text, StringComparison.Ordinal);
        Assert.Equal(200, (await GetAsync(Hosts.Tool)).Status);
        Assert.Contains("limits.session.bytes", (await GetAsync(Hosts.Tool)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Limit_OfBytes_BreaksOffWhatGoesBeyondIt()
    {
        Upstream.Reset(Answer.Parts("text/plain", Enumerable.Repeat(new byte[1000], 40).ToList()));
        Firewall.Sessions.Options = new SessionOptions { Limits = new SessionLimits { Bytes = 20_000 } };
        Firewall.MarkAudit();

        RawResponse? response = null;
        await Record.ExceptionAsync(async () => response = await GetAsync(Hosts.Tool));

        Assert.True(response is null || !response.IsComplete || response.Status is not 200);
        Assert.Equal(("scope_exceeded", "limits.session.bytes"), await Firewall.AuditAsync(record => record.Type == AuditTypes.Outcome) is var record ? (record.Code, record.Rule) : default);
    }

    [Theory]
    [InlineData("tokens")]
    [InlineData("cost")]
    public async Task Limit_OfTokensAndCost_IsFedByWhatModelsAnswer(string limit)
    {
        Upstream.Reset(Answer.Json("""{"model":"gpt-4o-mini","choices":[],"usage":{"prompt_tokens":900,"completion_tokens":100}}""")); // 0.000195 USD
        Firewall.Sessions.Options = new SessionOptions { Limits = limit == "tokens" ? new SessionLimits { Tokens = 2_000 } : new SessionLimits { Cost = 0.00039m } };
        await using var client = await Firewall.TunnelAsync(Hosts.OpenAi);

        Assert.Equal(200, (await AskAsync(client, "gpt-4o-mini")).Status);
        Assert.Equal(200, (await AskAsync(client, "gpt-4o-mini")).Status);
        var refused = await AskAsync(client, "gpt-4o-mini");

        Assert.Equal(400, refused.Status);
        Assert.Contains($"limits.session.{limit}", refused.Text, StringComparison.Ordinal);
        Assert.Contains($"limits.session.{limit}", (await GetAsync(Hosts.Tool, "X-SFW-Session: new")).Text, StringComparison.Ordinal);
        var agent = Firewall.Sessions.List().First(one => one.Agent == FirewallFixture.AgentName);
        Assert.Equal((2_000L, 0.00039m), (agent.Tokens, agent.Cost));
        Assert.Equal(2, Upstream.Requests.Count);
    }

    [Fact]
    public async Task Limit_OfCost_RefusesWhatNobodyCanCount()
    {
        Firewall.Sessions.Options = new SessionOptions { Limits = new SessionLimits { Cost = 1 } };
        await using var client = await Firewall.TunnelAsync(Hosts.OpenAi);

        var unpriced = await AskAsync(client, "nobody-knows");
        var batch = await client.RequestAsync("POST", "/v1/batches", Hosts.OpenAi, "{}"u8.ToArray(), ["Content-Type: application/json"]);

        Assert.Equal((400, 400), (unpriced.Status, batch.Status));
        Assert.Contains("no price for this model", unpriced.Text, StringComparison.Ordinal);
        Assert.Contains("what a batch comes to is not counted", batch.Text, StringComparison.Ordinal);
        Assert.Empty(Upstream.Requests);
    }

    [Fact]
    public async Task PinnedSession_GetsNothingThatANewPolicyAllowsAndEverythingThatItRefuses()
    {
        Firewall.Sessions.Options = new SessionOptions { PinBundle = true };
        Assert.Empty(Firewall.ChangePolicy("local.json", Policy(Deny("no-later", "/later"))));
        Assert.Equal((200, 403), ((await GetPathAsync("/thing")).Status, (await GetPathAsync("/later")).Status));

        Assert.Empty(Firewall.ChangePolicy("local.json", Policy(Deny("no-thing", "/thing"))));

        Assert.Contains("no-thing", (await GetPathAsync("/thing")).Text, StringComparison.Ordinal);
        Assert.Contains("no-later", (await GetPathAsync("/later")).Text, StringComparison.Ordinal);
        Assert.Equal(200, (await GetPathAsync("/later", "X-SFW-Session: new")).Status);
        Assert.True(Firewall.Sessions.TryEnd(FirewallFixture.AgentName, FirewallFixture.AgentName, "a test"));
        Assert.Equal(200, (await GetPathAsync("/later")).Status);
    }

    [Fact]
    public async Task Lock_SecondChangeOfAResource_IsRefusedUntilTheFirstHasEnded()
    {
        Firewall.Sessions.Options = new SessionOptions { LockMutations = true };
        using var gate = new Gate();
        Upstream.Reset(async exchange =>
        {
            await exchange.ReadBodyAsync();
            if (exchange.Request.Target == "/thing" && exchange.Request.Method == "POST")
            {
                await gate.PassAsync();
            }

            await exchange.SendAsync("ok"u8.ToArray());
        });
        var first = PostAsync(Hosts.Tool);
        await Upstream.NextAsync();

        var second = await PostAsync(Hosts.Tool);
        Assert.Equal(409, second.Status);
        Assert.Contains("\"resource_locked\"", second.Text, StringComparison.Ordinal);
        Assert.Equal("1", second.Header("Retry-After"));
        Assert.Equal(200, (await GetAsync(Hosts.Tool)).Status);
        await using (var other = await Firewall.TunnelAsync(Hosts.Tool))
        {
            Assert.Equal(200, (await other.RequestAsync("DELETE", "/other", Hosts.Tool)).Status);
        }

        gate.Open();
        Assert.Equal(200, (await first).Status);
        gate.Open();
        Assert.Equal(200, (await PostAsync(Hosts.Tool)).Status);
        Assert.Equal(0, Firewall.Locks.Count);
    }

    [Fact]
    public async Task Lock_OfAChangeThatWaitsForAPerson_RefusesOthersAndNotItself()
    {
        const string ask = """{ "id": "ask-things", "on": "request", "outcome": "pending", "match": { "path": { "eq": "/thing" }, "method": { "eq": "POST" } }, "reason": "Looked at." }""";
        Assert.Empty(Firewall.ChangePolicy("local.json", Policy(ask)));
        Firewall.Sessions.Options = new SessionOptions { LockMutations = true };

        Assert.Equal(428, (await PostAsync(Hosts.Tool)).Status);
        var other = await PostAsync(Hosts.Tool, "X-Api-Key: another-of-this-test");
        await using (var client = await Firewall.TunnelAsync(Hosts.Tool))
        {
            Assert.Equal(409, (await client.RequestAsync("DELETE", "/thing", Hosts.Tool)).Status); // nobody has to agree to it, and yet
        }

        Assert.Equal((409, "30"), (other.Status, other.Header("Retry-After")));
        Assert.Equal((200, 428), ((await GetAsync(Hosts.Tool)).Status, (await PostAsync(Hosts.Tool)).Status));
        var waiting = Assert.Single(Firewall.Approvals.List(new ApprovalFilter(ApprovalStatus.Pending))!);
        Assert.Equal(ApprovalError.None, Firewall.Approvals.Answer(waiting.Id, new Approver("token:tester", ApproverRole.Operator), new AnswerTerms(), null, static _ => true));
        Assert.Equal(409, (await PostAsync(Hosts.Tool, "X-Api-Key: another-of-this-test")).Status);
        Assert.Equal(200, (await PostAsync(Hosts.Tool)).Status);
        Assert.Equal(428, (await PostAsync(Hosts.Tool, "X-Api-Key: another-of-this-test")).Status);
        Assert.True(Firewall.Approvals.Cancel(null));
    }

    [Fact]
    public async Task Lock_OfARequestThatOnlyLooksLikeMcpByItsFields_Holds()
    {
        Firewall.Sessions.Options = new SessionOptions { LockMutations = true };
        using var gate = new Gate();
        Upstream.Reset(async exchange =>
        {
            await exchange.ReadBodyAsync();
            await gate.PassAsync();
            await exchange.SendAsync("ok"u8.ToArray());
        });
        var first = PostAsync(Hosts.Tool);
        await Upstream.NextAsync();

        Assert.Equal(409, (await PostAsync(Hosts.Tool, "Accept: application/json, text/event-stream", "Mcp-Session-Id: 1")).Status);
        gate.Open();
        Assert.Equal(200, (await first).Status);
    }

    [Fact]
    public async Task Lock_OfMcp_IsNone()
    {
        Firewall.Sessions.Options = new SessionOptions { LockMutations = true };
        using var gate = new Gate();
        Upstream.Reset(async exchange =>
        {
            await exchange.ReadBodyAsync();
            await gate.PassAsync();
            await exchange.SendAsync("ok"u8.ToArray());
        });

        const string Call = """{"jsonrpc":"2.0","id":1,"method":"tools/list"}""";
        var both = new[] { SendAsync(Hosts.Tool, Call), SendAsync(Hosts.Tool, Call) };
        await Upstream.NextAsync();
        await Upstream.NextAsync();
        gate.Open(2);

        Assert.All(await Task.WhenAll(both), response => Assert.Equal(200, response.Status));
    }

    [Fact]
    public async Task Risk_SecretReadAndThenANewUnlistedHost_IsToldAndRefusedFromThatRequestOn()
    {
        var canary = Firewall.Register();
        Firewall.Sessions.Options = new SessionOptions { RiskRefuse = 60 };
        Upstream.Reset(Answer.Text("text/plain", $"the key is {canary.Value}"));
        Assert.DoesNotContain(canary.Value, (await GetAsync(Hosts.Tool)).Text, StringComparison.Ordinal);
        Firewall.MarkAudit();

        var refused = await GetAsync(Hosts.Unlisted);
        Assert.Equal(403, refused.Status);
        Assert.Contains("\"policy_denied\"", refused.Text, StringComparison.Ordinal);
        Assert.Contains("\"risk\"", refused.Text, StringComparison.Ordinal);
        Assert.Equal(403, (await GetAsync(Hosts.Tool, "X-SFW-Session: new")).Status);

        Assert.Single(Upstream.Requests);
        var alert = await Firewall.AuditAsync(record => record.Type == AuditTypes.RiskRaised);
        Assert.Equal(("risk.secret_then_new_host", FirewallFixture.AgentName), (alert.Rule, alert.Agent));
        Assert.True(Firewall.Sessions.TryEnd(FirewallFixture.AgentName, null, "a test"));
        Assert.Equal(200, (await GetAsync(Hosts.Unlisted)).Status);
        AssertNowhere([]);
    }

    [Fact]
    public async Task Risk_Canary_IsTheHighest()
    {
        var planted = Firewall.Plant();
        await using var client = await Firewall.TunnelAsync(Hosts.Tool);

        Assert.Equal(403, (await client.RequestAsync("GET", $"/thing?key={planted.Value}", Hosts.Tool)).Status);

        await Firewall.AuditAsync(record => record is { Type: AuditTypes.RiskRaised, Rule: "risk.canary" });
        Assert.Equal(100, Firewall.Sessions.RiskOf(FirewallFixture.AgentName));
    }

    [Fact]
    public async Task Risk_BypassAttempts_CountThoughTheyWereRefusedBeforeTheirSession()
    {
        await using var client = await Firewall.TunnelAsync(Hosts.Tool);

        Assert.Equal(403, (await client.RequestAsync("TRACE", "/thing", Hosts.Tool)).Status);
        await Firewall.AuditAsync(record => record.Type == AuditTypes.BypassAttempt);

        Assert.Equal(50, Firewall.Sessions.RiskOf(FirewallFixture.AgentName));
    }

    private static string Policy(string rules) => $$"""{ "schema": "policy/v1", "rules": [{{rules}}] }""";

    private static string Deny(string id, string path) =>
        $$"""{ "id": "{{id}}", "on": "request", "outcome": "deny", "match": { "host": { "eq": "{{Hosts.Tool}}" }, "path": { "eq": "{{path}}" } }, "reason": "Not now." }""";

    /// <summary>On one connection the next request begins when the one before has ended and is counted.</summary>
    private static Task<RawResponse> AskAsync(RawClient client, string model) => client.RequestAsync(
        "POST", Prompts.ChatPath, Hosts.OpenAi, System.Text.Encoding.UTF8.GetBytes($$"""{"model":"{{model}}","max_tokens":8,"messages":[{"role":"user","content":"Hi"}]}"""), ["Content-Type: application/json"]);

    private async Task<RawResponse> GetPathAsync(string path, params string[] fields)
    {
        await using var client = await Firewall.TunnelAsync(Hosts.Tool);
        return await client.RequestAsync("GET", path, Hosts.Tool, default, fields);
    }

    private async Task<RawResponse> GetAsync(string host, params string[] fields)
    {
        await using var client = await Firewall.TunnelAsync(host);
        return await client.RequestAsync("GET", "/thing", host, default, fields);
    }

    private Task<RawResponse> PostAsync(string host, params string[] fields) => SendAsync(host, "{}", fields);

    private async Task<RawResponse> SendAsync(string host, string body, params string[] fields)
    {
        await using var client = await Firewall.TunnelAsync(host);
        return await client.RequestAsync("POST", "/thing", host, System.Text.Encoding.UTF8.GetBytes(body), [.. fields, "Content-Type: application/json"]);
    }
}
