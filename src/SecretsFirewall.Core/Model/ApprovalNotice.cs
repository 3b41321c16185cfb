namespace SecretsFirewall.Model;

/// <summary>What an agent is told of an action that waits for a person.</summary>
/// <param name="DecisionId">Ours: letters, digits and <c>-</c>. Whoever answers names it, and the agent may send it in <c>X-SFW-Decision</c>.</param>
/// <param name="ExpiresAt">Nobody can agree after that.</param>
/// <param name="RequiredRole">The least role that may agree.</param>
/// <param name="Fingerprint">Of the action, 64 hex digits: another action is another question.</param>
public sealed record ApprovalNotice(string DecisionId, DateTimeOffset ExpiresAt, ApproverRole RequiredRole, string Fingerprint)
{
    /// <summary>One sentence for a model and its operator.</summary>
    public string Sentence => string.Create(
        System.Globalization.CultureInfo.InvariantCulture,
        $"It waits for a person with the role {RequiredRole.Word()} until {ExpiresAt.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ}, who answers it by: sfw approvals approve {DecisionId} (decision {DecisionId}, fingerprint {Fingerprint}).");
}
