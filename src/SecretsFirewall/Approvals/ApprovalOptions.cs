namespace SecretsFirewall.Approvals;

/// <summary>How long answers hold, and how much may wait.</summary>
internal sealed record ApprovalOptions
{
    /// <summary>From a yes to its use. Long enough for an agent that is told by a person, short enough that nobody forgets what it was.</summary>
    public TimeSpan GrantLifetime { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>The longest that an answer for a session may hold.</summary>
    public TimeSpan LongestSessionGrant { get; init; } = TimeSpan.FromHours(24);

    /// <summary>Questions of one agent that wait at once. More than a person can read is an agent that floods.</summary>
    public int WaitingPerAgent { get; init; } = 100;

    /// <summary>How long answered questions are kept, for the history of an action.</summary>
    public TimeSpan KeepFor { get; init; } = TimeSpan.FromDays(30);
}
