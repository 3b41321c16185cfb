using SecretsFirewall.Model;

namespace SecretsFirewall.Policy;

/// <summary>What a rule with the outcome <c>pending</c> says about the person whom it waits for.</summary>
/// <param name="Role">The least role that may agree.</param>
/// <param name="TimeToLive">How long the question may be answered.</param>
/// <param name="Hold">How long the request itself is held for an answer before it is refused; zero: it is refused at once, and repeated after the answer.</param>
/// <param name="Headers">The header fields that are part of what is agreed to, beside <c>Content-Type</c>.</param>
public sealed record ApprovalTerms(ApproverRole Role, TimeSpan TimeToLive, TimeSpan Hold, IReadOnlyList<string> Headers)
{
    public static readonly TimeSpan LongestTimeToLive = TimeSpan.FromHours(24);

    public static readonly TimeSpan LongestHold = TimeSpan.FromSeconds(60);

    /// <summary>Where a rule says nothing: an operator, within an hour (people have meetings), and the agent is told at once.</summary>
    public static ApprovalTerms Default { get; } = new(ApproverRole.Operator, TimeSpan.FromHours(1), TimeSpan.Zero, []);
}
