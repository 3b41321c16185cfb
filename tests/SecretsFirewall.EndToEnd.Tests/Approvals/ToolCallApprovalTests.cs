using System.Net;
using System.Text;
using SecretsFirewall.Approvals;
using SecretsFirewall.Audit;
using SecretsFirewall.EndToEnd.Tests.Harness;
using SecretsFirewall.EndToEnd.Tests.ToolCalls;
using SecretsFirewall.EndToEnd.Tests.Upstreams;
using SecretsFirewall.Model;

namespace SecretsFirewall.EndToEnd.Tests.Approvals;

/// <summary>A call in a model's answer that waits for a person: words in its place, and the call itself when the model makes it again.</summary>
public sealed class ToolCallApprovalTests : FirewallTests, IClassFixture<FirewallFixture>
{
    private const string Tool = "deploy";

    public ToolCallApprovalTests(FirewallFixture firewall)
        : base(firewall)
    {
        Assert.True(firewall.Approvals.Cancel(null));
        Assert.Empty(firewall.ChangePolicy("tools.json", """
            {
              "schema": "policy/v1",
              "rules": [
                { "id": "reading", "on": "tool_call", "outcome": "allow", "match": { "tool": { "eq": "read_file" } } },
                { "id": "ask-deploy", "on": "tool_call", "outcome": "pending", "match": { "tool": { "eq": "deploy" } }, "reason": "Somebody looks at deployments.", "approval": { "role": "release_manager" } }
              ]
            }
            """));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Call_ThatWaits_IsWordsAndThenTheCallOnce(bool stream)
    {
        Upstream.Reset(stream ? Answer.Events(ToolCallAnswers.ChatEvents(Tool)) : Answer.Json(ToolCallAnswers.Chat(Tool)));

        var before = await AskAsync("Deploy.");
        var waiting = Assert.Single(Firewall.Approvals.List(new ApprovalFilter(ApprovalStatus.Pending))!);
        Assert.Contains($"sfw approvals approve {waiting.Id}", before, StringComparison.Ordinal);
        Assert.Contains("release_manager", before, StringComparison.Ordinal);
        Assert.DoesNotContain($"\"{Tool}\"", before, StringComparison.Ordinal);
        Assert.Equal(("tool_call", Tool, """{"path":"/tmp/a"}"""), (waiting.Subject.Kind, waiting.Subject.Tool, waiting.Subject.Content));

        Firewall.MarkAudit();
        var approver = new Approver("token:releases", ApproverRole.ReleaseManager);
        Assert.Equal(ApprovalError.None, Firewall.Approvals.Answer(waiting.Id, approver, new AnswerTerms(), null, static _ => true));
        var then = await AskAsync("Deploy. It was agreed to.");
        var afterwards = await AskAsync("Deploy again.");

        Assert.Contains($"\"{Tool}\"", then, StringComparison.Ordinal);
        Assert.DoesNotContain("withheld", then, StringComparison.Ordinal);
        Assert.Contains("withheld", afterwards, StringComparison.Ordinal);
        var used = await Firewall.AuditAsync(record => record.Type == AuditTypes.ApprovalUsed);
        Assert.Equal((waiting.Id, "token:releases", Tool), (used.Approval!.Id, used.Approval.By, used.Tool));
    }

    [Fact]
    public async Task Call_ThatAPersonDenied_SaysSo()
    {
        Upstream.Reset(Answer.Json(ToolCallAnswers.Chat(Tool)));
        await AskAsync("Deploy.");
        var waiting = Assert.Single(Firewall.Approvals.List(new ApprovalFilter(ApprovalStatus.Pending))!);
        Assert.Equal(ApprovalError.None, Firewall.Approvals.Answer(waiting.Id, new Approver("cli:owner", ApproverRole.Admin), null, null, static _ => true));

        var answer = await AskAsync("Deploy.");

        Assert.Contains("A person has said no", answer, StringComparison.Ordinal);
        Assert.Empty(Firewall.Approvals.List(new ApprovalFilter(ApprovalStatus.Pending))!);
    }

    private async Task<string> AskAsync(string prompt)
    {
        using var client = Firewall.CreateHttpClient(HttpVersion.Version20);
        using var content = new StringContent(Prompts.Chat(prompt), Encoding.UTF8, "application/json");
        using var response = await client.PostAsync(new Uri($"https://{Hosts.OpenAi}{Prompts.ChatPath}"), content);
        Assert.Equal(200, (int)response.StatusCode);
        return await response.Content.ReadAsStringAsync();
    }
}
