using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using SecretsFirewall.Audit;
using SecretsFirewall.EndToEnd.Tests.Drivers;
using SecretsFirewall.EndToEnd.Tests.Harness;
using SecretsFirewall.Model;

namespace SecretsFirewall.EndToEnd.Tests.Approvals;

/// <summary>The admin API as programs use it.</summary>
public sealed class AdminApiTests(AdminFixture firewall) : IClassFixture<AdminFixture>
{
    /// <summary>Who may call what: written down here a second time, since this is what must not change by accident.</summary>
    private static readonly (string Method, string Path, string Role)[] Endpoints =
    [
        ("GET", "/v1/openapi.json", "viewer"), ("GET", "/v1/status", "viewer"), ("GET", "/v1/policy", "viewer"), ("GET", "/v1/agents", "viewer"),
        ("POST", "/v1/agents/{name}/kill", "operator"), ("POST", "/v1/agents/{name}/revive", "operator"),
        ("GET", "/v1/approvals", "viewer"), ("GET", "/v1/approvals/{id}", "viewer"), ("POST", "/v1/approvals/{id}/approve", "operator"), ("POST", "/v1/approvals/{id}/deny", "operator"),
        ("GET", "/v1/decisions/{id}", "viewer"), ("POST", "/v1/decisions/{id}/consume", "operator"), ("POST", "/v1/decisions/dry-run", "viewer"), ("POST", "/v1/execution/request", "operator"),
        ("GET", "/v1/events/decisions", "viewer"), ("GET", "/v1/events/audit", "viewer"),
        ("GET", "/v1/tokens", "admin"), ("POST", "/v1/tokens", "admin"), ("DELETE", "/v1/tokens/{name}", "admin"),
        ("GET", "/v1/usage", "viewer"), ("GET", "/v1/budgets", "viewer"), ("PUT", "/v1/budgets/{name}", "admin"), ("DELETE", "/v1/budgets/{name}", "admin"), ("POST", "/v1/budgets/{name}/reset", "admin"),
        ("GET", "/v1/overrides", "viewer"), ("POST", "/v1/overrides", "admin"), ("DELETE", "/v1/overrides/{id}", "admin"),
    ];

    [Fact]
    public async Task Document_NamesEveryEndpointWithItsRole_AndNoOther()
    {
        using var api = firewall.Api("viewer");
        var document = (await api.GetFromJsonAsync<JsonNode>("/v1/openapi.json"))!;

        Assert.Equal("3.1.0", (string?)document["openapi"]);
        var written = document["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject().Select(one => (one.Key.ToUpperInvariant(), path.Key, (string?)one.Value!["x-required-role"])));
        Assert.Equal(Endpoints.Order(), written.Select(one => (one.Item1, one.Key, one.Item3!)).Order());
    }

    [Theory]
    [InlineData("none")]
    [InlineData("agent")]
    [InlineData("viewer")]
    [InlineData("operator")]
    [InlineData("release_manager")]
    [InlineData("admin")]
    public async Task Role_MayCallWhatItsRoleReaches_AndNothingElse(string role)
    {
        using var api = firewall.Api(role);
        foreach (var (method, path, least) in Endpoints)
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), path.Replace("{id}", "no-such-id", StringComparison.Ordinal).Replace("{name}", "no-such-name", StringComparison.Ordinal));
            using var response = await api.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            var status = (int)response.StatusCode;

