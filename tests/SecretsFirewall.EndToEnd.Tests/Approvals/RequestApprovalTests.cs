using System.Net;
using System.Text;
using System.Text.Json;
using SecretsFirewall.Approvals;
using SecretsFirewall.Audit;
using SecretsFirewall.EndToEnd.Tests.Harness;
using SecretsFirewall.EndToEnd.Tests.Upstreams;
using SecretsFirewall.Model;

namespace SecretsFirewall.EndToEnd.Tests.Approvals;

/// <summary>A request that waits for a person: what the agent is told, and what one yes lets pass.</summary>
public sealed class RequestApprovalTests : FirewallTests, IClassFixture<ApprovalFixture>
{
    private readonly ApprovalFixture _firewall;

    public RequestApprovalTests(ApprovalFixture firewall)
        : base(firewall)
    {
        _firewall = firewall;
        Assert.True(firewall.Approvals.Cancel(null));
    }

    [Fact]
    public async Task Request_ThatWaits_Is428AndNothingLeaves()
    {
        using var client = Firewall.CreateHttpClient(HttpVersion.Version20);

        using var response = await PostAsync(client, """{"title":"one"}""");

        Assert.Equal((428, "application/problem+json"), ((int)response.StatusCode, response.Content.Headers.ContentType!.MediaType));
        using var problem = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        var waiting = _firewall.Waiting();
        Assert.Equal("approval_required", problem.RootElement.GetProperty("code").GetString());
        Assert.Equal(waiting.Id, problem.RootElement.GetProperty("decision_id").GetString());
        Assert.Equal(waiting.Id, Assert.Single(response.Headers.GetValues("X-SFW-Decision")));
        Assert.Equal("operator", problem.RootElement.GetProperty("required_role").GetString());
        Assert.Equal(waiting.Fingerprint, problem.RootElement.GetProperty("fingerprint").GetString());
        Assert.InRange(problem.RootElement.GetProperty("expires_at").GetDateTimeOffset() - DateTimeOffset.UtcNow, TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(10));
        Assert.Contains($"sfw approvals approve {waiting.Id}", problem.RootElement.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Empty(Upstream.Requests);
    }

    [Fact]
    public async Task Request_ThatAPersonAgreedTo_PassesOnceAndWaitsAgain()
    {
        using var client = Firewall.CreateHttpClient(HttpVersion.Version20);
        const string body = """{"title":"two"}""";
        await ExpectAsync(428, client, body);
        await ExpectAsync(428, client, body); // the same question
        var id = _firewall.Waiting().Id;
        Firewall.MarkAudit();
        _firewall.Approve(id);

        await ExpectAsync(200, client, body);
        await ExpectAsync(428, client, body);

        Assert.Equal(body, Encoding.UTF8.GetString(Upstream.Single.Body));
        Assert.NotEqual(id, _firewall.Waiting().Id);
        var intent = await Firewall.AuditAsync(record => record.Type == AuditTypes.Intent && record.Approval?.Id == id);
        Assert.Equal("token:tester", intent.Approval!.By);
    }

    [Fact]
    public async Task Request_WithOneByteMore_IsAnotherQuestion()
    {
        using var client = Firewall.CreateHttpClient(HttpVersion.Version20);
        await ExpectAsync(428, client, """{"title":"three"}""");
        _firewall.Approve(_firewall.Waiting().Id);

        await ExpectAsync(428, client, """{"title":"three" }""");
        await ExpectAsync(428, client, """{"title":"three"}""", path: "/repos/a/issues?x");
        await ExpectAsync(428, client, """{"title":"three"}""", header: ("X-Idempotency", "1"));
        await ExpectAsync(428, client, """{"title":"three"}""", contentType: "text/json");
        await ExpectAsync(428, client, """{"title":"three"}""", method: HttpMethod.Delete);
        Assert.Empty(Upstream.Requests);

        await ExpectAsync(200, client, """{"title":"three"}""", header: ("X-Unnamed", "1"));
    }

    [Theory]
    [InlineData("X-Amz-Target", "Table.Delete")]
    [InlineData("SOAPAction", "delete")]
    public async Task Request_WithAFieldThatNamesAnotherAction_IsAnotherQuestionAndShowsIt(string field, string value)
    {
        using var client = Firewall.CreateHttpClient(HttpVersion.Version20);
        await ExpectAsync(428, client, """{"title":"action"}""", header: (field, "read"));
        _firewall.Approve(_firewall.Waiting().Id, new AnswerTerms(ForSession: true, MostUses: 9));

        await ExpectAsync(428, client, """{"title":"action"}""", header: (field, value));

        Assert.StartsWith($"{field.ToLowerInvariant()}: {value}\n", _firewall.Waiting().Subject.Content, StringComparison.Ordinal);
        Assert.Empty(Upstream.Requests);
        await ExpectAsync(200, client, """{"title":"action"}""", header: (field, "read"));
    }

    [Fact]
    public async Task CallOfBytes_UnderAPolicyThatLooksIntoBodies_IsAgreedToByteForByte()
    {
        const string late = """
            { "id": "late", "on": "request", "outcome": "deny", "match": { "host": { "eq": "api.openai.com" }, "body": { "/never": { "eq": "x", "exists": true } } }, "reason": "r" },
            """;
        Assert.Empty(Firewall.ChangePolicy("approvals.json", ApprovalFixture.Policy.Replace("\"rules\": [", "\"rules\": [" + late, StringComparison.Ordinal)));
        using var client = Firewall.CreateHttpClient(HttpVersion.Version20);
        await CallAsync("one");
        var agreed = _firewall.Waiting();
        _firewall.Approve(agreed.Id);

        await CallAsync("two");

        Assert.NotEqual(agreed.Fingerprint, _firewall.Waiting().Fingerprint);
        Assert.Empty(Upstream.Requests);
        await CallAsync("one");
        Assert.EndsWith("one", Encoding.UTF8.GetString(Upstream.Single.Body), StringComparison.Ordinal);
        Assert.Empty(Firewall.ChangePolicy("approvals.json", ApprovalFixture.Policy));

        async Task CallAsync(string message)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, $"https://{Hosts.Tool}/service/Call")
            {
                Content = new ByteArrayContent([0, 0, 0, 0, (byte)message.Length, .. Encoding.UTF8.GetBytes(message)]) { Headers = { ContentType = new("application/grpc") } },
                Version = HttpVersion.Version20,
                VersionPolicy = client.DefaultVersionPolicy,
            };
            using var response = await client.SendAsync(request);
        }
    }

    [Fact]
    public async Task Request_OfAnotherAgent_IsAnotherQuestion()
    {
        using var client = Firewall.CreateHttpClient(HttpVersion.Version20);
        await ExpectAsync(428, client, """{"title":"four"}""");
        var id = _firewall.Waiting().Id;
        _firewall.Approve(id);
        var credentials = Firewall.AddAgent("other").Split(':');
        using var other = HttpClients.Create(Firewall.Proxy, new NetworkCredential(credentials[0], credentials[1]), Firewall.CaPem, HttpVersion.Version20);

        await ExpectAsync(428, other, """{"title":"four"}""", header: ("X-SFW-Decision", id));

        Assert.Empty(Upstream.Requests);
        Firewall.RemoveAgent("other");
    }

    [Fact]
    public async Task Request_UnderAnotherBundle_IsAnotherQuestion()
    {
        using var client = Firewall.CreateHttpClient(HttpVersion.Version20);
        await ExpectAsync(428, client, """{"title":"five"}""");
        _firewall.Approve(_firewall.Waiting().Id);
        Assert.Empty(Firewall.ChangePolicy("approvals.json", ApprovalFixture.Policy.Replace("10m", "11m", StringComparison.Ordinal)));

        await ExpectAsync(428, client, """{"title":"five"}""");

        Assert.Empty(Upstream.Requests);
        Assert.Empty(Firewall.ChangePolicy("approvals.json", ApprovalFixture.Policy));
    }

    [Fact]
    public async Task Request_ThatNamesItsDecision_UsesThatOneAndNoOther()
    {
        using var client = Firewall.CreateHttpClient(HttpVersion.Version20);
        await ExpectAsync(428, client, """{"title":"named"}""");
        var forSession = _firewall.Waiting().Id;
        _firewall.Approve(forSession, new AnswerTerms(ForSession: true));

        var unknown = await ProblemAsync(client, """{"title":"other"}""", "0198aaaa");
        Assert.Equal("approval_required", unknown.GetProperty("code").GetString());
        Assert.Contains("names is none about this very action", unknown.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Empty(Upstream.Requests);

        await ExpectAsync(200, client, """{"title":"other"}""", header: ("X-SFW-Decision", forSession));
        Assert.Null(Upstream.Single.Header("X-SFW-Decision"));
    }

    [Fact]
    public async Task Request_ThatNamesADecisionThatIsUsed_Is428AndSaysSo()
    {
        using var client = Firewall.CreateHttpClient(HttpVersion.Version20);
        await ExpectAsync(428, client, """{"title":"spent"}""");
        var id = _firewall.Waiting().Id;
        _firewall.Approve(id);
        await ExpectAsync(428, client, """{"title":"not agreed to"}""", header: ("X-SFW-Decision", id));
        await ExpectAsync(200, client, """{"title":"spent"}""", header: ("X-SFW-Decision", id));

        var again = await ProblemAsync(client, """{"title":"spent"}""", id);

        Assert.Contains("has been used", again.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.NotEqual(id, again.GetProperty("decision_id").GetString());
        Assert.Single(Upstream.Requests);
    }

    [Fact]
    public async Task Request_WithAnotherCredential_IsAnotherQuestion()
    {
        using var client = Firewall.CreateHttpClient(HttpVersion.Version20);
        const string body = """{"title":"whose"}""";
        await ExpectAsync(428, client, body, header: ("Authorization", "Bearer alice-of-this-test"));
        _firewall.Approve(_firewall.Waiting().Id);

        await ExpectAsync(428, client, body, header: ("Authorization", "Bearer mallory-of-this-test"));
        await ExpectAsync(428, client, body);
        Assert.Empty(Upstream.Requests);

        await ExpectAsync(200, client, body, header: ("Authorization", "Bearer alice-of-this-test"));
    }

    [Fact]
    public async Task ModelCalls_AgreedToUpToACost_PassUntilItIsSpent_AndUnpricedOnesNever()
    {
        Upstream.Reset(Answer.Json("""{"model":"gpt-4o-mini","choices":[],"usage":{"prompt_tokens":1000,"completion_tokens":0}}""")); // 0.00015 USD
        using var client = Firewall.CreateHttpClient(HttpVersion.Version11);
        await AskModelAsync(400, "a");
        var waiting = _firewall.Waiting();
        Assert.InRange(waiting.Subject.MayCost!.Value, 0.000001m, 0.0001m);
        _firewall.Approve(waiting.Id, new AnswerTerms(ForSession: true, MostCost: 0.0003m));

        await AskModelAsync(200, "b");
        await SettledAsync(0.00015m);
        await AskModelAsync(400, "c", "nobody-knows");
        await AskModelAsync(200, "d");
        await SettledAsync(0.0003m);
        await AskModelAsync(400, "e");

        Assert.Equal(2, Upstream.Requests.Count);
        Assert.Equal(ApprovalStatus.Used, _firewall.Approvals.Find(waiting.Id, out _)!.StatusAt(DateTimeOffset.UtcNow));

        async Task AskModelAsync(int status, string prompt, string model = "gpt-4o-mini")
        {
            using var response = await PostAsync(client, $$"""{"model":"{{model}}","max_tokens":8,"messages":[{"role":"user","content":"{{prompt}}"}]}""", Hosts.OpenAi, Prompts.ChatPath);
            Assert.Equal((status, ""), ((int)response.StatusCode, status == (int)response.StatusCode ? "" : await response.Content.ReadAsStringAsync()));
        }

        async Task SettledAsync(decimal cost)
        {
            using var patience = new CancellationTokenSource(Patience.Long);
            while (_firewall.Approvals.Find(waiting.Id, out _)!.Grant!.Cost != cost)
            {
                await Task.Delay(10, patience.Token); // when the answer is over, which the client may see before
            }
        }
    }

    [Fact]
    public async Task CallThatFails_GivesBackWhatItMightHaveCost()
    {
        Upstream.Reset(async exchange =>
        {
            await exchange.ReadBodyAsync();
            exchange.Status(500).Header("Content-Type", "application/json");
            await exchange.SendAsync("{}"u8.ToArray());
        });
        using var client = Firewall.CreateHttpClient(HttpVersion.Version11);
        const string body = """{"model":"gpt-4o-mini","max_tokens":8,"messages":[{"role":"user","content":"fails"}]}""";
        using (await PostAsync(client, body, Hosts.OpenAi, Prompts.ChatPath))
        {
        }

        var id = _firewall.Waiting().Id;
        _firewall.Approve(id, new AnswerTerms(ForSession: true, MostCost: 1));
        using var response = await PostAsync(client, body, Hosts.OpenAi, Prompts.ChatPath);

        Assert.Equal(500, (int)response.StatusCode);
        using var patience = new CancellationTokenSource(Patience.Long);
        while (_firewall.Approvals.Find(id, out _)!.Grant!.Cost != 0)
        {
            await Task.Delay(10, patience.Token);
        }
    }

    [Fact]
    public async Task Request_RepeatedFiftyTimesAtOnce_ReachesTheUpstreamOnce()
    {
        using var client = Firewall.CreateHttpClient(HttpVersion.Version20);
        using var older = Firewall.CreateHttpClient(HttpVersion.Version11);
        const string body = """{"title":"six"}""";
        await ExpectAsync(428, client, body);
        _firewall.Approve(_firewall.Waiting().Id);

        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(async i =>
        {
            using var response = await PostAsync(i % 2 == 0 ? client : older, body);
            return (int)response.StatusCode;
        }));

        Assert.Equal(1, answers.Count(status => status == 200));
        Assert.Equal(49, answers.Count(status => status == 428));
        Assert.Equal(body, Encoding.UTF8.GetString(Upstream.Single.Body));
    }

    [Fact]
    public async Task Request_ThatAPersonDenied_Is403AndIsNotAskedAgain()
    {
        using var client = Firewall.CreateHttpClient(HttpVersion.Version20);
        await ExpectAsync(428, client, """{"title":"seven"}""");
        _firewall.Deny(_firewall.Waiting().Id);

        await ExpectAsync(403, client, """{"title":"seven"}""");

        Assert.Empty(_firewall.Approvals.List(new ApprovalFilter(ApprovalStatus.Pending))!);
        Assert.Empty(Upstream.Requests);
    }

    [Fact]
    public async Task Session_ThatAPersonAgreedTo_LetsOtherBodiesPassUntilItsUsesAreOver()
    {
        using var client = Firewall.CreateHttpClient(HttpVersion.Version20);
        await ExpectAsync(428, client, """{"title":"eight"}""");
        _firewall.Approve(_firewall.Waiting().Id, new AnswerTerms(ForSession: true, MostUses: 2));

        await ExpectAsync(428, client, """{"title":"eight"}""", path: "/other");
        await ExpectAsync(200, client, """{"title":"nine"}""");
        await ExpectAsync(200, client, """{"title":"ten"}""");
        await ExpectAsync(428, client, """{"title":"eleven"}""");
    }

    [Fact]
    public async Task HeldRequest_ThatIsAnsweredMeanwhile_GoesOnByItself()
    {
        using var client = Firewall.CreateHttpClient(HttpVersion.Version11);
        var held = PostAsync(client, """{"text":"hello"}""", host: Hosts.Http1Tool);
        var id = await WaitAsync();
        Assert.Empty(Http1Upstream.Requests);
        _firewall.Approve(id);

        using var response = await held;

        Assert.Equal(200, (int)response.StatusCode);
        Assert.Equal("""{"text":"hello"}""", Encoding.UTF8.GetString(Http1Upstream.Single.Body));
    }

    [Fact]
    public async Task HeldRequest_ThatIsDenied_Is403()
    {
        using var client = Firewall.CreateHttpClient(HttpVersion.Version11);
        var held = PostAsync(client, """{"text":"no"}""", host: Hosts.Http1Tool);
        _firewall.Deny(await WaitAsync());

        using var response = await held;

        Assert.Equal(403, (int)response.StatusCode);
        Assert.Empty(Http1Upstream.Requests);
    }

    [Fact]
    public async Task HeldRequest_WhoseAgentIsStopped_IsRefusedAndTheQuestionTakenBack()
    {
        using var client = Firewall.CreateHttpClient(HttpVersion.Version11);
        var held = PostAsync(client, """{"text":"stop"}""", host: Hosts.Http1Tool);
        var id = await WaitAsync();

        Firewall.Kill(FirewallFixture.AgentName);
        using var response = await held;

        Firewall.Revive(FirewallFixture.AgentName);
        Assert.Equal(403, (int)response.StatusCode);
        Assert.Empty(Http1Upstream.Requests);
        using var patience = new CancellationTokenSource(Patience.Long);
        while (_firewall.Approvals.Find(id, out _)!.StatusAt(DateTimeOffset.UtcNow) is not ApprovalStatus.Cancelled)
        {
            await Task.Delay(10, patience.Token); // taken back behind the kill, since the store is a disk
        }
    }

    [Fact]
    public async Task Agreement_OfAnAgentThatIsStopped_IsWorthNothingAfterItsRevival()
    {
        using var client = Firewall.CreateHttpClient(HttpVersion.Version20);
        await ExpectAsync(428, client, """{"title":"twelve"}""");
        var id = _firewall.Waiting().Id;
        _firewall.Approve(id);
        Firewall.Kill(FirewallFixture.AgentName);
        await ExpectAsync(403, client, """{"title":"twelve"}""");
        Firewall.Revive(FirewallFixture.AgentName);
        while (_firewall.Approvals.Find(id, out _)!.StatusAt(DateTimeOffset.UtcNow) is ApprovalStatus.Approved)
        {
            await Task.Yield();
        }

        await ExpectAsync(428, client, """{"title":"twelve"}""");

        Assert.Empty(Upstream.Requests);
    }

    [Fact]
    public async Task Question_ShowsTheActionWithItsSecretsMasked()
    {
        var canary = Firewall.Register();
        using var client = Firewall.CreateHttpClient(HttpVersion.Version20);

        await ExpectAsync(428, client, $$"""{"title":"{{canary.Value}}"}""", path: $"/repos/a/issues?k={canary.Value}");

        var waiting = _firewall.Waiting();
        Assert.Equal($"/repos/a/issues?k={canary.Reference}", waiting.Subject.Target);
        Assert.Equal($$"""{"title":"{{canary.Reference}}"}""", waiting.Subject.Content);
        AssertNowhere([canary]);
    }

    [Fact]
    public async Task BodyThatIsTooLargeToBeRead_Is413AndNobodyIsAsked()
    {
        using var client = Firewall.CreateHttpClient(HttpVersion.Version11);
        using var request = new HttpRequestMessage(HttpMethod.Post, $"https://{Hosts.Tool}/upload") { Content = new ByteArrayContent(new byte[9 * 1024 * 1024]), Version = HttpVersion.Version11 };

        using var response = await client.SendAsync(request);

        Assert.Equal(413, (int)response.StatusCode);
        Assert.Empty(_firewall.Approvals.List(new ApprovalFilter(ApprovalStatus.Pending))!);
        Assert.Empty(Upstream.Requests);
    }

    [Fact]
    public async Task BodyWithoutALength_IsReadWholeBeforeTheQuestion()
    {
        using var client = Firewall.CreateHttpClient(HttpVersion.Version11);
        using var request = new HttpRequestMessage(HttpMethod.Post, $"https://{Hosts.Tool}/upload") { Content = new StringContent("plain text"), Version = HttpVersion.Version11 };
        request.Headers.TransferEncodingChunked = true;

        using var response = await client.SendAsync(request);

        Assert.Equal(428, (int)response.StatusCode);
        Assert.Equal("plain text", _firewall.Waiting().Subject.Content);
        Assert.Empty(Upstream.Requests);
    }

    [Fact]
    public async Task McpCall_ThatWaits_IsAToolErrorWithTheDecision()
    {
        using var client = Firewall.CreateHttpClient(HttpVersion.Version20);

        using var response = await PostAsync(client, """{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"t","arguments":{"a":1}}}""", path: "/mcp");

        Assert.Equal(200, (int)response.StatusCode);
        using var answer = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        var result = answer.RootElement.GetProperty("result");
        Assert.True(result.GetProperty("isError").GetBoolean());
        Assert.Contains($"sfw approvals approve {_firewall.Waiting().Id}", result.GetProperty("content")[0].GetProperty("text").GetString(), StringComparison.Ordinal);
        Assert.Equal(_firewall.Waiting().Id, result.GetProperty("_meta").GetProperty("secretsfirewall/approval").GetProperty("decision_id").GetString());
    }

    [Fact]
    public async Task RoleThatDoesNotReach_CannotAgree()
    {
        using var client = Firewall.CreateHttpClient(HttpVersion.Version20);
        await ExpectAsync(428, client, "{}", method: HttpMethod.Put);
        var waiting = _firewall.Waiting();

        Assert.Equal(ApproverRole.Admin, waiting.RequiredRole);
        Assert.Equal(ApprovalError.RoleTooLow, _firewall.Approvals.Answer(waiting.Id, ApprovalFixture.Operator, new AnswerTerms(), null, static _ => true));
        await ExpectAsync(428, client, "{}", method: HttpMethod.Put);
    }

    private static async Task<JsonElement> ProblemAsync(HttpClient client, string body, string named)
    {
        using var response = await PostAsync(client, body, header: ("X-SFW-Decision", named));
        Assert.Equal(428, (int)response.StatusCode);
        using var problem = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        return problem.RootElement.Clone();
    }

    private async Task<string> WaitAsync()
    {
        using var patience = new CancellationTokenSource(Patience.Long);
        while (true)
        {
            if (_firewall.Approvals.List(new ApprovalFilter(ApprovalStatus.Pending)) is [var waiting])
            {
                return waiting.Id;
            }

            await Task.Delay(20, patience.Token);
        }
    }

    private static async Task ExpectAsync(
        int status, HttpClient client, string body, string path = "/repos/a/issues", (string Name, string Value)? header = null, string contentType = "application/json", HttpMethod? method = null)
    {
        using var response = await PostAsync(client, body, Hosts.Tool, path, header, contentType, method);
        Assert.Equal((status, ""), ((int)response.StatusCode, status == (int)response.StatusCode ? "" : await response.Content.ReadAsStringAsync()));
    }

    private static async Task<HttpResponseMessage> PostAsync(
        HttpClient client, string body, string host = Hosts.Tool, string path = "/repos/a/issues", (string Name, string Value)? header = null, string contentType = "application/json", HttpMethod? method = null)
    {
        using var request = new HttpRequestMessage(method ?? HttpMethod.Post, $"https://{host}{path}")
        {
            Content = new StringContent(body, Encoding.UTF8, contentType),
            Version = client.DefaultRequestVersion,
            VersionPolicy = client.DefaultVersionPolicy,
        };
        if (header is var (name, value))
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return await client.SendAsync(request);
    }
}
