using System.Text;
using SecretsFirewall.Audit;
using SecretsFirewall.EndToEnd.Tests.Drivers;
using SecretsFirewall.EndToEnd.Tests.Harness;
using SecretsFirewall.EndToEnd.Tests.Upstreams;

namespace SecretsFirewall.EndToEnd.Tests.Policies;

/// <summary>Rules about what only the whole request shows, and effects beside refusing.</summary>
public sealed class LateQuestionTests(FirewallFixture firewall) : FirewallTests(firewall), IClassFixture<FirewallFixture>
{
    private const string BodyRules = """
        {
          "schema": "policy/v1",
          "rules": [
            { "id": "no-big-model", "on": "request", "outcome": "steer", "match": { "host": { "eq": "api.openai.com" }, "body": { "/model": { "eq": "big", "exists": true } } },
              "reason": "That model is too dear.", "guidance": "Ask the small one." },
            { "id": "no-tracking", "on": "request", "outcome": "deny", "match": { "query": { "track": { "eq": "1", "exists": true } } }, "reason": "No tracking." },
            { "id": "no-beta", "on": "request", "outcome": "deny", "match": { "headers": { "x-beta": { "contains_any": ["unsafe"], "exists": true } } }, "reason": "No beta." }
          ]
        }
        """;

    private const string FindingRules = """
        {
          "schema": "policy/v1",
          "rules": [
            { "id": "no-secrets-at-all", "on": "request", "outcome": "deny", "match": { "host": { "eq": "api.openai.com" }, "finding": { "kind": { "eq": "registered" } } },
              "reason": "A prompt with a secret of ours is not sent, masked or not." }
          ]
        }
        """;

    [Theory]
    [InlineData("""{"model":"big","messages":[]}""", "steered")]
    [InlineData("""{"messages":[],"model":"\u0062ig"}""", "steered")]
    [InlineData("""{"model":"small","model":"big","messages":[]}""", "malformed_request")]
    public async Task RuleAboutTheBody_RefusesBeforeAnythingLeaves(string body, string code)
    {
        Take("body.json", BodyRules);

        var response = await PostAsync(Hosts.OpenAi, Prompts.ChatPath, body);

        Assert.Equal(400, response.Status); // in the provider's own shape
        Assert.Contains(code == "steered" ? "Ask the small one." : "more than one way", response.Text, StringComparison.Ordinal);
        Assert.Empty(Upstream.Requests);
    }

    [Fact]
    public async Task RuleAboutTheBody_LetsEveryOtherRequestPass()
    {
        Take("body.json", BodyRules);
        Upstream.Reset(Answer.Json(Prompts.ChatAnswer));

        Assert.Equal(200, (await PostAsync(Hosts.OpenAi, Prompts.ChatPath, """{"model":"small","messages":[]}""")).Status);
        Assert.Single(Upstream.Requests);
    }

    [Fact]
    public async Task RulesAboutQueryAndFields_RefuseByTheHead()
    {
        Take("body.json", BodyRules);

        Assert.Contains("no-tracking", (await PostAsync(Hosts.Tool, "/x?a=b&track=%31", "{}")).Text, StringComparison.Ordinal);
        Assert.Contains("no-beta", (await PostAsync(Hosts.Tool, "/x", "{}", "X-Beta: fast", "X-Beta: unsafe")).Text, StringComparison.Ordinal);
        Assert.Empty(Upstream.Requests);
        Assert.Equal(200, (await PostAsync(Hosts.Tool, "/x?track=0", "{}", "X-Beta: fast")).Status);
    }

    [Fact]
    public async Task RuleAboutFindings_RefusesWhatWouldHaveBeenMasked()
    {
        Take("body.json", FindingRules);
        Upstream.Reset(Answer.Json(Prompts.ChatAnswer));
        var secret = Firewall.Register();

        var response = await PostAsync(Hosts.OpenAi, Prompts.ChatPath, Prompts.Chat($"The key is {secret.Value}."));

        Assert.Contains("no-secrets-at-all", response.Text, StringComparison.Ordinal);
        Assert.Empty(Upstream.Requests);
        Assert.Equal(200, (await PostAsync(Hosts.OpenAi, Prompts.ChatPath, Prompts.Chat("Nothing."))).Status);
    }

    [Fact]
    public async Task BodyThatStreams_IsNotKnownToRulesAboutFindings_SoTheyRefuseIt()
    {
        Take("body.json", FindingRules.Replace("api.openai.com", Hosts.Tool, StringComparison.Ordinal));

        var response = await PostAsync(Hosts.Tool, "/upload", new string('x', 9 << 20));

        Assert.Contains("no-secrets-at-all", response.Text, StringComparison.Ordinal);
        Assert.Empty(Upstream.Requests);
    }

    [Fact]
    public async Task RuleInShadow_IsRecordedAndNothingIsDone()
    {
        Take("body.json", """
            { "schema": "policy/v1", "rules": [ { "id": "candidate", "on": "request", "outcome": "deny", "mode": "shadow", "match": { "host": { "eq": "api.github.com" } }, "reason": "r" } ] }
            """);
        Firewall.MarkAudit();

        Assert.Equal(200, (await PostAsync(Hosts.Tool, "/x", "{}")).Status);
        Assert.Equal("candidate:deny", (await Firewall.AuditAsync(record => record.Type == AuditTypes.Outcome)).Shadow);
    }

    [Theory]
    [InlineData("request_bytes", 403)]
    [InlineData("response_bytes", 502)]
    public async Task MoreThanTheRuleAllows_DoesNotPass(string limit, int status)
    {
        Take("body.json", $$"""
            { "schema": "policy/v1", "rules": [ { "id": "small", "on": "request", "outcome": "allow", "match": { "host": { "eq": "api.github.com" } }, "limits": { "{{limit}}": 20 } } ] }
            """);
        Upstream.Reset(Answer.Text("text/plain", new string('y', 15)));
        Assert.Equal(200, (await PostAsync(Hosts.Tool, "/x", new string('x', 15))).Status);
        Upstream.Reset(Answer.Text("text/plain", new string('y', 40)));
        Firewall.MarkAudit();

        var response = await TryPostAsync(Hosts.Tool, "/x", new string('x', 40));

        Assert.True(response is null || response.Status != 200 || response.Text.Length < 40 || status == 0);
        Assert.Equal("scope_exceeded", (await Firewall.AuditAsync(record => record.Type == AuditTypes.Outcome)).Code);
    }

    private void Take(string name, string text) => Assert.Empty(Firewall.ChangePolicy(name, text));

    private async Task<RawResponse?> TryPostAsync(string host, string path, string body)
    {
        try
        {
            return await PostAsync(host, path, body);
        }
        catch (IOException)
        {
            return null; // cut while it streamed
        }
    }

    private async Task<RawResponse> PostAsync(string host, string path, string body, params string[] headers)
    {
        await using var client = await Firewall.TunnelAsync(host);
        return await client.RequestAsync("POST", path, host, Encoding.UTF8.GetBytes(body), ["Content-Type: application/json", .. headers]);
    }
}
