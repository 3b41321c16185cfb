using System.Globalization;
using SecretsFirewall.Approvals;
using SecretsFirewall.Model;

namespace SecretsFirewall.Admin.Api;

/// <summary>Questions to people, tokens and overrides over HTTP.</summary>
internal sealed class ApprovalEndpoints(ApprovalOperations operations, ApprovalDesk desk)
{
    public IEnumerable<ApiRoute> Routes() =>
    [
        new("GET", "/v1/approvals", ApproverRole.Viewer, ListAsync)
        {
            Summary = "Questions to people, the newest first; next is the before of the next page.", Response = ControlJson.Default.ApprovalsReply, Queries = ["status", "agent", "before", "limit"], Problems = [400],
        },
        new("GET", "/v1/approvals/{id}", ApproverRole.Viewer, ShowAsync)
        {
            Summary = "One question, and what was decided about the same action before.", Response = ControlJson.Default.ApprovalDetailReply, Problems = [404],
        },
        new("POST", "/v1/approvals/{id}/approve", ApproverRole.Operator, call => AnswerAsync(call, approve: true))
        {
            Summary = "Says yes; the role must reach the question's required_role, too.", Request = ApiJson.Default.AnswerBody, MayBeEmpty = true,
            Response = ControlJson.Default.ApprovalReply, Problems = [400, 404, 409, 410, 422],
        },
        new("POST", "/v1/approvals/{id}/deny", ApproverRole.Operator, call => AnswerAsync(call, approve: false))
        {
            Summary = "Says no.", Request = ApiJson.Default.AnswerBody, MayBeEmpty = true, Response = ControlJson.Default.ApprovalReply, Problems = [400, 404, 409, 410],
        },
        new("GET", "/v1/tokens", ApproverRole.Admin, call => call.WriteAsync(operations.Tokens(), ControlJson.Default.AdminTokensReply))
        {
            Summary = "Who may use this API.", Response = ControlJson.Default.AdminTokensReply,
        },
        new("POST", "/v1/tokens", ApproverRole.Admin, AddTokenAsync)
        {
            Summary = "Makes a token; it is told here and nowhere else.", Request = ControlJson.Default.AddAdminTokenRequest, Response = ControlJson.Default.AdminTokenReply, Status = 201,
            KeepsAnswer = false, Problems = [400, 422],
        },
        new("DELETE", "/v1/tokens/{name}", ApproverRole.Admin, call => call.WriteAsync(operations.RemoveToken(call.Name, call.Caller), ControlJson.Default.NoContent))
        {
            Summary = "Takes a token away; it ends at once.", Response = ControlJson.Default.NoContent, Problems = [422],
        },
        new("GET", "/v1/overrides", ApproverRole.Viewer, call => call.WriteAsync(operations.Overrides(), ControlJson.Default.OverridesReply))
        {
            Summary = "Rules that are or were set aside.", Response = ControlJson.Default.OverridesReply,
        },
        new("POST", "/v1/overrides", ApproverRole.Admin, AddOverrideAsync)
        {
            Summary = "Sets a rule's refusals aside for one agent, for at most four hours.", Request = ControlJson.Default.AddOverrideRequest, Response = ControlJson.Default.OverrideReply, Status = 201,
            Problems = [400, 422],
        },
        new("DELETE", "/v1/overrides/{id}", ApproverRole.Admin, call => call.WriteAsync(operations.EndOverride(call.Name, call.Caller), ControlJson.Default.NoContent))
        {
            Summary = "Takes an override back before its end.", Response = ControlJson.Default.NoContent, Problems = [422],
        },
    ];

    private Task ListAsync(ApiCall call)
    {
        var most = int.TryParse(call.Query("limit"), NumberStyles.None, CultureInfo.InvariantCulture, out var limit) ? limit : 50;
        return call.WriteAsync(
            operations.List(new ListApprovalsRequest(call.Query("status"), call.Query("agent"), call.Query("before"), most)), ControlJson.Default.ApprovalsReply);
    }

    private Task ShowAsync(ApiCall call) =>
        desk.Find(call.Name, out var done) is null && done
            ? ApiProblem.WriteAsync(call.Context, ApprovalError.NotFound, default)
            : call.WriteAsync(operations.Show(call.Name), ControlJson.Default.ApprovalDetailReply);

    private async Task AnswerAsync(ApiCall call, bool approve)
    {
        var body = call.Body.IsEmpty ? new AnswerBody() : await call.ReadAsync(ApiJson.Default.AnswerBody);
        if (body is null)
        {
            return;
        }

        var request = new AnswerApprovalRequest(call.Name, approve, body.Note, body.ForSession, body.MaxUses, body.MaxCost, body.Until);
        var error = operations.TryAnswer(request, call.Caller, out var answered);
        if (error is ApprovalError.None)
        {
            await call.WriteAsync(operations.Describe(answered!), ControlJson.Default.ApprovalReply);
            return;
        }

        await ApiProblem.WriteAsync(call.Context, error, desk.Find(call.Name, out _)?.RequiredRole ?? ApproverRole.Operator);
    }

    private async Task AddTokenAsync(ApiCall call)
    {
        if (await call.ReadAsync(ControlJson.Default.AddAdminTokenRequest) is { } request)
        {
            await call.WriteAsync(operations.AddToken(request, call.Caller), ControlJson.Default.AdminTokenReply, 201);
        }
    }

    private async Task AddOverrideAsync(ApiCall call)
    {
        if (await call.ReadAsync(ControlJson.Default.AddOverrideRequest) is { } request)
        {
            await call.WriteAsync(operations.AddOverride(request, call.Caller), ControlJson.Default.OverrideReply, 201);
        }
    }
}
