using System.Text;
using System.Text.RegularExpressions;
using SecretsFirewall.Audit;
using SecretsFirewall.EndToEnd.Tests.Drivers;
using SecretsFirewall.EndToEnd.Tests.Harness;
using SecretsFirewall.EndToEnd.Tests.Upstreams;
using SecretsFirewall.Model;

namespace SecretsFirewall.EndToEnd.Tests.Rules;

/// <summary>Tokens that nobody registered: known by their format alone.</summary>
public sealed partial class RuleTests(RuleTests.OwnPolicy firewall) : FirewallTests(firewall), IClassFixture<RuleTests.OwnPolicy>
{
    [Fact]
    public async Task Prompt_WithAToken_ModelReceivesTheReference()
    {
        var token = MadeUpTokens.GitHub();

        var response = await PromptAsync($"the key is {token}, use it");

        Assert.Equal(200, response.Status);
        Assert.Matches(@"^the key is SECRET_REF\(auto\.github-pat\.[0-9a-f]{8}\), use it$", Prompts.PromptOf(Upstream.Single.Body));
    }

    [Fact]
    public async Task BinaryUploadToAModel_WithAToken_IsRefused()
    {
        Upstream.Reset(Answer.Json("{}"));
        byte[] upload = [.. Encoding.UTF8.GetBytes($"--b\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nkey {MadeUpTokens.GitHub()} "), 0xFF, .. "\r\n--b--\r\n"u8];
        await using var client = await Firewall.TunnelAsync(Hosts.OpenAi);

        var response = await client.RequestAsync("POST", "/v1/files", Hosts.OpenAi, upload, ["Content-Type: multipart/form-data; boundary=b"]);

        Assert.Equal(400, response.Status); // in the provider's own shape
        Assert.Contains("secret", response.Text, StringComparison.Ordinal);
        Assert.Empty(Upstream.Requests);
    }

    [Fact]
    public async Task ToolBody_WithATokenOfAnotherProvider_IsRefused()
    {
        var response = await ToolAsync("POST", "/issues", $$"""{"title":"{{MadeUpTokens.Stripe()}}"}""");

        Assert.Equal(403, response.Status);
        Assert.Contains("secret_blocked", response.Text, StringComparison.Ordinal);
        Assert.Empty(Upstream.Requests);
    }

    [Fact]
    public async Task Authorization_TowardTheProvider_PassesAndIsRecorded()
    {
        var token = MadeUpTokens.GitHub();
        Firewall.MarkAudit();

        var response = await ToolAsync("GET", "/user", null, $"Authorization: Bearer {token}");

        Assert.Equal(200, response.Status);
        Assert.True(Upstream.Single.Header("Authorization") == $"Bearer {token}", "The token did not arrive.");
        var record = await Firewall.AuditAsync(record => record.Type == AuditTypes.Outcome);
        Assert.Equal(FindingAction.Pass, Assert.Single(record.Findings!).Action);
        Assert.Equal(Verdict.Forwarded, record.Verdict);
    }

    [Fact]
    public async Task BasicCredentials_TowardTheProvider_Pass()
    {
        var credentials = Convert.ToBase64String(Encoding.ASCII.GetBytes($"x-access-token:{MadeUpTokens.GitHub()}"));

        var response = await ToolAsync("GET", "/user", null, $"Authorization: Basic {credentials}");

        Assert.Equal(200, response.Status);
        Assert.True(Upstream.Single.Header("Authorization") == $"Basic {credentials}", "The credentials did not arrive.");
    }

    [Fact]
    public async Task Body_WithTheProvidersOwnToken_IsRefused()
    {
        var response = await ToolAsync("POST", "/gists", $$"""{"content":"{{MadeUpTokens.GitHub()}}"}""");

        Assert.Equal(403, response.Status);
        Assert.Empty(Upstream.Requests);
    }

    [Fact]
    public async Task Authorization_TowardAnotherHost_IsRefused()
    {
        var response = await ToolAsync("GET", "/user", null, $"Authorization: Bearer {MadeUpTokens.Stripe()}");

        Assert.Equal(403, response.Status);
        Assert.Empty(Upstream.Requests);
    }

