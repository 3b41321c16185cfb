using System.Globalization;
using SecretsFirewall.Model;

namespace SecretsFirewall.Admin.Api;

/// <summary>What models were used for, and what may be spent on them, over HTTP.</summary>
internal sealed class UsageEndpoints(UsageOperations usage, BudgetOperations budgets, TimeProvider time)
{
    /// <summary>Where nobody says since when, as <c>sfw usage</c>.</summary>
    private static readonly TimeSpan Shown = TimeSpan.FromDays(7);

    public IEnumerable<ApiRoute> Routes() =>
    [
        new("GET", "/v1/usage", ApproverRole.Viewer, ReadAsync)
        {
            Summary = "What models were used for, added up by agent (as it is by default), model, hour, session or provider; since and until are times (RFC 3339), the last 7 days without them.",
            Response = ControlJson.Default.UsageReply, Queries = ["by", "since", "until", "agent"], Problems = [400],
        },
        new("GET", "/v1/budgets", ApproverRole.Viewer, call => call.WriteAsync(budgets.Show(), ControlJson.Default.BudgetsReply))
        {
            Summary = "Every budget, and what is spent of it in its present window.", Response = ControlJson.Default.BudgetsReply,
        },
        new("PUT", "/v1/budgets/{name}", ApproverRole.Admin, SetAsync)
        {
            Summary = "Sets a budget, or changes the one of that name; those of the policy are changed there.", Request = ApiJson.Default.BudgetBody,
            Response = ControlJson.Default.NoContent, Problems = [400, 422],
        },
        new("DELETE", "/v1/budgets/{name}", ApproverRole.Admin, call => call.WriteAsync(budgets.Remove(call.Name, call.Caller), ControlJson.Default.NoContent))
        {
            Summary = "Removes a budget that was set.", Response = ControlJson.Default.NoContent, Problems = [422],
        },
        new("POST", "/v1/budgets/{name}/reset", ApproverRole.Admin, ResetAsync)
        {
            Summary = "Lets a budget begin anew before its window does, for all or for one agent or model (of).", Response = ControlJson.Default.ResetBudgetReply, Queries = ["of"],
            Problems = [422],
        },
    ];

    private async Task ReadAsync(ApiCall call)
    {
        var by = UsageGrouping.Agent;
        if ((call.Query("by") is { } word && !(Enum.TryParse(word, ignoreCase: true, out by) && Enum.IsDefined(by) && char.IsAsciiLetter(word[0])))
            || !TryReadTime(call.Query("since"), out var since) || !TryReadTime(call.Query("until"), out var until))
        {
            await ApiProblem.WriteAsync(call.Context, 400, "malformed_request", "by is agent, model, hour, session or provider; since and until are times such as 2026-06-01T12:00:00Z.");
            return;
        }

        await call.WriteAsync(usage.Read(new UsageRequest(since ?? time.GetUtcNow() - Shown, until, by, call.Query("agent"))), ControlJson.Default.UsageReply);
    }

    private async Task SetAsync(ApiCall call)
    {
        if (await call.ReadAsync(ApiJson.Default.BudgetBody) is { } body)
        {
            var request = new SetBudgetRequest(
                call.Name, body.Window, body.Per, body.Hard, body.Agents ?? [], body.Models ?? [], body.Tokens, body.Money, body.Currency ?? "USD", body.Requests, body.WarnAt ?? [],
                body.AllowUnpriced);
            await call.WriteAsync(budgets.Set(request, call.Caller), ControlJson.Default.NoContent);
        }
    }

    private Task ResetAsync(ApiCall call) =>
        call.WriteAsync(budgets.Reset(new ResetBudgetRequest(call.Name, call.Query("of")), call.Caller), ControlJson.Default.ResetBudgetReply);

    private static bool TryReadTime(string? text, out DateTimeOffset? time)
    {
        var isTime = DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var read);
        time = isTime ? read : null;
        return isTime || text is null;
    }
}
