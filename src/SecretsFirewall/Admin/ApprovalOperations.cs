using SecretsFirewall.Approvals;
using SecretsFirewall.Audit;
using SecretsFirewall.Model;

namespace SecretsFirewall.Admin;

/// <summary>
/// Questions to people, admin tokens and overrides: the same for the control socket and the API. Every change is recorded with who made it before it counts; what
/// cannot be recorded does not happen.
/// </summary>
/// <param name="record">False where the audit cannot be written.</param>
internal sealed class ApprovalOperations(ApprovalDesk desk, OperatorDirectory operators, Func<AuditRecord, bool> record, TimeProvider time)
{
    /// <summary>Further ones are pages.</summary>
    public const int MostListed = 200;

    private const int MostNote = 500;

    /// <summary>Whoever may open the control socket owns the home, and with it everything: an admin.</summary>
    public static Approver Owner { get; } = new($"cli:{Environment.UserName}", ApproverRole.Admin);

    public void Register(ControlDispatcher dispatcher) => dispatcher
        .Handle(ControlOperations.ApprovalsList, List)
        .Handle(ControlOperations.ApprovalsShow, request => Show(request.Name))
        .Handle(ControlOperations.ApprovalsAnswer, request => Answer(request, Owner))
        .Handle(ControlOperations.AdminTokensAdd, request => AddToken(request, Owner))
        .Handle(ControlOperations.AdminTokensList, _ => Tokens())
        .Handle(ControlOperations.AdminTokensRemove, request => RemoveToken(request.Name, Owner))
        .Handle(ControlOperations.OverridesAdd, request => AddOverride(request, Owner))
        .Handle(ControlOperations.OverridesList, _ => Overrides())
        .Handle(ControlOperations.OverridesEnd, request => EndOverride(request.Name, Owner));

    public ControlResult<ApprovalsReply> List(ListApprovalsRequest request)
    {
        var status = ApprovalStatuses.Parse(request.Status);
        if (request.Status is not null && status is null)
        {
            return new ControlFailure(ControlFailureKind.Malformed, $"A status is one of {string.Join(", ", ApprovalStatuses.All)}.");
        }

        var most = Math.Clamp(request.Most, 1, MostListed);
        return desk.List(new ApprovalFilter(status, request.Agent, null, request.Before, most + 1)) is not { } found
            ? Failure(ApprovalError.StoreUnavailable)
            : new ApprovalsReply([.. found.Take(most).Select(Describe)], found.Count > most ? found[most - 1].Id : null);
    }

    public ControlResult<ApprovalDetailReply> Show(string id)
    {
        if (desk.Find(id, out var done) is not { } found)
        {
            return Failure(done ? ApprovalError.NotFound : ApprovalError.StoreUnavailable);
        }

        var history = desk.List(new ApprovalFilter(Fingerprint: found.Fingerprint, Most: 20)) ?? [];
        return new ApprovalDetailReply(Describe(found), [.. history.Where(one => one.Id != id).Select(Describe)]);
    }

    public ControlResult<ApprovalReply> Answer(AnswerApprovalRequest request, Approver approver)
    {
        var error = TryAnswer(request, approver, out var answered);
        return error is ApprovalError.None ? Describe(answered!) : Failure(error);
    }

    public ApprovalError TryAnswer(AnswerApprovalRequest request, Approver approver, out ApprovalRequest? answered)
    {
        answered = null;
        var terms = request.Approve ? new AnswerTerms(request.ForSession, request.MaxUses, request.MaxCost, request.Until) : null;
        var note = request.Note is { Length: > MostNote } note1 ? note1[..MostNote] : request.Note;
        var error = desk.Answer(request.Id, approver, terms, note, question => record(new AuditRecord
        {
            Type = AuditTypes.ApprovalAnswered,
            Exchange = question.Subject.Exchange,
            Agent = question.Agent,
            Session = question.Session,
            Rule = question.Rule,
            Outcome = request.Approve ? "allow" : "deny",
            Approval = new AuditApproval(question.Id, question.Fingerprint, approver.Name, approver.Role.Word(), Trust: null),
            Detail = request.ForSession ? "For all actions of this kind in the session." : null,
        }));
        if (error is ApprovalError.None)
        {
            answered = desk.Find(request.Id, out _);
        }

        return error is ApprovalError.None && answered is null ? ApprovalError.StoreUnavailable : error;
    }

    public ControlResult<AdminTokenReply> AddToken(AddAdminTokenRequest request, Approver by)
    {
        var error = operators.TryAdd(request.Name, ApproverRoles.Parse(request.Role), () => Record(AuditTypes.AdminTokenChanged, by, $"Made: {request.Name}, {request.Role}."), out var token);
        return error is OperatorError.None ? new AdminTokenReply(request.Name, request.Role, token) : Failure(error);
    }

    public ControlResult<AdminTokensReply> Tokens() =>
        new AdminTokensReply([.. operators.List().Select(static one => new AdminTokenSummary(one.Name, one.Role.Word(), one.CreatedAt))]);

    public ControlResult<NoContent> RemoveToken(string name, Approver by) => Done(operators.TryRemove(name, () => Record(AuditTypes.AdminTokenChanged, by, $"Taken away: {name}.")));

    public ControlResult<OverrideReply> AddOverride(AddOverrideRequest request, Approver by)
    {
        var wanted = new PolicyOverride("", request.Agent, request.Rule, request.Host, request.Code, request.Justification, by.Name, default, request.Until, null);
        var error = operators.TryOverride(wanted, made => RecordOverride(made, by, $"{made.Code}: {made.Justification}"), out var holds);
        return error is OperatorError.None ? Describe(holds) : Failure(error);
    }

    public ControlResult<OverridesReply> Overrides() => new OverridesReply([.. operators.Overrides().Select(Describe)]);

    public ControlResult<NoContent> EndOverride(string id, Approver by) => Done(operators.TryEndOverride(id, ended => RecordOverride(ended, by, "Taken back before its end.")));

    public ApprovalReply Describe(ApprovalRequest request) => ApprovalReply.Of(request, time.GetUtcNow());

    private OverrideReply Describe(PolicyOverride one) => new(
        one.Id, one.Agent, one.Rule, one.Host, one.Code, one.Justification, one.MadeBy, one.CreatedAt, one.Until, one.EndedAt, one.HoldsAt(time.GetUtcNow()));

    private bool RecordOverride(PolicyOverride made, Approver by, string detail) => record(new AuditRecord
    {
        Type = AuditTypes.OverrideChanged,
        Agent = made.Agent,
        Rule = made.Rule,
        Approval = new AuditApproval(made.Id, null, by.Name, by.Role.Word(), "overridden"),
        Detail = detail,
    });

    private bool Record(string type, Approver by, string detail) => record(new AuditRecord
    {
        Type = type,
        Approval = new AuditApproval("", null, by.Name, by.Role.Word(), Trust: null),
        Detail = detail,
    });

    private static ControlFailure Failure(ApprovalError error) => new(
        error is ApprovalError.StoreUnavailable or ApprovalError.NotAudited ? ControlFailureKind.Unavailable : ControlFailureKind.Refused, error.Sentence());

    private static ControlFailure Failure(OperatorError error) => new(
        error is OperatorError.StoreUnavailable or OperatorError.NotAudited ? ControlFailureKind.Unavailable : ControlFailureKind.Refused, error.Sentence());

    private static ControlResult<NoContent> Done(OperatorError error) => error is OperatorError.None ? NoContent.Instance : Failure(error);
}