            if (role is "none" or "agent")
            {
                Assert.Equal(401, status);
            }
            else if (ApproverRoles.Parse(role) < ApproverRoles.Parse(least))
            {
                Assert.Equal((403, path), (status, path));
                var problem = (await response.Content.ReadFromJsonAsync<JsonNode>())!;
                Assert.Equal("role_too_low", (string?)problem["code"]);
                Assert.Equal(ApproverRoles.All.SkipWhile(word => word != least), problem["required_roles"]!.AsArray().Select(one => (string)one!));
            }
            else
            {
                // What it may call says what is wrong with the empty call, or does it.
                Assert.True(status is 200 or 400 or 404 or 422, $"{role} {method} {path}: {status}");
            }
        }
    }

    [Fact]
    public async Task Approve_ByAnOperator_LetsTheRepeatPass_AndIsAudited()
    {
        firewall.Upstream.Reset();
        var id = await firewall.AskAsync("one");
        using var api = firewall.Api("operator");

        var shown = (await api.GetFromJsonAsync<JsonNode>($"/v1/approvals/{id}"))!["approval"]!;
        using var answered = await api.PostAsJsonAsync($"/v1/approvals/{id}/approve", new { note = "looks right" });
        using var agent = firewall.Agent();
        using var repeat = await AdminFixture.PostAsync(agent, "one");
        using var again = await api.PostAsync($"/v1/approvals/{id}/approve", null);

        Assert.Equal(("pending", """{"title":"one"}"""), ((string?)shown["status"], (string?)shown["content"]));
        Assert.Equal(200, (int)answered.StatusCode);
        Assert.Equal(200, (int)repeat.StatusCode);
        Assert.Equal(409, (int)again.StatusCode);
        Assert.Equal("used", (string?)(await api.GetFromJsonAsync<JsonNode>($"/v1/approvals/{id}"))!["approval"]!["status"]);
        var record = Assert.Single(AuditReader.Read(Path.Combine(firewall.Home, "audit")), entry => entry.Record.Type == AuditTypes.ApprovalAnswered && entry.Record.Approval?.Id == id).Record;
        Assert.Equal(("token:test-operator", "operator", "allow"), (record.Approval!.By, record.Approval.Role, record.Outcome));
    }

    [Fact]
    public async Task Approve_WhereTheQuestionNeedsAHigherRole_Is403WithTheRoles()
    {
        using var agent = firewall.Agent();
        using var content = new StringContent("{}", Encoding.UTF8, "application/json");
        using var asked = await agent.PutAsync(new Uri($"https://{Hosts.Tool}/repos/a"), content);
        var id = (string)(await asked.Content.ReadFromJsonAsync<JsonNode>())!["decision_id"]!;
        using var api = firewall.Api("release_manager");
        using var admin = firewall.Api("admin");

        using var response = await api.PostAsync($"/v1/approvals/{id}/approve", null);
        using var byAdmin = await admin.PostAsync($"/v1/approvals/{id}/deny", null);

        Assert.Equal(403, (int)response.StatusCode);
        Assert.Equal(["admin"], (await response.Content.ReadFromJsonAsync<JsonNode>())!["required_roles"]!.AsArray().Select(one => (string)one!));
        Assert.Equal(200, (int)byAdmin.StatusCode);
    }

    [Fact]
    public async Task Consume_OnceIs200_ThenItIs409_AndOthersAre403()
    {
        var id = await firewall.AskAsync("two");
        using var api = firewall.Api("operator");
        using (await api.PostAsync($"/v1/approvals/{id}/approve", null))
        {
        }

        var token = (string)(await api.GetFromJsonAsync<JsonNode>($"/v1/decisions/{id}"))!["token"]!;
        using var viewer = firewall.Api("viewer");
        Assert.Null((await viewer.GetFromJsonAsync<JsonNode>($"/v1/decisions/{id}"))!["token"]);

        Assert.Equal(403, await ConsumeAsync(api, id, token, "other"));
        Assert.Equal(403, await ConsumeAsync(api, id, token[..^6] + (token[^6] == 'A' ? 'B' : 'A') + token[^5..], "agent"));
        Assert.Equal(403, await ConsumeAsync(api, await firewall.AskAsync("three"), token, "agent"));
        Assert.Equal(403, await ConsumeAsync(api, id, null, "agent"));
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => ConsumeAsync(api, id, token, "agent")));

        Assert.Equal(1, answers.Count(status => status == 200));
        Assert.Equal(19, answers.Count(status => status == 409));
        using var agent = firewall.Agent();
        using var repeat = await AdminFixture.PostAsync(agent, "two");
        Assert.Equal(428, (int)repeat.StatusCode);
    }

    [Fact]
    public async Task Consume_OfWhatIsOver_Is410()
    {
        var id = await firewall.AskAsync("four");
        using var api = firewall.Api("operator");
        var until = DateTimeOffset.UtcNow.AddSeconds(3);
        using (await api.PostAsJsonAsync($"/v1/approvals/{id}/approve", new { for_session = true, until }))
        {
        }

        var token = (string)(await api.GetFromJsonAsync<JsonNode>($"/v1/decisions/{id}"))!["token"]!;
        while (DateTimeOffset.UtcNow <= until)
        {
            await Task.Delay(50);
        }

        Assert.Equal(410, await ConsumeAsync(api, id, token, "agent"));
    }

    [Fact]
    public async Task Execution_ThatWaits_IsAllowedOnceAfterTheYes()
    {
        using var api = firewall.Api("operator");
        var action = new { agent = "agent", method = "POST", url = $"https://{Hosts.Tool}/repos/b/issues", content_type = "application/json", body_sha256 = new string('a', 64) };

        var asked = await RequestAsync(api, action);
        var id = (string)asked["decision_id"]!;
        using (await api.PostAsync($"/v1/approvals/{id}/approve", null))
        {
        }

        var allowed = await RequestAsync(api, action);
        var again = await RequestAsync(api, action);

        Assert.Equal(("pending", "ask", "operator"), ((string?)asked["outcome"], (string?)asked["rule"], (string?)asked["required_role"]));
        Assert.Equal(("allow", id), ((string?)allowed["outcome"], (string?)allowed["decision_id"]));
        Assert.Equal("pending", (string?)again["outcome"]);
        Assert.Equal(asked.AsObject().Select(one => one.Key), allowed.AsObject().Select(one => one.Key));
        Assert.Equal("deny", (string?)(await RequestAsync(api, action with { method = "DELETE" }))["outcome"]);
    }

    [Fact]
    public async Task DryRun_DecidesAndLeavesNothing()
    {
        using var api = firewall.Api("viewer");
        var before = (await api.GetFromJsonAsync<JsonNode>("/v1/approvals?status=pending&limit=200"))!["approvals"]!.AsArray().Count;

        using var response = await api.PostAsJsonAsync("/v1/decisions/dry-run", new { agent = "agent", host = Hosts.Tool, method = "POST", path = "/x", body_length = 3 });

        var decision = (await response.Content.ReadFromJsonAsync<JsonNode>())!;
        Assert.Equal(("pending", "ask"), ((string?)decision["outcome"], (string?)decision["rule"]));
        Assert.Null(decision["decision_id"]);
        Assert.Equal(before, (await api.GetFromJsonAsync<JsonNode>("/v1/approvals?status=pending&limit=200"))!["approvals"]!.AsArray().Count);
    }

    [Fact]
    public async Task Decision_SaysItsConditionsClassAndRisk()
    {
        using var api = firewall.Api("operator");
        var asked = await RequestAsync(api, new { agent = "agent", method = "POST", url = $"https://{Hosts.Tool}/repos/c/issues" });
        using var response = await api.PostAsJsonAsync("/v1/decisions/dry-run", new { agent = "agent", host = Hosts.Tool, method = "POST", path = "/repos/c/issues" });
        var dry = (await response.Content.ReadFromJsonAsync<JsonNode>())!;

        foreach (var decision in new[] { asked, dry })
        {
            Assert.Equal(["""agent {"in":["agent","other"]}""", $$"""host {"eq":"{{Hosts.Tool}}"}""", """method {"eq":"POST"}"""], decision["conditions"]!.AsArray().Select(one => (string)one!).Order());
            Assert.Equal("yellow", (string?)decision["class"]);
            Assert.InRange((int)decision["risk"]!, 0, 100);
        }
    }

    [Fact]
    public async Task Budgets_SetShownResetAndRemoved_AreAuditedWithWhoSaidIt()
    {
        using var api = firewall.Api("admin");
        using var set = await api.PutAsJsonAsync("/v1/budgets/by-api", new { window = "day", agents = new[] { "agent" }, requests = 5, warn_at = new[] { 80 } });
        using var unlimited = await api.PutAsJsonAsync("/v1/budgets/other", new { window = "day" });
        using var unknown = await api.PutAsJsonAsync("/v1/budgets/other", new { window = "fortnight", requests = 5 });
        var shown = (await api.GetFromJsonAsync<JsonNode>("/v1/budgets"))!["budgets"]!.AsArray();
        using var reset = await api.PostAsync("/v1/budgets/by-api/reset?of=agent", null);
        using var removed = await api.DeleteAsync(new Uri("/v1/budgets/by-api", UriKind.Relative));
        using var again = await api.DeleteAsync(new Uri("/v1/budgets/by-api", UriKind.Relative));

        Assert.Equal((200, 422, 400, 200, 200, 422), ((int)set.StatusCode, (int)unlimited.StatusCode, (int)unknown.StatusCode, (int)reset.StatusCode, (int)removed.StatusCode, (int)again.StatusCode));
        Assert.Contains(shown, one => (string?)one!["name"] == "by-api" && (int?)one["requests"] == 5);
        var records = AuditReader.Read(Path.Combine(firewall.Home, "audit")).Select(entry => entry.Record).Where(record => record is { Type: AuditTypes.BudgetChanged, Rule: "by-api" });
        Assert.Equal(["Set: soft, 5 requests a day.", "Begun anew for agent.", "Removed."], records.Select(record =>
        {
            Assert.Equal("token:test-admin", record.Approval!.By);
            return record.Detail;
        }));
    }

    [Fact]
    public async Task Usage_IsAddedUpAsItIsAsked()
    {
        using var api = firewall.Api("viewer");

        var usage = (await api.GetFromJsonAsync<JsonNode>("/v1/usage?by=model&since=2026-01-01T00:00:00Z"))!;
        using var wrong = await api.GetAsync(new Uri("/v1/usage?by=colour", UriKind.Relative));
        using var when = await api.GetAsync(new Uri("/v1/usage?since=yesterday", UriKind.Relative));

        Assert.Equal(("total", 0), ((string?)usage["total"]!["name"], (int?)usage["total"]!["calls"]));
        Assert.Equal((400, 400), ((int)wrong.StatusCode, (int)when.StatusCode));
    }

    [Fact]
    public async Task IdempotencyKey_RepeatedCall_GetsTheFirstAnswer()
    {
        var id = await firewall.AskAsync("five");
        using var api = firewall.Api("operator");
        api.DefaultRequestHeaders.Add("Idempotency-Key", "k-1");

        using var first = await api.PostAsJsonAsync($"/v1/approvals/{id}/deny", new { note = "no" });
        using var second = await api.PostAsJsonAsync($"/v1/approvals/{id}/deny", new { note = "no" });
        using var changed = await api.PostAsJsonAsync($"/v1/approvals/{id}/deny", new { note = "still no" });

        Assert.Equal((200, 200, 422), ((int)first.StatusCode, (int)second.StatusCode, (int)changed.StatusCode));
        Assert.Equal("true", Assert.Single(second.Headers.GetValues("Idempotent-Replayed")));
        Assert.Equal(await first.Content.ReadAsStringAsync(), await second.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Pages_FollowEachOther()
    {
        string[] asked = [await firewall.AskAsync("p1"), await firewall.AskAsync("p2"), await firewall.AskAsync("p3")];
        using var api = firewall.Api("viewer");

        var first = (await api.GetFromJsonAsync<JsonNode>("/v1/approvals?limit=2"))!;
        var second = (await api.GetFromJsonAsync<JsonNode>($"/v1/approvals?limit=1&before={first["next"]}"))!;

        Assert.Equal([asked[2], asked[1]], first["approvals"]!.AsArray().Select(one => (string)one!["id"]!));
        Assert.Equal(asked[0], (string)second["approvals"]![0]!["id"]!);
    }

    [Fact]
    public async Task Events_OfAQuestion_ComeAsTheyHappen()
    {
        using var api = firewall.Api("viewer");
        using var stream = new StreamReader(await api.GetStreamAsync("/v1/events/decisions"));
        Assert.Equal(": sfw", await stream.ReadLineAsync());

        var id = await firewall.AskAsync("six");

        string? line;
        while ((line = await stream.ReadLineAsync().WaitAsync(Patience.Long)) is not null && !line.Contains(id, StringComparison.Ordinal))
        {
        }

        var data = JsonNode.Parse(line!["data: ".Length..])!;
        Assert.Equal(("asked", id), ((string?)data["event"], (string?)data["approval"]!["id"]));
    }

    [Fact]
    public async Task Events_OfTheAudit_GoOnBehindTheLastOneSeen()
    {
        await firewall.AskAsync("seven");
        using var api = firewall.Api("viewer");
        api.DefaultRequestHeaders.Add("Last-Event-ID", "1");
        using var stream = new StreamReader(await api.GetStreamAsync("/v1/events/audit"));

        string? line;
        while ((line = await stream.ReadLineAsync().WaitAsync(Patience.Long)) is not null && !line.StartsWith("id: ", StringComparison.Ordinal))
        {
        }

        Assert.Equal("id: 2", line);
    }

    [Theory]
    [InlineData("Host: evil.example")]
    [InlineData("Origin: http://evil.example")]
    [InlineData("Sec-Fetch-Site: cross-site")]
    public async Task Call_FromAPage_IsRefusedBeforeItsTokenIsLookedAt(string field)
    {
        using var api = firewall.Api("admin");
        var (name, value) = (field.Split(": ")[0], field.Split(": ")[1]);
        api.DefaultRequestHeaders.Add(name, value);

        using var response = await api.GetAsync(new Uri("/v1/status", UriKind.Relative));

        Assert.Equal(403, (int)response.StatusCode);
        Assert.Equal("", await response.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("localhost")]
    [InlineData("[::1]")]
    [InlineData("[::ffff:127.0.0.1]")]
    [InlineData("2130706433")]
    [InlineData("mapped.example")]
    public async Task AdminPlane_AskedForThroughTheProxy_IsNeverReached(string host)
    {
        // Its port, a policy that allows the private address, and an operator's token that leaked: and yet.
        var authority = host == "mapped.example" ? host : $"{host}:{firewall.Admin.Port}";
        await using var client = await RawClient.DialAsync(firewall.Proxy);
        var credentials = Convert.ToBase64String(Encoding.ASCII.GetBytes($"agent:{firewall.TokenOf("agent")}"));

        var response = await client.RequestAsync(
            "GET", $"http://{authority}/v1/status", authority, default, $"Proxy-Authorization: Basic {credentials}", $"Authorization: Bearer {firewall.TokenOf("admin")}");

        Assert.True(response.Status is 400 or 403, $"{response.Status} {response.Text}");
        Assert.DoesNotContain("\"proxy\"", response.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Override_ByAnAdmin_LetsTheRulesRefusalsPassAndMarksThem()
    {
        firewall.Upstream.Reset();
        using var agent = firewall.Agent();
        using var admin = firewall.Api("admin");
        var target = new Uri($"https://{Hosts.Tool}/repos/a/issues/1");
        using var before = await agent.DeleteAsync(target);

        using var made = await admin.PostAsJsonAsync("/v1/overrides", new
        {
            agent = "agent",
            rule = "no-deletes",
            host = Hosts.Tool,
            code = "incident",
            justification = "A leaked issue must go now.",
            until = DateTimeOffset.UtcNow.AddMinutes(5),
        });
        using var during = await agent.DeleteAsync(target);
        using var ended = await admin.DeleteAsync(new Uri($"/v1/overrides/{(await made.Content.ReadFromJsonAsync<JsonNode>())!["id"]}", UriKind.Relative));
        using var after = await agent.DeleteAsync(target);

        Assert.Equal((403, 201, 200, 200, 403), ((int)before.StatusCode, (int)made.StatusCode, (int)during.StatusCode, (int)ended.StatusCode, (int)after.StatusCode));
        var records = AuditReader.Read(Path.Combine(firewall.Home, "audit")).Select(entry => entry.Record).ToList();
        var intent = Assert.Single(records, record => record.Type == AuditTypes.Intent && record.Method == "DELETE");
        Assert.Equal(("overridden", "token:test-admin"), (intent.Approval!.Trust, intent.Approval.By));
        Assert.Equal(2, records.Count(record => record.Type == AuditTypes.OverrideChanged));
    }

    [Fact]
    public async Task Question_IsAnnouncedWithASignature()
    {
        var id = await firewall.AskAsync("eight");

        while (true)
        {
            var request = await firewall.Receiver.NextAsync().WaitAsync(Patience.Long);
            if (!Encoding.UTF8.GetString(request.Body).Contains(id, StringComparison.Ordinal))
            {
                continue;
            }

            Assert.Equal("/approvals", request.Target);
            var parts = request.Header("X-SFW-Signature")!.Split(',');
            var signed = HMACSHA256.HashData(Encoding.UTF8.GetBytes(AdminFixture.WebhookKey), (byte[])[.. Encoding.ASCII.GetBytes(parts[0][2..] + "."), .. request.Body]);
            Assert.Equal($"v1={Convert.ToHexStringLower(signed)}", parts[1]);
            return;
        }
    }

    [Fact]
    public async Task Agent_StoppedOverTheApi_IsStopped_AndItsQuestionsAreTakenBack()
    {
        var id = await firewall.AskAsync("nine");
        using var api = firewall.Api("operator");
        using var agent = firewall.Agent();

        using var killed = await api.PostAsync("/v1/agents/agent/kill", null);
        using var refused = await AdminFixture.PostAsync(agent, "nine");
        var patience = DateTimeOffset.UtcNow + Patience.Long;
        string? status;
        while ((status = (string?)(await api.GetFromJsonAsync<JsonNode>($"/v1/approvals/{id}"))!["approval"]!["status"]) == "pending" && DateTimeOffset.UtcNow < patience)
        {
            await Task.Delay(20);
        }

        using var revived = await api.PostAsync("/v1/agents/agent/revive", null);

        Assert.Equal((200, 403, 200, "cancelled"), ((int)killed.StatusCode, (int)refused.StatusCode, (int)revived.StatusCode, status));
    }

    private static async Task<JsonNode> RequestAsync(HttpClient api, object action)
    {
        using var response = await api.PostAsJsonAsync("/v1/execution/request", action);
        Assert.Equal(200, (int)response.StatusCode);
        return (await response.Content.ReadFromJsonAsync<JsonNode>())!;
    }

    private static async Task<int> ConsumeAsync(HttpClient api, string id, string? token, string agent)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/v1/decisions/{id}/consume") { Content = JsonContent.Create(new { agent }) };
        if (token is not null)
        {
            request.Headers.Add("X-Decision-Token", token);
        }

        using var response = await api.SendAsync(request);
        return (int)response.StatusCode;
    }
}
