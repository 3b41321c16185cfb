using SecretsFirewall.Model;

namespace SecretsFirewall.Audit;

/// <summary>The words in <see cref="AuditRecord.Type"/>.</summary>
internal static class AuditTypes
{
    /// <summary>Before the first byte of an exchange leaves.</summary>
    public const string Intent = "intent";

    /// <summary>What became of it.</summary>
    public const string Outcome = "outcome";

    public const string BypassAttempt = "bypass_attempt";
    public const string ClientRejectedCa = "client_rejected_ca";
    public const string Tunnel = "tunnel";

    /// <summary>Before the first byte of a tunnel leaves that nobody reads.</summary>
    public const string TunnelOpened = "tunnel_opened";

    /// <summary>What went through it.</summary>
    public const string TunnelClosed = "tunnel_closed";

    /// <summary>Another policy is in force.</summary>
    public const string PolicyLoaded = "policy_loaded";

    /// <summary>A bundle was not taken, or ended: the code says why, and <c>tampered</c> is an alert.</summary>
    public const string PolicyRefused = "policy_refused";

    /// <summary>An action waits for a person.</summary>
    public const string ApprovalRequested = "approval_requested";

    /// <summary>A person has said yes or no.</summary>
    public const string ApprovalAnswered = "approval_answered";

    /// <summary>A tool call passed by a yes; of a request the record of intent says it.</summary>
    public const string ApprovalUsed = "approval_used";

    /// <summary>A question expired or was taken back.</summary>
    public const string ApprovalEnded = "approval_ended";

    /// <summary>Somebody set a rule aside, or took that back.</summary>
    public const string OverrideChanged = "override_changed";

    /// <summary>A person has labelled a session, or written a note about it: <see cref="AuditRecord.Note"/> has it.</summary>
    public const string Annotated = "annotated";

    /// <summary>An admin token was made or taken away.</summary>
    public const string AdminTokenChanged = "admin_token_changed";

    public const string Started = "started";
    public const string Stopped = "stopped";

    /// <summary>An agent sent so many different registered values that it may be guessing which are registered.</summary>
    public const string ProbingSuspected = "probing_suspected";

    /// <summary>A canary was seen in traffic: an alert.</summary>
    public const string CanarySighted = "canary_sighted";

    /// <summary>Something was stopped: everything, an agent, a session, a host or a tool. The rule says which, the detail by whom and why.</summary>
    public const string Killed = "killed";

    /// <summary>It may go on.</summary>
    public const string Unkilled = "unkilled";

    /// <summary>The gate before external communication was opened for an agent, or locked.</summary>
    public const string GateUnlocked = "gate_unlocked";
    public const string GateLocked = "gate_locked";

    /// <summary>An operator ended a session, or all of an agent.</summary>
    public const string SessionEnded = "session_ended";

    /// <summary>An agent's risk has risen so high that an operator should look: an alert.</summary>
    public const string RiskRaised = "risk_raised";

    /// <summary>A person set, removed or reset a budget.</summary>
    public const string BudgetChanged = "budget_changed";

    /// <summary>A budget came to a percentage that its policy wants to hear of.</summary>
    public const string BudgetWarning = "budget_warning";

    /// <summary>A budget is used up: a hard one refuses until its window rolls or somebody resets it.</summary>
    public const string BudgetExhausted = "budget_exhausted";

    /// <summary>The log itself found a torn end and put it aside.</summary>
    public const string Repaired = "repaired";

    /// <summary>Where the chain stands, signed.</summary>
    public const string Checkpoint = "checkpoint";

    /// <summary>Which key signs from here on.</summary>
    public const string Key = "audit_key";

    /// <summary>Old segments were removed, as the settings ask for.</summary>
    public const string Removed = "removed";

    /// <summary>A person let the log go on over missing records, or a clock that stepped back.</summary>
    public const string Resumed = "resumed";
}

/// <summary>The policy bundle that decided.</summary>
internal sealed record AuditBundle(string Id, int Revision, string Hash);

/// <summary>The person behind an action, or the question that waits for one.</summary>
/// <param name="Id">Of the question, or of the override.</param>
/// <param name="Fingerprint">Of the action; null for an override.</param>
/// <param name="By">Who answered: <c>cli:NAME</c> or <c>token:NAME</c>; null while nobody has.</param>
/// <param name="Trust"><c>overridden</c> where a rule was set aside: nobody has looked at this very action.</param>
internal sealed record AuditApproval(string Id, string? Fingerprint, string? By, string? Role, string? Trust);

