namespace SecretsFirewall.Audit;

/// <summary>What a log needs to sign checkpoints.</summary>
/// <param name="Mark">How far the log is known to have come; null if it never was.</param>
/// <param name="Checkpointed">Told of each checkpoint, under the log's lock: it only hands on.</param>
internal sealed record AuditSigning(CheckpointSigner Signer, AuditMark? Mark = null, Action<AuditPosition>? Checkpointed = null);

/// <summary>A checkpoint and its own place in the chain.</summary>
/// <param name="Sequence">Of the checkpoint's own record.</param>
/// <param name="Hash">Of the checkpoint's own record.</param>
internal sealed record AuditPosition(long Sequence, string Hash, int Segment, DateTimeOffset At, AuditCheckpoint Checkpoint);

/// <summary>Where a log ends: its last segment, and how long that is.</summary>
internal sealed record AuditEnd(int Segment, long Length);
