using SecretsFirewall.Model;

namespace SecretsFirewall.Admin;

/// <summary>By what usage is added up.</summary>
internal enum UsageGrouping
{
    Agent = 0,
    Model,
    Hour,
    Session,
    Provider,
}

/// <param name="Until">Null for now.</param>
/// <param name="Agent">Only of this agent; null for all.</param>
internal sealed record UsageRequest(DateTimeOffset Since, DateTimeOffset? Until, UsageGrouping By, string? Agent);

internal sealed record CostReply(decimal Amount, string Currency);

/// <param name="Estimated">Of the calls: those about which the provider did not say everything.</param>
/// <param name="Suspect">Of the calls: those about which it said something that cannot be.</param>
/// <param name="Unpriced">Of the calls: those of a model without a price. They are in no cost.</param>
/// <param name="Reasoning">Within <paramref name="Output"/>.</param>
internal sealed record UsageLine(
    string Name,
    long Calls,
    long Estimated,
    long Suspect,
    long Unpriced,
    long Input,
    long Output,
    long CacheRead,
    long CacheWrite,
    long Reasoning,
    IReadOnlyList<CostReply> Cost)
{
    public long Total => Input + Output + CacheRead + CacheWrite;
}

internal sealed record UsageReply(DateTimeOffset Since, DateTimeOffset Until, IReadOnlyList<UsageLine> Lines, UsageLine Total);

internal sealed record SetBudgetRequest(
    string Name,
    BudgetWindow Window,
    BudgetPool Per,
    bool Hard,
    IReadOnlyList<string> Agents,
    IReadOnlyList<string> Models,
    long? Tokens,
    decimal? Money,
    string Currency,
    long? Requests,
    IReadOnlyList<int> WarnAt,
    bool AllowUnpriced);

/// <param name="Pool">Only of this agent or model; null for all.</param>
internal sealed record ResetBudgetRequest(string Name, string? Pool);

internal sealed record ResetBudgetReply(int Accounts);

/// <param name="Pool">The agent or model that it is for; empty where the agents share it.</param>
/// <param name="Since">When its window began; null for a session.</param>
/// <param name="ReservedTokens">By calls that are under way, as are the others.</param>
internal sealed record AccountReply(
    string Pool,
    string? Session,
    DateTimeOffset? Since,
    int Percent,
    long Tokens,
    decimal Money,
    long Requests,
    long ReservedTokens,
    decimal ReservedMoney,
    long ReservedRequests);

/// <param name="Source"><c>policy</c> or <c>set</c>: where it is to be changed.</param>
internal sealed record BudgetReply(
    string Name,
    string Source,
    BudgetWindow Window,
    BudgetPool Per,
    bool Hard,
    IReadOnlyList<string> Agents,
    IReadOnlyList<string> Models,
    long? Tokens,
    decimal? Money,
    string? Currency,
    long? Requests,
    IReadOnlyList<int> WarnAt,
    IReadOnlyList<AccountReply> Accounts);

internal sealed record BudgetsReply(IReadOnlyList<BudgetReply> Budgets);
