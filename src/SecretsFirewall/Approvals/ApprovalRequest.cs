using SecretsFirewall.Model;

namespace SecretsFirewall.Approvals;

/// <summary>One question to a person about one action of one agent, with its answer once there is one.</summary>
internal sealed record ApprovalRequest
{
    /// <summary>Ours: 32 hex digits, in the order of time.</summary>
    public required string Id { get; init; }

    /// <summary>SHA-256 of the action in hex: what was agreed to, byte for byte.</summary>
    public required string Fingerprint { get; init; }

    /// <summary>SHA-256 in hex of the kind of action: agent, session, rule, place, and not the content. What an answer for the whole session is about.</summary>
    public required string Scope { get; init; }

    public required string Agent { get; init; }

    public required string Session { get; init; }

    /// <summary>The rule that asks.</summary>
    public required string Rule { get; init; }

    public required ApproverRole RequiredRole { get; init; }

    public required ApprovalSubject Subject { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Nobody can agree from then on.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>Null while it waits.</summary>
    public ApprovalAnswer? Answer { get; init; }

    /// <summary>Null unless a person agreed.</summary>
    public ApprovalGrant? Grant { get; init; }

    /// <summary>When it was used last.</summary>
    public DateTimeOffset? UsedAt { get; init; }

    /// <summary>Taken back: the agent was stopped.</summary>
    public bool IsCancelled { get; init; }

    public ApprovalStatus StatusAt(DateTimeOffset now) => this switch
    {
        { IsCancelled: true } => ApprovalStatus.Cancelled,
        { Answer: null } => now < ExpiresAt ? ApprovalStatus.Pending : ApprovalStatus.Expired,
        { Answer.IsYes: true, Grant: { } grant } => grant.UsesLeft <= 0 || grant.IsSpent ? ApprovalStatus.Used : now < grant.Until ? ApprovalStatus.Approved : ApprovalStatus.Expired,
        _ => ApprovalStatus.Denied,
    };

    public ApprovalNotice Notice => new(Id, ExpiresAt, RequiredRole, Fingerprint);
}

/// <param name="By">Who: <c>cli:NAME</c> or <c>token:NAME</c>; never an agent.</param>
/// <param name="Note">What they wrote about it.</param>
internal sealed record ApprovalAnswer(bool IsYes, string By, ApproverRole Role, DateTimeOffset At, string? Note);

/// <summary>What was agreed to.</summary>
/// <param name="ForSession">Every action of the same scope, not this one alone.</param>
/// <param name="UsesLeft">1 at first, unless it is for the session.</param>
/// <param name="Until">It lets nothing pass from then on.</param>
/// <param name="MostCost">In the currency of the prices; null where nobody said.</param>
/// <param name="Cost">What the actions that it let pass have cost so far.</param>
internal sealed record ApprovalGrant(bool ForSession, int UsesLeft, DateTimeOffset Until, decimal? MostCost, decimal Cost)
{
    public bool IsSpent => MostCost is { } most && Cost >= most;
}

/// <summary>Who answers, and how much they may.</summary>
/// <param name="Name"><c>cli:NAME</c> for whoever owns the home, <c>token:NAME</c> for the holder of an admin token.</param>
internal sealed record Approver(string Name, ApproverRole Role);
