using SecretsFirewall.Approvals;
using SecretsFirewall.Model;

namespace SecretsFirewall.Admin;

/// <param name="Status">One of <see cref="ApprovalStatuses.All"/>; null for all.</param>
/// <param name="Before">An id: only older ones, for the next page.</param>
internal sealed record ListApprovalsRequest(string? Status, string? Agent, string? Before, int Most);

/// <param name="Next">What to ask for as <c>before</c> to see more; null at the end.</param>
internal sealed record ApprovalsReply(IReadOnlyList<ApprovalReply> Approvals, string? Next);

/// <param name="History">What was decided about the same action before, newest first.</param>
internal sealed record ApprovalDetailReply(ApprovalReply Approval, IReadOnlyList<ApprovalReply> History);

/// <param name="Note">What the person writes about it; goes into the record.</param>
internal sealed record AnswerApprovalRequest(
    string Id, bool Approve, string? Note, bool ForSession, int? MaxUses, decimal? MaxCost, DateTimeOffset? Until);

/// <summary>A question with its answer. What an agent or a model wrote is masked; whoever shows it on a terminal escapes it.</summary>
/// <param name="MayCost">What a model call may come to, by the policy's prices; null for everything else.</param>
internal sealed record ApprovalReply(
    string Id,
    string Status,
    string Kind,
    string Agent,
    string Session,
    string Rule,
    string RequiredRole,
    string Method,
    string Destination,
    string Target,
    string? Tool,
    string? Content,
    long ContentBytes,
    string Explanation,
    IReadOnlyList<string> Matched,
    string? Class,
    int? Risk,
    decimal? MayCost,
    string? Currency,
    DecisionBundle Bundle,
    string Fingerprint,
    string Scope,
    string Exchange,
    DateTimeOffset CreatedAt,
    DateTimeOffset ExpiresAt,
    string? AnsweredBy,
    string? AnsweredRole,
    DateTimeOffset? AnsweredAt,
    string? Note,
    bool ForSession,
    int UsesLeft,
    DateTimeOffset? Until,
    decimal? MaxCost,
    decimal Cost,
    DateTimeOffset? UsedAt)
{
    public static ApprovalReply Of(ApprovalRequest request, DateTimeOffset now) => new(
        request.Id,
        request.StatusAt(now).Word(),
        request.Subject.Kind,
        request.Agent,
        request.Session,
        request.Rule,
        request.RequiredRole.Word(),
        request.Subject.Method,
        request.Subject.Destination,
        request.Subject.Target,
        request.Subject.Tool,
        request.Subject.Content,
        request.Subject.ContentBytes,
        request.Subject.Reason,
        request.Subject.Matched,
        request.Subject.Class,
        request.Subject.Risk,
        request.Subject.MayCost,
        request.Subject.Currency,
        new DecisionBundle(request.Subject.BundleName, request.Subject.BundleRevision, request.Subject.BundleHash),
        request.Fingerprint,
        request.Scope,
        request.Subject.Exchange,
        request.CreatedAt,
        request.ExpiresAt,
        request.Answer?.By,
        request.Answer?.Role.Word(),
        request.Answer?.At,
        request.Answer?.Note,
        request.Grant is { ForSession: true },
        request.Grant?.UsesLeft ?? 0,
        request.Grant?.Until,
        request.Grant?.MostCost,
        request.Grant?.Cost ?? 0,
        request.UsedAt);
}

internal sealed record DecisionBundle(string Id, int Revision, string Hash);

/// <param name="Role">One of <see cref="ApproverRoles.All"/>.</param>
internal sealed record AddAdminTokenRequest(string Name, string Role);

/// <param name="Token">Told once.</param>
internal sealed record AdminTokenReply(string Name, string Role, string Token)
{
    public override string ToString() => Name;
}

internal sealed record AdminTokenSummary(string Name, string Role, DateTimeOffset CreatedAt);

internal sealed record AdminTokensReply(IReadOnlyList<AdminTokenSummary> Tokens);

/// <param name="Code">One of <see cref="PolicyOverride.Codes"/>.</param>
internal sealed record AddOverrideRequest(string Agent, string Rule, string? Host, string Code, string Justification, DateTimeOffset Until);

internal sealed record OverrideReply(
    string Id, string Agent, string Rule, string? Host, string Code, string Justification, string MadeBy, DateTimeOffset CreatedAt, DateTimeOffset Until, DateTimeOffset? EndedAt, bool Holds);

internal sealed record OverridesReply(IReadOnlyList<OverrideReply> Overrides);
