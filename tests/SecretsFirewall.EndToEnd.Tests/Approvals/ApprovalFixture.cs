using SecretsFirewall.Approvals;
using SecretsFirewall.EndToEnd.Tests.Harness;
using SecretsFirewall.Model;

namespace SecretsFirewall.EndToEnd.Tests.Approvals;

/// <summary>A firewall whose policy sends some actions to a person.</summary>
public sealed class ApprovalFixture : FirewallFixture
{
    internal static readonly Approver Operator = new("token:tester", ApproverRole.Operator);

    internal const string Policy = """
        {
          "schema": "policy/v1",
          "rules": [
            { "id": "ask", "on": "request", "outcome": "pending", "match": { "agent": { "in": ["agent", "other"] }, "host": { "eq": "api.github.com" }, "method": { "in": ["POST", "DELETE", "PATCH"] } },
              "reason": "Changes to repositories are looked at.", "approval": { "ttl": "10m", "headers": ["X-Idempotency"] } },
            { "id": "ask-admin", "on": "request", "outcome": "pending", "match": { "agent": { "in": ["agent", "other"] }, "host": { "eq": "api.github.com" }, "method": { "eq": "PUT" } },
              "reason": "An admin looks at it.", "approval": { "role": "admin" } },
            { "id": "ask-held", "on": "request", "outcome": "pending", "match": { "agent": { "in": ["agent", "other"] }, "host": { "eq": "slack.com" }, "method": { "eq": "POST" } },
              "reason": "Messages are looked at.", "approval": { "hold": 60 } },
            { "id": "ask-held-model", "on": "request", "outcome": "pending", "match": { "agent": { "in": ["agent", "other"] }, "host": { "in": ["api.anthropic.com", "api.openai.com"] }, "path": { "under": "/held" } },
              "reason": "Looked at while it is held.", "approval": { "hold": 60 } },
            { "id": "ask-model", "on": "request", "outcome": "pending", "match": { "path": { "eq": "/v1/chat/completions" }, "agent": { "in": ["agent", "other"] }, "host": { "eq": "api.openai.com" } },
              "reason": "Prompts are looked at." },
            { "id": "ask-messages", "on": "request", "outcome": "pending", "match": { "agent": { "in": ["agent", "other"] }, "host": { "eq": "api.anthropic.com" } },
              "reason": "Prompts are looked at." }
          ]
        }
        """;

    private protected override IReadOnlyDictionary<string, string> PolicyFiles() => new Dictionary<string, string> { ["approvals.json"] = Policy };

    /// <summary>The one question that waits.</summary>
    internal ApprovalRequest Waiting() => Assert.Single(Approvals.List(new ApprovalFilter(ApprovalStatus.Pending))!);

    internal void Approve(string id, AnswerTerms? terms = null) =>
        Assert.Equal(ApprovalError.None, Approvals.Answer(id, Operator, terms ?? new AnswerTerms(), null, static _ => true));

    internal void Deny(string id) => Assert.Equal(ApprovalError.None, Approvals.Answer(id, Operator, null, null, static _ => true));
}
