using SecretsFirewall.Audit;

namespace SecretsFirewall.Admin;

/// <summary>Labels and notes on sessions. They are records of the audit like all others: what is written is never edited, and a label that is taken off was there.</summary>
/// <param name="record">False where it could not be recorded.</param>
internal sealed class TraceOperations(Func<AuditRecord, bool> record)
{
    public const int MostText = 2000;
    public const int MostLabel = 64;

    public void Register(ControlDispatcher dispatcher) => dispatcher.Handle(ControlOperations.TraceAnnotate, Annotate);

    private ControlResult<NoContent> Annotate(AnnotateRequest request)
    {
        if (request.Text is { } text && (text.Length is 0 or > MostText || text.Any(static c => char.IsControl(c) && c is not '\n')))
        {
            return new ControlFailure(ControlFailureKind.Refused, $"A note has 1 to {MostText} characters, and no control characters beside line feeds.");
        }

        if (!request.Labels.All(IsLabel))
        {
            return new ControlFailure(ControlFailureKind.Refused, $"A label has 1 to {MostLabel} of the characters A-Z a-z 0-9 _ . : -");
        }

        var note = new AuditNote(request.By) { About = request.About };
        var notes = request.Text is null ? request.Labels.Select(label => note with { Label = label, IsRemoved = request.Remove }) : [note with { Text = request.Text }];
        return notes.All(one => record(new AuditRecord { Type = AuditTypes.Annotated, Agent = request.Agent, Session = request.Session, Note = one }))
            ? NoContent.Instance
            : new ControlFailure(ControlFailureKind.Unavailable, "The audit log cannot be written, so nothing is noted.");
    }

    private static bool IsLabel(string label) =>
        label.Length is > 0 and <= MostLabel && label.All(static c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or ':' or '-');
}
