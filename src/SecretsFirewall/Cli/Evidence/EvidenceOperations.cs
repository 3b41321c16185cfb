using SecretsFirewall.Admin;
using SecretsFirewall.Audit;
using SecretsFirewall.Audit.Exports;

namespace SecretsFirewall.Cli.Evidence;

/// <summary>What can be asked of the audit log's owner: where it stands, another key, to go on over a gap, an export.</summary>
internal sealed class EvidenceOperations(Installation installation, IAuditAccess audit, TimeProvider time)
{
    public void Register(ControlDispatcher dispatcher) => dispatcher
        .Handle(ControlOperations.AuditState, _ => State())
        .Handle(ControlOperations.AuditRotateKey, _ => Rotate())
        .Handle(ControlOperations.AuditResume, _ => Resume())
        .Handle(ControlOperations.AuditExport, (request, _) => Task.Run(() => Export(request)));

    private ControlResult<AuditStateReply> State()
    {
        audit.Running?.Log.TryCheckpoint();
        var mark = installation.Store.AuditMark.LoadMark(out var done);
        if (!done)
        {
            return new ControlFailure(ControlFailureKind.Unavailable, $"How far the audit log came cannot be read from {installation.Home.Database}.");
        }

        return new AuditStateReply(
            installation.Home.AuditDirectory,
            audit.Running is { Log.Trouble: not AuditTrouble.None and var trouble } ? trouble.Sentence() : null,
            mark?.Sequence ?? 0,
            mark?.Hash ?? "",
            installation.AuditSigner.Public.Id,
            [.. AuditKeyFiles.PublicKeys(installation.Home).Select(static key => key.Pem)],
            LogPosition.WitnessesOf(audit.Running?.Keeper));
    }

    private ControlResult<AuditKeyReply> Rotate()
    {
        var problem = audit.Use(log => log.Trouble != AuditTrouble.None ? $"{log.Trouble.Sentence()} {log.Trouble.Advice()}" : installation.RotateAuditKey(log.TryRotate));
        var key = installation.AuditSigner.Public;
        return problem is null ? new AuditKeyReply(key.Id, key.Pem) : new ControlFailure(ControlFailureKind.Unavailable, problem);
    }

    private ControlResult<AuditExportReply> Export(AuditExportRequest request)
    {
        EvidenceManifest? manifest = null;
        var problem = audit.Use(log =>
        {
            if (log.CheckpointAndEnd() is not { } end)
            {
                return $"What is new in the audit log cannot be signed: {log.Trouble.Sentence()} {log.Trouble.Advice()}";
            }

            try
            {
                using var file = PrivateFile.Create(request.Path);
                manifest = EvidenceExport.Write(RequestFor(request, end), file);
                return null;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return $"{request.Path} cannot be written, or the log not be read: {e.Message}";
            }
        });
        return manifest is null
            ? new ControlFailure(ControlFailureKind.Unavailable, problem!)
            : new AuditExportReply(request.Path, manifest.First, manifest.Last, manifest.Records, manifest.Trust.Status, manifest.Key);
    }

    private EvidenceRequest RequestFor(AuditExportRequest request, AuditEnd end) => new(
        installation.Home.AuditDirectory,
        end,
        request.Since,
        installation.AuditSigner,
        AuditKeyFiles.PublicKeys(installation.Home),
        installation.Home.PolicyArchive,
        installation.Home.TimestampDirectory,
        AdminServer.Version,
        time.GetUtcNow());

    private ControlResult<NoContent> Resume() =>
        audit.Use(static log => log.TryResume() ? null : "There is nothing to go on over: no records are missing and the clock does not stand before the last one, or the log cannot be written.") is { } problem
            ? new ControlFailure(ControlFailureKind.Refused, problem)
            : NoContent.Instance;
}
