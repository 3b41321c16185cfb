namespace SecretsFirewall.Audit;

/// <summary>A tool call in a model's answer, and what policy said about it.</summary>
/// <param name="Name">As the provider names it, made safe; <c>*</c> where there were too many to name.</param>
/// <param name="Outcome">Of the policy: <c>allow</c>, or why it was withheld.</param>
/// <param name="Count">1, or how many <c>*</c> stands for.</param>
internal sealed record AuditTool(string Name, string Outcome, string Rule, int Count)
{
    /// <summary>Green to critical red; null where nothing says.</summary>
    public string? Class { get; init; }

    /// <summary>What a policy that only observes says, where that is not to allow.</summary>
    public string? Observed { get; init; }

    /// <summary>Rules in shadow that apply, each as <c>rule:outcome</c>.</summary>
    public string? Shadow { get; init; }
}