    [Fact]
    public async Task Path_WithTheProvidersOwnToken_IsRefusedAndRecordedMasked()
    {
        var token = MadeUpTokens.GitHub();
        Firewall.MarkAudit();

        var response = await ToolAsync("GET", $"/repos/{token}", null);

        Assert.Equal(403, response.Status);
        var record = await Firewall.AuditAsync(record => record.Type == AuditTypes.Outcome);
        Assert.Matches(@"^/repos/SECRET_REF\(auto\.github-pat\.[0-9a-f]{8}\)$", record.Path);
    }

    [Fact]
    public async Task ModelsOwnKey_InItsHeader_Passes()
    {
        foreach (var key in new[] { MadeUpTokens.OpenAi(), MadeUpTokens.Opaque() })
        {
            var response = await PromptAsync("hello", $"Authorization: Bearer {key}");

            Assert.Equal(200, response.Status);
            Assert.True(Upstream.Single.Header("Authorization") == $"Bearer {key}", "The key did not arrive.");
        }
    }

    [Fact]
    public async Task ToolsAnswer_WithAToken_ClientSeesTheReference()
    {
        Upstream.Reset(Answer.Json($$"""{"value":"{{MadeUpTokens.Stripe()}}"}"""));

        var response = await ToolAsync("GET", "/secret", null);

        Assert.Matches(@"^{""value"":""SECRET_REF\(auto\.stripe-live\.[0-9a-f]{8}\)""}$", response.Text);
    }

    [Fact]
    public async Task ToolsAnswer_WithATokenInACookieAndARedirect_PassesAndIsRecorded()
    {
        var token = MadeUpTokens.Stripe();
        Upstream.Reset(Answer.Bytes("text/plain", "ok"u8.ToArray(), ("Set-Cookie", $"id={token}"), ("Location", $"/next?sig={token}")));
        Firewall.MarkAudit();

        var response = await ToolAsync("GET", "/login", null);

        Assert.True(response.Header("Set-Cookie") == $"id={token}" && response.Header("Location") == $"/next?sig={token}", "They were changed.");
        var record = await Firewall.AuditAsync(record => record.Type == AuditTypes.Outcome);
        Assert.All(record.Findings!, finding => Assert.Equal(FindingAction.Alert, finding.Action));
        Assert.Equal(2, record.Findings!.Count);
    }

    [Fact]
    public async Task OwnRule_OfThePolicy_IsLookedFor()
    {
        await PromptAsync($"our key {MadeUpTokens.Own()}.");

        Assert.Matches(@"^our key SECRET_REF\(auto\.acme-key\.[0-9a-f]{8}\)\.$", Prompts.PromptOf(Upstream.Single.Body));
    }

    [Fact]
    public async Task OwnRule_TowardItsAudience_Passes()
    {
        var response = await ToolAsync("GET", "/user", null, $"X-Api-Key: {MadeUpTokens.Own()}");

        Assert.Equal(200, response.Status);
    }

    [Fact]
    public async Task Action_AlertForARule_PassesAndIsRecorded()
    {
        var token = "squ" + "_" + Convert.ToHexStringLower(System.Security.Cryptography.RandomNumberGenerator.GetBytes(20));
        Firewall.MarkAudit();

        await PromptAsync($"sonar {token}");

        Assert.Equal($"sonar {token}", Prompts.PromptOf(Upstream.Single.Body));
        var record = await Firewall.AuditAsync(record => record.Type == AuditTypes.Outcome);
        Assert.Contains(record.Findings!, finding => finding is { Rule: "sonar", Action: FindingAction.Alert });
    }

    [Fact]
    public async Task Rule_ThatIsOff_IsNotLookedFor()
    {
        var token = "dop" + "_v1_" + Convert.ToHexStringLower(System.Security.Cryptography.RandomNumberGenerator.GetBytes(32));

        await PromptAsync($"droplet {token}");

        Assert.Equal($"droplet {token}", Prompts.PromptOf(Upstream.Single.Body));
        Assert.True(Firewall.RuleCount > 400);
    }

