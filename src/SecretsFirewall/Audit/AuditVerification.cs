namespace SecretsFirewall.Audit;

/// <summary>Why a chain does not hold.</summary>
internal enum AuditBreakReason
{
    None = 0,

    /// <summary>The line is no record of ours.</summary>
    NotARecord,

    /// <summary>The record was changed after it was written.</summary>
    HashWrong,

    /// <summary>Records are missing, doubled or out of order.</summary>
    SequenceWrong,

    /// <summary>The record does not continue the one before it.</summary>
    PreviousWrong,

    /// <summary>The last line has no end: a write under way, or torn.</summary>
    Unfinished,
}

/// <summary>The first place where a chain breaks.</summary>
/// <param name="Segment">File name.</param>
/// <param name="Line">From 1.</param>
/// <param name="Offset">Of the line's first byte.</param>
internal sealed record AuditBreak(string Segment, int Line, long Offset, AuditBreakReason Reason);

/// <summary>What a check of the chain found.</summary>
/// <param name="FirstSequence">1, or more where older segments were moved away.</param>
/// <param name="LastHash">To compare with a copy kept elsewhere: what was cut off at the end leaves no other trace.</param>
internal sealed record AuditVerification(long Records, long FirstSequence, long LastSequence, string LastHash, AuditBreak? Break)
{
    public bool IsWhole => Break is null;
}
