using System.Globalization;
using SecretsFirewall.Approvals;
using SecretsFirewall.Audit;
using SecretsFirewall.Metering;
using SecretsFirewall.Model;

namespace SecretsFirewall.Admin;

/// <summary>
/// Budgets: those that were set here, and those of the policy, which are changed there. Every change is recorded with who made it before it counts; what cannot be recorded
/// does not happen.
/// </summary>
/// <param name="policy">The policy's; null where no policy is in force because nothing runs.</param>
/// <param name="record">False where the audit cannot be written.</param>
internal sealed class BudgetOperations(Meter meter, Func<IReadOnlyList<Budget>>? policy, Func<AuditRecord, bool> record, TimeProvider time)
{
    private const long MostCount = 1_000_000_000_000_000;
    private const decimal MostMoney = 1_000_000_000_000;

    public void Register(ControlDispatcher dispatcher) => dispatcher
        .Handle(ControlOperations.BudgetSet, request => Set(request, ApprovalOperations.Owner))
        .Handle(ControlOperations.BudgetShow, _ => Show())
        .Handle(ControlOperations.BudgetReset, request => Reset(request, ApprovalOperations.Owner))
        .Handle(ControlOperations.BudgetRemove, request => Remove(request.Name, ApprovalOperations.Owner));

    private IReadOnlyList<Budget> OfPolicy => policy?.Invoke() ?? [];

    public ControlResult<NoContent> Set(SetBudgetRequest request, Approver by)
    {
        if (Problem(request) is { } problem)
        {
            return new ControlFailure(ControlFailureKind.Refused, problem);
        }

        var budget = new Budget(
            request.Name,
            request.Window,
            request.Per,
            request.Hard,
            Patterns(request.Agents),
            Patterns(request.Models),
            request.Tokens,
            request.Money is { } money ? new Money(money, request.Currency) : null,
            request.Requests,
            [.. request.WarnAt.Distinct().Order()],
            request.AllowUnpriced);
        return !Record(budget.Id, by, $"Set: {(budget.IsHard ? "hard" : "soft")}, {LimitsOf(budget)} a {budget.Window.ToString().ToLowerInvariant()}.") ? NotAudited
            : meter.Set(budget) ? NoContent.Instance
            : Unavailable;
    }

    public ControlResult<BudgetsReply> Show()
    {
        var replies = new List<BudgetReply>();
        foreach (var (budget, source) in OfPolicy.Select(one => (one, "policy")).Concat(meter.Budgets.Select(one => (one, "set"))))
        {
            if (meter.Accounts([budget], time.GetUtcNow()) is not { } accounts)
            {
                return Unavailable;
            }

            replies.Add(new BudgetReply(
                budget.Id,
                source,
                budget.Window,
                budget.Per,
                budget.IsHard,
                [.. budget.Agents.Select(static one => one.Text)],
                [.. budget.Models.Select(static one => one.Text)],
                budget.Tokens,
                budget.Money?.Amount,
                budget.Money?.Currency,
                budget.Requests,
                budget.WarnAt ?? [],
                [.. accounts.OrderByDescending(account => account.PercentOf(budget)).ThenBy(static account => account.Name, StringComparer.Ordinal).Select(account => Reply(account, budget))]));
        }

        return new BudgetsReply(replies);
    }

    public ControlResult<ResetBudgetReply> Reset(ResetBudgetRequest request, Approver by)
    {
        if (OfPolicy.Concat(meter.Budgets).FirstOrDefault(one => one.Id == request.Name) is not { } budget)
        {
            return Unknown(request.Name);
        }

        return !Record(budget.Id, by, request.Pool is { } pool ? $"Begun anew for {pool}." : "Begun anew.") ? NotAudited
            : meter.Reset(budget, request.Pool, time.GetUtcNow()) is { } accounts ? new ResetBudgetReply(accounts)
            : Unavailable;
    }

    public ControlResult<NoContent> Remove(string name, Approver by) =>
        meter.Budgets.All(one => one.Id != name) ? Unknown(name)
        : !Record(name, by, "Removed.") ? NotAudited
        : meter.Remove(name) ? NoContent.Instance
        : Unavailable;

    private bool Record(string budget, Approver by, string detail) => record(new AuditRecord
    {
        Type = AuditTypes.BudgetChanged,
        Rule = budget,
        Approval = new AuditApproval("", null, by.Name, by.Role.Word(), Trust: null),
        Detail = detail,
    });

    private static string LimitsOf(Budget budget) => string.Join(", ", new[]
    {
        budget.Tokens is { } tokens ? string.Create(CultureInfo.InvariantCulture, $"{tokens} tokens") : "",
        budget.Money is { } money ? string.Create(CultureInfo.InvariantCulture, $"{money.Amount} {money.Currency}") : "",
        budget.Requests is { } requests ? string.Create(CultureInfo.InvariantCulture, $"{requests} requests") : "",
    }.Where(static part => part.Length > 0));

    private ControlFailure Unknown(string name) => new(
        ControlFailureKind.Refused,
        policy is null ? $"No budget {name} was set. Those of the policy are known while the firewall runs."
        : OfPolicy.Any(one => one.Id == name) ? $"The budget {name} stands in the policy, and is removed there."
        : $"There is no budget {name}. `sfw budget show` lists them.");

    private static ControlFailure NotAudited => new(ControlFailureKind.Unavailable, "The audit log cannot be written, so nothing was changed.");

    private static ControlFailure Unavailable => new(ControlFailureKind.Unavailable, "The store cannot be read or written; is the disk full?");

    private string? Problem(SetBudgetRequest request) =>
        request.Name.Length is 0 or > 64 || !request.Name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '-') ? "A name has letters, digits, '_', '.' and '-', 1 to 64 of them."
        : OfPolicy.Any(one => one.Id == request.Name) ? $"The policy has a budget {request.Name}: change it there, or take another name."
        : request is { Tokens: null, Money: null, Requests: null } ? "A budget needs a limit: tokens, money or requests."
        : request.Tokens is < 0 or > MostCount || request.Requests is < 0 or > MostCount || request.Money is < 0 or > MostMoney ? "A limit is not in its range."
        : request.Currency.Length != 3 || request.Currency.AsSpan().ContainsAnyExceptInRange('A', 'Z') ? "A currency is three capital letters."
        : request.WarnAt.Any(static at => at is < 1 or > 99) ? "A warning is a percentage from 1 to 99."
        : request.Agents.Concat(request.Models).Any(static name => name.Length is 0 or > 128 || name.AsSpan().ContainsAnyExceptInRange('!', '~')) ? "A name of an agent or model is visible ASCII."
        : null;

    private static NamePattern[] Patterns(IReadOnlyList<string> names) => names.Count == 0 ? [NamePattern.Any] : [.. names.Select(static name => new NamePattern(name))];

    private static AccountReply Reply(BudgetAccount account, Budget budget)
    {
        var (spent, reserved) = (account.Counting, account.Reserved);
        return new AccountReply(
            account.Pool,
            account.Session,
            budget.Window is BudgetWindow.Session ? null : account.Window,
            account.PercentOf(budget),
            spent.Tokens,
            spent.Money,
            spent.Requests,
            reserved.Tokens,
            reserved.Money,
            reserved.Requests);
    }
}
