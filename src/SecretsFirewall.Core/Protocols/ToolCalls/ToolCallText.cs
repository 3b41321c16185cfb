using SecretsFirewall.Model;

namespace SecretsFirewall.Protocols.ToolCalls;

/// <summary>
/// What a model's answer says in the place of a call that was withheld. Agents show it as it is and do not try again (WIRE.md section 2.11). The model reads it in its
/// next turn, so it holds nothing that the call said.
/// </summary>
public static class ToolCallText
{
    /// <param name="reason">One sentence from the policy.</param>
    /// <param name="approval">The question to the person who could allow it; null where nobody is asked.</param>
    /// <param name="decisionId"><c>sfw explain</c> takes it.</param>
    public static string Compose(string reason, string rule, string? advice, ApprovalNotice? approval, string decisionId)
    {
        var parts = new List<string>
        {
            $"Secrets Firewall withheld a tool call; it was not run: {Sentence(reason)}",
            $"Decided by rule '{rule}'.",
        };
        if (advice is not null)
        {
            parts.Add(Sentence(advice));
        }

        if (approval is not null)
        {
            parts.Add(approval.Sentence);
            parts.Add($"Do not retry before a person has agreed; then make the very same call again. Ask the operator. More: sfw approvals show {approval.DecisionId}");
            return string.Join(' ', parts);
        }

        parts.Add($"Do not retry; ask the operator. Decision {decisionId}, more by: sfw explain {decisionId}");
        return string.Join(' ', parts);
    }

    private static string Sentence(string text) => text.Trim() is var trimmed && trimmed.EndsWith('.') ? trimmed : trimmed + ".";
}
