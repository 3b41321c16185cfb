using System.Text;
using Microsoft.AspNetCore.Http;
using SecretsFirewall.Bundles;
using SecretsFirewall.Enforcement;
using SecretsFirewall.Inspection.Detection;
using SecretsFirewall.Inspection.Detection.Rules;
using SecretsFirewall.Model;
using SecretsFirewall.Policy;
using SecretsFirewall.Tests.Policy;

namespace SecretsFirewall.Tests.Enforcement;

/// <summary>
/// Every way in which agents authenticate to the destinations of the default policy, with the shipped rules and tokens of the right formats: none may be
/// refused or masked. And the same tokens where they are not at home.
/// </summary>
public sealed class AudienceTests
{
    private const string Base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private const string Hex = "0123456789abcdef";

    private static readonly Lazy<InForce> Default = new(() => Make(Repository.Load("default")));

    /// <summary>Host, field, what stands before the token, its rule or a made-up format.</summary>
    public static TheoryData<string, string, string, string> AtHome => new()
    {
        { "api.anthropic.com", "x-api-key", "", "anthropic-api" },
        { "api.anthropic.com", "Authorization", "Bearer ", "anthropic-oauth" },
        { "api.openai.com", "Authorization", "Bearer ", "openai-project" },
        { "eu.api.openai.com", "Authorization", "Bearer ", "openai-svcacct" },
        { "api.openai.com", "Authorization", "Bearer ", "openai-legacy" },
        { "chatgpt.com", "Authorization", "Bearer ", "jwt" },
        { "team.openai.azure.com", "api-key", "", ":hex32" },
        { "team.openai.azure.com", "api-key", "", "cask-legacy" },
        { "team.services.ai.azure.com", "api-key", "", "cask-legacy" },
        { "team.openai.azure.com", "Authorization", "Bearer ", "jwt" },
        { "generativelanguage.googleapis.com", "x-goog-api-key", "", "gcp-api" },
        { "generativelanguage.googleapis.com", "x-goog-api-key", "", "gemini-new" },
        { "europe-west4-aiplatform.googleapis.com", "Authorization", "Bearer ", "google-oauth" },
        { "cloudcode-pa.googleapis.com", "Authorization", "Bearer ", "google-oauth" },
        { "bedrock-runtime.eu-central-1.amazonaws.com", "Authorization", "Bearer ", "aws-bedrock-long" },
        { "api.mistral.ai", "Authorization", "Bearer ", ":base62-32" },
        { "codestral.mistral.ai", "Authorization", "Bearer ", ":base62-32" },
        { "openrouter.ai", "Authorization", "Bearer ", "openrouter" },
        { "api.groq.com", "Authorization", "Bearer ", "groq" },
        { "api.deepseek.com", "Authorization", "Bearer ", "deepseek" },
        { "dashscope.aliyuncs.com", "Authorization", "Bearer ", "deepseek" },
        { "api.x.ai", "Authorization", "Bearer ", "xai" },
        { "api.cohere.com", "Authorization", "Bearer ", ":base62-40" },
        { "api.together.xyz", "Authorization", "Bearer ", "together" },
        { "api.fireworks.ai", "Authorization", "Bearer ", "fireworks" },
        { "api.perplexity.ai", "Authorization", "Bearer ", "perplexity" },
        { "api.cerebras.ai", "Authorization", "Bearer ", "cerebras" },
        { "api.moonshot.ai", "Authorization", "Bearer ", "moonshot" },
        { "api.z.ai", "Authorization", "Bearer ", ":hex32" },
        { "models.github.ai", "Authorization", "Bearer ", "github-fine-grained" },
        { "api.individual.githubcopilot.com", "Authorization", "Bearer ", "github-oauth" },
        { "ollama.com", "Authorization", "Bearer ", ":hex32" },
        { "api.github.com", "Authorization", "Bearer ", "github-pat" },
        { "api.github.com", "Authorization", "token ", "github-fine-grained" },
        { "uploads.github.com", "Authorization", "Bearer ", "github-server-to-server" },
        { "raw.githubusercontent.com", "Authorization", "token ", "github-pat" },
        { "gitlab.com", "PRIVATE-TOKEN", "", "gitlab-pat" },
        { "gitlab.com", "JOB-TOKEN", "", "gitlab-job" },
        { "gitlab.com", "Authorization", "Bearer ", "gitlab-pat-routable" },
        { "api.bitbucket.org", "Authorization", "Bearer ", "atlassian-access" },
        { "team.atlassian.net", "Authorization", "Bearer ", "atlassian-api" },
        { "mcp.atlassian.com", "Authorization", "Bearer ", "atlassian-api" },
        { "slack.com", "Authorization", "Bearer ", "slack-bot" },
        { "slack.com", "Authorization", "Bearer ", "slack-user" },
        { "api.stripe.com", "Authorization", "Bearer ", "stripe-live" },
        { "mcp.stripe.com", "Authorization", "Bearer ", "stripe-restricted" },
        { "api.linear.app", "Authorization", "", "linear" },
        { "mcp.linear.app", "Authorization", "Bearer ", "linear-oauth" },
        { "api.notion.com", "Authorization", "Bearer ", "notion" },
        { "sentry.io", "Authorization", "Bearer ", "sentry-user" },
        { "app.asana.com", "Authorization", "Bearer ", ":base62-40" },
        { "api.figma.com", "X-Figma-Token", "", "figma" },
        { "api.airtable.com", "Authorization", "Bearer ", "airtable-pat" },
        { "discord.com", "Authorization", "Bot ", ":base62-40" },
        { "api.pagerduty.com", "Authorization", "Token token=", ":base62-32" },
        { "api.datadoghq.com", "DD-API-KEY", "", ":hex32" },
        { "api.datadoghq.eu", "DD-APPLICATION-KEY", "", ":hex40" },
        { "api.cloudflare.com", "Authorization", "Bearer ", "cloudflare-v2" },
        { "api.cloudflare.com", "X-Auth-Key", "", ":hex37" },
        { "api.vercel.com", "Authorization", "Bearer ", "vercel-pat" },
        { "api.netlify.com", "Authorization", "Bearer ", "netlify-v2" },
        { "api.sendgrid.com", "Authorization", "Bearer ", "sendgrid" },
        { "api.hubapi.com", "Authorization", "Bearer ", "hubspot-pat" },
        { "api.github.com", "Cookie", "user_session=", ":base62-40" },
        { "www.unlisted.example", "Cookie", "theme=dark; sessionid=", ":base62-32" },
    };

