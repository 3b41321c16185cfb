namespace SecretsFirewall.Admin;

/// <param name="Trouble">Why records are not taken; null if they are, or nobody runs.</param>
/// <param name="MarkSequence">How far the log is known to have come; 0 if it is not.</param>
/// <param name="Keys">The public halves of all keys there ever were, in PEM.</param>
internal sealed record AuditStateReply(
    string Directory, string? Trouble, long MarkSequence, string MarkHash, string CurrentKey, IReadOnlyList<string> Keys, IReadOnlyList<WitnessReply> Witnesses);

/// <param name="Sequence">The last record that it has a checkpoint of; 0 for none.</param>
internal sealed record WitnessReply(string Name, long Sequence, DateTimeOffset? At, string? Problem);

/// <summary>Where the log stands.</summary>
/// <param name="Sequence">Of the last record; 0 for none.</param>
/// <param name="SignedThrough">Of the last checkpoint; 0 for none. What stands behind it is signed by the next.</param>
/// <param name="SignedAt">Null where that checkpoint is of an earlier run.</param>
/// <param name="Key">The id of the key that signs.</param>
internal sealed record LogReply(string Directory, long Bytes, long Sequence, long SignedThrough, DateTimeOffset? SignedAt, string Key, IReadOnlyList<WitnessReply> Witnesses);

internal sealed record AuditKeyReply(string Id, string Pem);

/// <param name="Path">Absolute; a new file.</param>
/// <param name="Since">Null for everything.</param>
internal sealed record AuditExportRequest(string Path, DateTimeOffset? Since);

/// <param name="Trust">By the words of docs/evidence.md.</param>
internal sealed record AuditExportReply(string Path, long First, long Last, long Records, string Trust, string Key);
