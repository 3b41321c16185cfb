namespace SecretsFirewall.Approvals;

/// <summary>Where a question stands, as of a moment: what has expired is computed from the clock and stored nowhere. The zero value lets nothing pass.</summary>
internal enum ApprovalStatus
{
    Denied = 0,

    /// <summary>Waits for a person.</summary>
    Pending,

    /// <summary>A person agreed, and it was not used up yet.</summary>
    Approved,

    /// <summary>Used as often as was agreed.</summary>
    Used,

    /// <summary>Nobody answered in time, or the answer was not used in time.</summary>
    Expired,

    /// <summary>Taken back, since the agent was stopped.</summary>
    Cancelled,
}

/// <summary>The spelling of <see cref="ApprovalStatus"/>.</summary>
internal static class ApprovalStatuses
{
    public static IReadOnlyList<string> All { get; } = [.. Enum.GetValues<ApprovalStatus>().Select(static one => one.Word())];

    public static string Word(this ApprovalStatus status) => status switch
    {
        ApprovalStatus.Pending => "pending",
        ApprovalStatus.Approved => "approved",
        ApprovalStatus.Used => "used",
        ApprovalStatus.Expired => "expired",
        ApprovalStatus.Cancelled => "cancelled",
        _ => "denied",
    };

    public static ApprovalStatus? Parse(string? word) =>
        Enum.GetValues<ApprovalStatus>().Cast<ApprovalStatus?>().FirstOrDefault(one => one!.Value.Word() == word);
}