    [Theory]
    [MemberData(nameof(AtHome))]
    public void Header_WithTheHostsOwnToken_PassesAsItCame(string host, string field, string before, string format)
    {
        var value = before + Token(format);

        var (refusal, context, findings) = Inspect(host, "/", (field, value));

        Assert.Null(refusal);
        Assert.True(context.Request.Headers[field] == value, "It was masked.");
        Assert.All(findings, finding => Assert.Equal(FindingAction.Pass, finding.Action));
        Assert.True(format[0] == ':' || findings.Count > 0, "Nothing was found.");
    }

    [Theory]
    [InlineData("api.github.com", "x-access-token:", "github-pat", "")]
    [InlineData("github.com", "x-access-token:", "github-pat", "")]
    [InlineData("gitlab.com", "oauth2:", "gitlab-pat", "")]
    [InlineData("team.atlassian.net", "ada@example.com:", "atlassian-api", "")]
    [InlineData("api.stripe.com", "", "stripe-live", ":")]
    [InlineData("api.twilio.com", "account:", ":hex32", "")]
    public void Basic_WithTheHostsOwnToken_PassesAsItCame(string host, string before, string format, string behind)
    {
        var value = "Basic " + Convert.ToBase64String(Encoding.ASCII.GetBytes(before + Token(format) + behind));

        var (refusal, context, _) = Inspect(host, "/", ("Authorization", value));

        Assert.Null(refusal);
        Assert.True(context.Request.Headers.Authorization == value, "It was masked.");
    }

    [Theory]
    [InlineData("generativelanguage.googleapis.com", "/v1beta/models/m:generateContent?key={0}", "gcp-api")]
    [InlineData("api.github.com", "/user?access_token={0}&page=2", "github-pat")]
    [InlineData("gitlab.com", "/api/v4/projects?private_token={0}", "gitlab-pat")]
    [InlineData("bucket.s3.eu-central-1.amazonaws.com", "/key?X-Amz-Credential={0}%2F20270101%2Feu-central-1%2Fs3%2Faws4_request", "aws-akia")]
    [InlineData("release-assets.githubusercontent.com", "/asset/1?sp=r&sig={0}", ":base62-43")]
    [InlineData("api.telegram.org", "/bot{0}/getUpdates", "telegram")]
    public void Target_WithTheHostsOwnToken_PassesAsItCame(string host, string template, string format)
    {
        var target = string.Format(template, Token(format));

        var (refusal, _, findings) = Inspect(host, target);

        Assert.Null(refusal);
        Assert.All(findings, finding => Assert.Equal(FindingAction.Pass, finding.Action));
    }

