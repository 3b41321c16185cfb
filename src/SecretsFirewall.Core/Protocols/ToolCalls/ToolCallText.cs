namespace SecretsFirewall.Protocols.ToolCalls;

/// <summary>
/// What a model's answer says in the place of a call that was withheld. Agents show it as it is and do not try again (WIRE.md section 2.11). The model reads it in its
/// next turn, so it holds nothing that the call said.
/// </summary>
public static class ToolCallText
{
    /// <param name="reason">One sentence from the policy.</param>
    /// <param name="needsPerson">A person could allow it.</param>
    /// <param name="decisionId"><c>sfw explain</c> takes it.</param>
    public static string Compose(string reason, string rule, string? advice, bool needsPerson, string decisionId)
    {
        var parts = new List<string>
        {
            $"Secrets Firewall withheld a tool call; it was not run: {Sentence(reason)}",
            $"Decided by rule '{rule}'.",
        };
        if (needsPerson)
        {
            parts.Add("A person would have to agree to it.");
        }

        if (advice is not null)
        {
            parts.Add(Sentence(advice));
        }

        parts.Add($"Do not retry; ask the operator. Decision {decisionId}, more by: sfw explain {decisionId}");
        return string.Join(' ', parts);
    }

    private static string Sentence(string text) => text.Trim() is var trimmed && trimmed.EndsWith('.') ? trimmed : trimmed + ".";
}