/// <summary>What a person says of a session: a label that it has or has no more, or a text.</summary>
/// <param name="By">Who says it: the user who ran the command.</param>
internal sealed record AuditNote(string By)
{
    /// <summary>The exchange that it is about; null for the whole session.</summary>
    public string? About { get; init; }

    public string? Label { get; init; }

    /// <summary>The label is taken off.</summary>
    public bool IsRemoved { get; init; }

    public string? Text { get; init; }
}

/// <summary>
/// One event, as it is recorded: counts and names, never a value. What is null is left out. The log adds <c>seq</c>, <c>ts</c>, <c>prev</c> and <c>hash</c>.
/// </summary>
internal sealed record AuditRecord
{
    /// <summary>One of <see cref="AuditTypes"/>.</summary>
    public required string Type { get; init; }

    public string? Exchange { get; init; }

    /// <summary>It says what became of something that has left; not written.</summary>
    public bool FollowsIntent { get; init; }

    /// <summary>Trace id and parent id that the client sent (W3C trace context), joined by a dash, for finding the exchange in other systems.</summary>
    public string? Trace { get; init; }

    public string? Agent { get; init; }

    public string? Session { get; init; }

    /// <summary><c>request</c> or <c>response</c> where an event belongs to one leg.</summary>
    public string? Direction { get; init; }

    /// <summary>Written as <c>https://host:port</c>.</summary>
    public Destination? Destination { get; init; }

    public string? Method { get; init; }

    /// <summary>Masked, without the query.</summary>
    public string? Path { get; init; }

    /// <summary>The tool that a call named.</summary>
    public string? Tool { get; init; }

    /// <summary>The tool calls in a model's answer, in their order.</summary>
    public IReadOnlyList<AuditTool> Tools { get; init; } = [];

    /// <summary>Green to Critical Red: what the action is.</summary>
    public string? Class { get; init; }

    /// <summary>What policy said.</summary>
    public string? Outcome { get; init; }

    /// <summary>What a policy that only observes says, where that is not to allow.</summary>
    public string? Observed { get; init; }

    /// <summary>Rules in shadow that apply, each as <c>rule:outcome</c>.</summary>
    public string? Shadow { get; init; }

    /// <summary><c>unverified</c> under a policy that only observes; null where what is refused is refused.</summary>
    public string? Trust { get; init; }

    /// <summary>What happened.</summary>
    public Verdict? Verdict { get; init; }

    /// <summary>The status that the client was given.</summary>
    public int? Status { get; init; }

    /// <summary>A refusal's code on the wire.</summary>
    public string? Code { get; init; }

    /// <summary>Who caused a failure.</summary>
    public Blame? Blame { get; init; }

    /// <summary>The rule or check that decided.</summary>
    public string? Rule { get; init; }

    /// <summary>One sentence of ours; nothing that the request said.</summary>
    public string? Detail { get; init; }

    public AuditApproval? Approval { get; init; }

    public AuditBundle? Bundle { get; init; }

    public IReadOnlyList<AuditFinding> Findings { get; init; } = [];

    public long? RequestBytes { get; init; }

    public long? ResponseBytes { get; init; }

    /// <summary>What a model call came to.</summary>
    public AuditUsage? Usage { get; init; }

    /// <summary>What it cost; null where nothing was counted.</summary>
    public AuditCost? Cost { get; init; }

    /// <summary>Of a <see cref="AuditTypes.Checkpoint"/>.</summary>
    public AuditCheckpoint? Checkpoint { get; init; }

    /// <summary>Of an <see cref="AuditTypes.Key"/>.</summary>
    public AuditKey? Key { get; init; }

    /// <summary>Of an <see cref="AuditTypes.Annotated"/>.</summary>
    public AuditNote? Note { get; init; }

    /// <summary>Of a <see cref="AuditTypes.Removed"/>.</summary>
    public AuditRemoval? Removed { get; init; }

    /// <summary>Microseconds by stage.</summary>
    public IReadOnlyDictionary<string, long> TimingsUs { get; init; } = System.Collections.Immutable.ImmutableDictionary<string, long>.Empty;
}