    [Fact]
    public void SigV4_ToAwsItself_PassesAsItCame()
    {
        var value = $"AWS4-HMAC-SHA256 Credential={Token("aws-akia")}/20270101/eu-central-1/bedrock/aws4_request, SignedHeaders=host;x-amz-date, Signature={Random(Hex, 64)}";

        var (refusal, context, _) = Inspect(
            "bedrock-runtime.eu-central-1.amazonaws.com", "/model/m/converse", ("Authorization", value), ("X-Amz-Security-Token", Random(Base62 + "+/", 300)));

        Assert.Null(refusal);
        Assert.True(context.Request.Headers.Authorization == value, "It was masked.");
    }

    [Theory]
    [InlineData("slack.com", "Authorization", "Bearer ", "github-pat")]
    [InlineData("api.github.com", "Authorization", "Bearer ", "stripe-live")]
    [InlineData("api.github.com", "X-Api-Key", "", "openai-project")]
    [InlineData("api.github.com", "Cookie", "session=", "stripe-live")]
    [InlineData("api.github.com", "X-Note", "", "github-pat")]
    [InlineData("api.github.com", "Authorization", "Bearer ", "npm")]
    [InlineData("www.unlisted.example", "Authorization", "Bearer ", "github-pat")]
    [InlineData("www.unlisted.example", "Authorization", "Bearer ", "jwt")]
    public void Header_WithATokenOfSomebodyElse_IsRefused(string host, string field, string before, string format)
    {
        var (refusal, _, findings) = Inspect(host, "/", (field, before + Token(format)));

        Assert.Equal(RefusalCode.SecretBlocked, refusal?.Code);
        Assert.Contains(findings, finding => finding.Action is FindingAction.Block);
    }

    /// <summary>Anybody may rent a host below such a domain, and a rule that goes by a name finds whatever stands behind it.</summary>
    [Theory]
    [InlineData("rented.blob.core.windows.net", "/c?sv=2024-11-04&sig={0}", "", "openai-project")]
    [InlineData("rented.blob.core.windows.net", "/c?sv=2024-11-04&sig={0}", "", "slack-bot")]
    [InlineData("rented.snowflakecomputing.com", "/", "SNOWFLAKE_PASSWORD={0}", "github-pat")]
    [InlineData("api.cloudflare.com", "/", "cloudflare_api_token={0}", "github-oauth")]
    public void Request_WithATokenOfSomebodyElseBehindTheHostsOwnName_IsRefused(string host, string target, string value, string format)
    {
        var token = Token(format);

        var (refusal, _, _) = Inspect(host, string.Format(target, token), ("X-Auth", string.Format(value, token)));

        Assert.Equal(RefusalCode.SecretBlocked, refusal?.Code);
    }