    [Fact]
    public async Task Ignore_ListedFinding_PassesUntilItExpires()
    {
        var token = MadeUpTokens.Stripe();
        await PromptAsync(token);
        var name = Name().Match(Upstream.Single.BodyText).Value;
        Assert.NotEmpty(name);

        Assert.Empty(Firewall.ChangePolicy("ignored.json", Ignore(name, "2099-12-31")));
        await PromptAsync(token);
        Assert.True(Prompts.PromptOf(Upstream.Single.Body) == token, "It was masked.");
        Assert.Null(Firewall.ExpiredIgnores);

        Assert.Empty(Firewall.ChangePolicy("ignored.json", Ignore(name, "2020-12-31")));
        await PromptAsync(token);
        Assert.Contains(name, Upstream.Single.BodyText, StringComparison.Ordinal);
        Assert.Contains(name, Firewall.ExpiredIgnores, StringComparison.Ordinal);
        Assert.Empty(Firewall.ChangePolicy("ignored.json", """{ "schema": "policy/v1" }"""));
    }

    [Fact]
    public async Task OwnRule_ThatDoesNotLoad_LeavesTheLastGoodPolicyInForce()
    {
        var error = Assert.Single(Firewall.ChangePolicy("rules/broken.json", """
            { "schema": "rules/v1", "family": "own",
              "rules": [ { "id": "broken" } ] }
            """.Replace("\"id\": \"broken\"", "\"id\": \"github-pat\", \"provider\": \"p\", \"description\": \"d\", \"source\": \"s\", \"confidence\": \"high\", \"literals\": [\"acme_\"], \"body\": [{ \"of\": \"base62\", \"length\": 20 }], \"examples\": { \"match\": [\"{secret}\"], \"no_match\": [\"{uuid}\"] }", StringComparison.Ordinal)));

        Assert.StartsWith("rules/broken.json:2: ", error, StringComparison.Ordinal);
        Assert.Contains("taken", error, StringComparison.Ordinal);
        await PromptAsync($"our key {MadeUpTokens.Own()}.");
        Assert.Contains("auto.acme-key.", Upstream.Single.BodyText, StringComparison.Ordinal);
        Assert.Empty(Firewall.ChangePolicy("rules/broken.json", """{ "schema": "rules/v1", "family": "own" }"""));
    }

    [GeneratedRegex(@"auto\.stripe-live\.[0-9a-f]{8}")]
    private static partial Regex Name();

    private static string Ignore(string name, string expires) =>
        $$"""{ "schema": "policy/v1", "detection": { "ignore": [{ "fingerprint": "{{name}}", "reason": "A sample.", "expires": "{{expires}}" }] } }""";

    private async Task<RawResponse> PromptAsync(string prompt, params string[] headers)
    {
        Upstream.Reset(Answer.Json(Prompts.ChatAnswer));
        await using var client = await Firewall.TunnelAsync(Hosts.OpenAi);
        return await client.RequestAsync("POST", Prompts.ChatPath, Hosts.OpenAi, Encoding.UTF8.GetBytes(Prompts.Chat(prompt)), ["Content-Type: application/json", .. headers]);
    }

    private async Task<RawResponse> ToolAsync(string method, string target, string? json, params string[] headers)
    {
        await using var client = await Firewall.TunnelAsync(Hosts.Tool);
        return await client.RequestAsync(method, target, Hosts.Tool, json is null ? default : Encoding.UTF8.GetBytes(json), ["Content-Type: application/json", .. headers]);
    }

    /// <summary>An operator with a rule of their own, an action, a rule that is off, and an audience.</summary>
    public sealed class OwnPolicy : FirewallFixture
    {
        private protected override IReadOnlyDictionary<string, string> PolicyFiles() => new Dictionary<string, string>
        {
            ["local.json"] = """
                {
                  "schema": "policy/v1",
                  "detection": {
                    "off": ["do-pat"],
                    "actions": [{ "rules": ["sonar"], "kinds": ["llm"], "direction": "request", "action": "alert" }],
                    "audience": [{ "rules": ["acme-*"], "hosts": ["api.github.com"] }]
                  }
                }
                """,
            ["rules/own.json"] = """
                {
                  "schema": "rules/v1", "family": "own",
                  "rules": [{
                    "id": "acme-key", "provider": "Acme", "description": "A key of our own server.", "source": "Our wiki.", "confidence": "high",
                    "literals": ["acme_key_"], "body": [{ "of": "base62", "length": 32 }],
                    "examples": { "match": ["key: {secret}"], "no_match": ["acme_key_short"] }
                  }]
                }
                """,
        };
    }
}
