namespace SecretsFirewall.Approvals;

/// <summary>What to say to whoever answers.</summary>
internal static class ApprovalErrors
{
    public static string Sentence(this ApprovalError error) => error switch
    {
        ApprovalError.StoreUnavailable => "The firewall's database does not answer; nothing was changed.",
        ApprovalError.NotFound => "There is no such question. List them with: sfw approvals list",
        ApprovalError.AlreadyAnswered => "It is answered already. Its answer: sfw approvals show ID",
        ApprovalError.Expired => "It has expired. If the agent still wants it, it asks anew.",
        ApprovalError.Cancelled => "It was cancelled, since its agent was stopped.",
        ApprovalError.AlreadyUsed => "What was agreed to has been used.",
        ApprovalError.NotApproved => "Nobody has agreed to it.",
        ApprovalError.RoleTooLow => "The question needs a higher role.",
        ApprovalError.LimitsInvalid => "--max-uses and --max-cost are above zero, and --until is ahead and at most 24 hours away; they need --for-session, and --max-cost is for calls of a model that the policy has a price for: nothing else is counted.",
        ApprovalError.NotAudited => "The audit log cannot be written, so the answer was not taken.",
        _ => throw new ArgumentOutOfRangeException(nameof(error)),
    };
}
