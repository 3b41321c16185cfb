namespace SecretsFirewall.Approvals;

/// <summary>What a store found for an action.</summary>
internal enum AskOutcome
{
    /// <summary>The store could not do it; nothing was changed, and nothing may pass.</summary>
    Unavailable = 0,

    /// <summary>A person has said no to this very action, and the time of the question is not over.</summary>
    Denied,

    /// <summary>The agent has too many questions waiting.</summary>
    TooMany,

    /// <summary>A new question waits.</summary>
    Asked,

    /// <summary>The same question waits already.</summary>
    Waiting,

    /// <summary>A person agreed, and one use of that was taken: the action may pass once.</summary>
    Granted,
}

/// <param name="Request">Null where the outcome is <see cref="AskOutcome.Unavailable"/> or <see cref="AskOutcome.TooMany"/>.</param>
/// <param name="Named">Why the answer that the agent named was not used; <see cref="ApprovalError.NotFound"/> for one about anything else.</param>
internal readonly record struct AskResult(AskOutcome Outcome, ApprovalRequest? Request, ApprovalError Named = ApprovalError.None);

/// <summary>How answering, consuming or taking back ended.</summary>
internal enum ApprovalError
{
    None = 0,
    StoreUnavailable,
    NotFound,

    /// <summary>Somebody answered before.</summary>
    AlreadyAnswered,
    Expired,
    Cancelled,

    /// <summary>Used as often as was agreed.</summary>
    AlreadyUsed,

    /// <summary>Nobody has agreed.</summary>
    NotApproved,

    /// <summary>The approver's role does not reach.</summary>
    RoleTooLow,

    /// <summary>The limits of the answer make no sense.</summary>
    LimitsInvalid,

    /// <summary>The answer could not be recorded.</summary>
    NotAudited,
}

/// <summary>Which questions to list, newest first.</summary>
/// <param name="Before">Only ids before this one: the next page.</param>
internal sealed record ApprovalFilter(ApprovalStatus? Status = null, string? Agent = null, string? Fingerprint = null, string? Before = null, int Most = 50);

/// <summary>
/// The port through which questions are remembered. Each call is one transaction that holds wholly or not at all, and is on the disk when it returns.
/// False, null or <see cref="ApprovalError.StoreUnavailable"/>: nothing was changed.
/// </summary>
internal interface IApprovalStore
{
    /// <summary>
    /// Takes one use of an answer to <paramref name="question"/>'s action, or finds the question that waits, or makes it wait: one of them, at once, for any number
    /// of callers. From an answer with a limit of money it takes what the action may cost as well.
    /// </summary>
    /// <param name="named">The only answer that may be used; null for any that is for the action.</param>
    Task<AskResult> AskAsync(ApprovalRequest question, string? named, DateTimeOffset now, int mostWaiting);

    ApprovalRequest? Find(string id, out bool done);

    IReadOnlyList<ApprovalRequest>? List(ApprovalFilter filter, DateTimeOffset now);

    /// <summary>Stores the answer if the question still waits.</summary>
    ApprovalError Answer(string id, ApprovalAnswer answer, ApprovalGrant? grant, DateTimeOffset now);

    /// <summary>Takes one use of what was agreed to by its id.</summary>
    ApprovalError Consume(string id, DateTimeOffset now, out ApprovalRequest? request);

    /// <summary>Gives one use back that was taken, where nothing has left, with what was taken for its cost.</summary>
    bool GiveBack(string id, decimal cost);

    /// <summary>Adds to what an answer's actions have cost, where it has a limit of money; less than zero where one cost less than was taken.</summary>
    bool AddCost(string id, decimal cost);

    /// <summary>Ends what waits and what was agreed to and not used, of one agent or of all; gives what ended.</summary>
    IReadOnlyList<ApprovalRequest>? Cancel(string? agent, DateTimeOffset now);

    /// <summary>What waits and is to be announced again: each question once when half of its time is over, and once when all of it is. Over restarts, too.</summary>
    (IReadOnlyList<ApprovalRequest> Ageing, IReadOnlyList<ApprovalRequest> Expired)? TakeDue(DateTimeOffset now);

    /// <summary>Forgets what was made before then and can let nothing pass.</summary>
    bool Prune(DateTimeOffset before, DateTimeOffset now);
}
