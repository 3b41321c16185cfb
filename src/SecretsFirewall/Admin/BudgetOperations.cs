using SecretsFirewall.Metering;
using SecretsFirewall.Model;

namespace SecretsFirewall.Admin;

/// <summary>Budgets: those that were set here, and those of the policy, which are changed there.</summary>
/// <param name="policy">The policy's; null where no policy is in force because nothing runs.</param>
internal sealed class BudgetOperations(Meter meter, Func<IReadOnlyList<Budget>>? policy, TimeProvider time)
{
    private const long MostCount = 1_000_000_000_000_000;
    private const decimal MostMoney = 1_000_000_000_000;

    public void Register(ControlDispatcher dispatcher) => dispatcher
        .Handle(ControlOperations.BudgetSet, Set)
        .Handle(ControlOperations.BudgetShow, _ => Show())
        .Handle(ControlOperations.BudgetReset, Reset)
        .Handle(ControlOperations.BudgetRemove, Remove);

    private IReadOnlyList<Budget> OfPolicy => policy?.Invoke() ?? [];

    private ControlResult<NoContent> Set(SetBudgetRequest request)
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
        return meter.Set(budget) ? NoContent.Instance : Unavailable;
    }

    private ControlResult<BudgetsReply> Show()
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

    private ControlResult<ResetBudgetReply> Reset(ResetBudgetRequest request)
    {
        if (OfPolicy.Concat(meter.Budgets).FirstOrDefault(one => one.Id == request.Name) is not { } budget)
        {
            return Unknown(request.Name);
        }

        return meter.Reset(budget, request.Pool, time.GetUtcNow()) is { } accounts ? new ResetBudgetReply(accounts) : Unavailable;
    }

    private ControlResult<NoContent> Remove(NameRequest request) =>
        meter.Budgets.All(one => one.Id != request.Name) ? Unknown(request.Name)
        : meter.Remove(request.Name) ? NoContent.Instance
        : Unavailable;

    private ControlFailure Unknown(string name) => new(
        ControlFailureKind.Refused,
        policy is null ? $"No budget {name} was set. Those of the policy are known while the firewall runs."
        : OfPolicy.Any(one => one.Id == name) ? $"The budget {name} stands in the policy, and is removed there."
        : $"There is no budget {name}. `sfw budget show` lists them.");

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
