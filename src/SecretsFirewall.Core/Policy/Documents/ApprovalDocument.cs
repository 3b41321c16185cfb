using System.ComponentModel;

namespace SecretsFirewall.Policy.Documents;

/// <summary>Whom a rule with the outcome <c>pending</c> waits for.</summary>
internal sealed record ApprovalDocument
{
    [Description("The least role that may agree: viewer cannot, so operator, release_manager or admin; operator where it is not said.")]
    public string? Role { get; init; }

    [Description("How long the question may be answered, such as 30m or 4h: at most 24h, 1h where it is not said.")]
    public string? Ttl { get; init; }

    [Description("Seconds for which the request itself is held for an answer, 0 to 60; 0 where it is not said: the agent is told at once, and repeats the request.")]
    public int? Hold { get; init; }

    [Description("Header fields that are part of what is agreed to, beside Content-Type.")]
    public string[]? Headers { get; init; }
}