    [Fact]
    public void Header_WithAnotherProvidersTokenTowardAModel_IsMasked()
    {
        var (refusal, context, _) = Inspect("api.openai.com", "/v1/models", ("Authorization", "Bearer " + Token("github-pat")));

        Assert.Null(refusal);
        Assert.Contains("SECRET_REF(auto.", context.Request.Headers.Authorization.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("api.github.com", "/repos/{0}")]
    [InlineData("api.github.com", "/search?q={0}")]
    [InlineData("api.telegram.org", "/search?q={0}", "telegram")]
    public void Target_WithTheHostsOwnTokenElsewhere_IsRefused(string host, string template, string format = "github-pat")
    {
        var (refusal, _, _) = Inspect(host, string.Format(template, Token(format)));

        Assert.Equal(RefusalCode.SecretBlocked, refusal?.Code);
    }

    [Fact]
    public void Header_InTheClearToAnUnlistedAudience_IsRefused()
    {
        var (refusal, _, _) = Inspect(new Destination("http", "api.telegram.org", 80), Default.Value, "/", ("Authorization", "Bearer " + Token("telegram")));

        Assert.Equal(RefusalCode.SecretBlocked, refusal?.Code);
    }

    [Theory]
    [InlineData("npm", "Bearer ")]
    [InlineData("pypi", "Bearer ")]
    [InlineData("artifactory-akc", "Bearer ")]
    [InlineData(":base62-40", "Bearer ")]
    public void Header_WithAnIndexsTokenTowardARegistry_PassesAsItCame(string format, string before)
    {
        var value = before + Token(format);

        var (refusal, context, _) = Inspect(new Destination("https", "packages.example.com", 443), WithRegistry(), "/", ("Authorization", value));

        Assert.Null(refusal);
        Assert.True(context.Request.Headers.Authorization == value, "It was masked.");
    }

    [Fact]
    public void Header_WithAnotherTokenTowardARegistry_IsRefused()
    {
        var (refusal, _, _) = Inspect(
            new Destination("https", "packages.example.com", 443), WithRegistry(), "/", ("Authorization", "Bearer " + Token("stripe-live")));

        Assert.Equal(RefusalCode.SecretBlocked, refusal?.Code);
    }

    [Fact]
    public void Header_TowardAHostThatThePolicyAdds_PassesAsItCame()
    {
        var inForce = WithRegistry(""" "audience": [{ "rules": ["stripe-*"], "hosts": ["*.example.com"] }] """);

        var (refusal, _, _) = Inspect(new Destination("https", "packages.example.com", 443), inForce, "/", ("Authorization", "Bearer " + Token("stripe-live")));

        Assert.Null(refusal);
    }

    [Fact]
    public void Header_WhereThePolicyAppliesThePlan_IsRefused()
    {
        var files = Repository.Files("default");
        var redaction = files.FindIndex(file => file.Path == "redaction.json");
        var text = Encoding.UTF8.GetString(files[redaction].Content.Span).Replace("\"redaction\": {", "\"redaction\": { \"audience\": \"apply\",", StringComparison.Ordinal);
        files[redaction] = PolicyText.File(text, "redaction.json");

        var (refusal, _, _) = Inspect(new Destination("https", "api.github.com", 443), Make(Load(files)), "/", ("Authorization", "Bearer " + Token("github-pat")));

        Assert.Equal(RefusalCode.SecretBlocked, refusal?.Code);
    }

    private static InForce WithRegistry(string detection = "")
    {
        var files = Repository.Files("default");
        files.Add(PolicyText.File(
            $$"""{ "schema": "policy/v1", "destinations": [{ "id": "index", "kind": "registry", "hosts": ["packages.example.com"] }], "detection": { {{detection}} } }""", "local.json"));
        return Make(Load(files));
    }

    private static PolicySnapshot Load(List<PolicyFile> files)
    {
        var policy = PolicyLoader.Load(files, out var errors, PolicyRules.Ids(ShippedRules.Set), basis: ShippedBasis.Basis);
        Assert.Empty(errors);
        return policy!;
    }

    private static InForce Make(PolicySnapshot policy)
    {
        var rules = PolicyRules.InForce(ShippedRules.Set, policy.Detection);
        return new InForce(policy, DetectionSnapshot.Build([], new byte[32], rules), new RuleAudiences(rules, policy.Detection.Audience));
    }

    private static (Refusal? Refusal, HttpContext Context, IReadOnlyList<Finding> Findings) Inspect(
        string host, string target, params (string Name, string Value)[] fields) => Inspect(new Destination("https", host, 443), Default.Value, target, fields);

    private static (Refusal? Refusal, HttpContext Context, IReadOnlyList<Finding> Findings) Inspect(
        Destination destination, InForce inForce, string target, params (string Name, string Value)[] fields)
    {
        var decision = inForce.Policy.Decide(PolicyText.Facts(destination.Host) with { Destination = destination });
        var exchange = new Exchange
        {
            Id = "1",
            StartedAt = DateTimeOffset.UnixEpoch,
            Agent = new AgentIdentity("ada", 1, MayBind: false, "ada"),
            Destination = destination,
            Kind = decision.Kind,
            Method = "GET",
            Target = target,
        };
        var context = new DefaultHttpContext();
        context.Request.Headers.Host = destination.Host;
        foreach (var (name, value) in fields)
        {
            context.Request.Headers[name] = value;
        }

        var inspection = new CarrierInspection(exchange, decision.RequestPlan, new Binder(null!, exchange), inForce.Detection);
        var refusal = RequestHeadInspection.Inspect(context, exchange, inForce.Detection, inspection, new Audience(exchange, inForce));
        return (refusal, context, exchange.Findings);
    }

    /// <summary>A made-up secret of a rule, as its own examples have it, or random characters.</summary>
    private static string Token(string format) => format switch
    {
        ":hex32" => Random(Hex, 32),
        ":hex37" => Random(Hex, 37),
        ":hex40" => Random(Hex, 40),
        ":base62-32" => Random(Base62, 32),
        ":base62-40" => Random(Base62, 40),
        ":base62-43" => Random(Base62, 43),
        _ => OfRule(ShippedRules.Set.Find(format)!),
    };

    private static string OfRule(DetectionRule rule)
    {
        var example = rule.MakeExamples().First(example => example.MustMatch);
        return Encoding.ASCII.GetString(example.Text.Span.Slice(example.Start, example.Length));
    }

    // The same each time: a test that fails once in a hundred runs helps nobody.
    private static string Random(string alphabet, int length) => new([.. Enumerable.Range(0, length).Select(i => alphabet[(int)((i * 2654435761L + 12345 + (i * i)) % alphabet.Length)])]);
}
