using SecretsFirewall.Model;

namespace SecretsFirewall.Metering;

/// <summary>Why a call may not be made.</summary>
internal enum BudgetFault
{
    None = 0,

    /// <summary>Used up: latched until the window rolls or an operator resets it.</summary>
    Exhausted,

    /// <summary>What this call may come to is more than is left.</summary>
    NoRoom,

    /// <summary>The model has no price, so that nobody can say what it would cost.</summary>
    Unpriced,

    /// <summary>What was spent could not be read or written.</summary>
    Unavailable,
}

/// <param name="WindowEnd">Null for a session.</param>
internal sealed record BudgetRefusal(BudgetFault Fault, Budget? Budget, DateTimeOffset? WindowEnd);

/// <summary>A budget came to a mark for the first time in its window.</summary>
/// <param name="Percent">100 where it is used up.</param>
internal sealed record BudgetEvent(Budget Budget, string Pool, int Percent, ModelCall Call);

/// <summary>
/// What may still be spent. Buckets are what was spent; an account is the sum of those that its budget is for, read when it is first asked for, and counted
/// on from there. So there is no second book that could disagree with the first, and a new budget knows what was spent before it.
/// <code>
///   reserve an estimate ──► forward ──► settle by what it came to
///        │ no room                  └─► release, where it failed
///        └─► refused
/// </code>
/// </summary>
internal sealed class BudgetLedger(IMeteringStore store, MeteringWriter writer)
{
    /// <summary>Beyond so many accounts, those of windows that are over go.</summary>
    private const int ManyAccounts = 4_096;

    /// <summary>Sessions have no end that anybody tells; those that were silent for so long are not shown.</summary>
    private static readonly TimeSpan LongestShownSession = TimeSpan.FromDays(31);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, BudgetAccount> _accounts = new(StringComparer.Ordinal);
    private readonly Dictionary<string, AccountMark> _marks = new(StringComparer.Ordinal);
    private long _opened;

    /// <summary>False if the store refused.</summary>
    public bool LoadMarks()
    {
        if (store.LoadMarks() is not { } marks)
        {
            return false;
        }

        foreach (var mark in marks)
        {
            _marks[mark.Account] = mark;
        }

        return true;
    }

    /// <summary>Takes an estimate from every budget that is for the call, or from none.</summary>
    public BudgetRefusal? TryReserve(ModelCall call, in Spending estimate, bool isPriced, IReadOnlyList<Budget> budgets, out Reservation reservation)
    {
        lock (_lock)
        {
            var accounts = new List<BudgetAccount>();
            reservation = new Reservation(accounts, estimate, 0);
            foreach (var budget in budgets)
            {
                if (!budget.Matches(call.Agent, call.Asked))
                {
                    continue;
                }

                if (budget is { IsHard: true, Money: not null, AllowsUnpriced: false } && !isPriced)
                {
                    return new BudgetRefusal(BudgetFault.Unpriced, budget, null);
                }

                if (Find(budget, call) is not { } account)
                {
                    if (budget.IsHard)
                    {
                        return new BudgetRefusal(BudgetFault.Unavailable, budget, null);
                    }

                    continue;
                }

                if (budget.IsHard && !account.HasRoomFor(estimate, budget))
                {
                    return new BudgetRefusal(account.IsExhausted(budget) ? BudgetFault.Exhausted : BudgetFault.NoRoom, budget, budget.EndOf(account.Window));
                }

                accounts.Add(account);
            }

            foreach (var account in accounts)
            {
                account.Reserved += estimate;
            }

            reservation = reservation with { Opened = _opened };
            return null;
        }
    }

    /// <summary>Ends a reservation; <paramref name="spent"/> is null where nothing was.</summary>
    /// <param name="record">Hands the call's sums to the writer, under this lock: an account that is opened meanwhile reads them once.</param>
    public IReadOnlyList<BudgetEvent> Settle(ModelCall call, Reservation reservation, Spending? spent, Action record)
    {
        List<BudgetEvent>? events = null;
        lock (_lock)
        {
            foreach (var account in reservation.Accounts)
            {
                account.Reserved -= reservation.Estimate;
            }

            if (spent is { } amount)
            {
                foreach (var account in reservation.Accounts)
                {
                    Spend(account, amount);
                }

                if (reservation.Opened != _opened)
                {
                    foreach (var account in _accounts.Values.Where(one => IsFor(one, call) && !reservation.Accounts.Contains(one)).ToList())
                    {
                        Spend(account, amount);
                    }
                }
            }

            record();
        }

        return events ?? [];

        void Spend(BudgetAccount account, in Spending amount)
        {
            account.Spent += amount;
            var percent = account.PercentOf(account.Budget);
            var mark = percent == 100 ? 100 : account.Budget.WarnAt?.LastOrDefault(at => at <= percent) ?? 0;
            if (mark > account.Percent)
            {
                account.Percent = mark;
                Keep(account);
                (events ??= []).Add(new BudgetEvent(account.Budget, account.Pool, mark, call));
            }
        }
    }

    /// <summary>Every account of the budgets that has something in its present window.</summary>
    public IReadOnlyList<BudgetAccount>? Accounts(IReadOnlyList<Budget> budgets, DateTimeOffset now)
    {
        lock (_lock)
        {
            var found = new List<BudgetAccount>();
            foreach (var budget in budgets)
            {
                var since = budget.Window is BudgetWindow.Session ? now - LongestShownSession : budget.StartOf(now);
                if (!writer.Flush() || store.LoadUsage(since, DateTimeOffset.MaxValue, null) is not { } rows)
                {
                    return null;
                }

                var calls = rows
                    .Where(row => budget.Matches(row.Key.Agent, row.Key.Asked))
                    .Select(row => new ModelCall("", now, row.Key.Agent, row.Key.Session, "", row.Key.Asked))
                    .DistinctBy(call => NameOf(budget, call), StringComparer.Ordinal);
                found.AddRange(calls.Select(call => Find(budget, call)).OfType<BudgetAccount>());
            }

            return found;
        }
    }

    /// <summary>What was spent until now counts no more.</summary>
    /// <param name="pool">Only of this agent or model; null for all.</param>
    /// <returns>How many accounts; null if the store refused.</returns>
    public int? Reset(Budget budget, string? pool, DateTimeOffset now)
    {
        lock (_lock)
        {
            if (Accounts([budget], now) is not { } accounts)
            {
                return null;
            }

            var mine = accounts.Where(one => pool is null || one.Pool == pool).ToList();
            foreach (var account in mine)
            {
                (account.Forgiven, account.Percent) = (account.Spent, 0);
                Keep(account);
            }

            return writer.Flush() ? mine.Count : null;
        }
    }

    private BudgetAccount? Find(Budget budget, ModelCall call)
    {
        var name = NameOf(budget, call);
        var window = budget.StartOf(call.At);
        if (_accounts.TryGetValue(name, out var account) && account.Window == window)
        {
            account.Budget = budget;
            return account;
        }

        if (account is not null && account.Window > window)
        {
            return account; // began before a window rolled that others have seen roll
        }

        // What is pending is written first, and read with the rest.
        if (!writer.Flush() || store.LoadUsage(window, DateTimeOffset.MaxValue, budget.Window is BudgetWindow.Session ? call.Session : null) is not { } rows)
        {
            return null;
        }

        var spent = rows
            .Where(row => budget.Matches(row.Key.Agent, row.Key.Asked) && NameOf(budget, call with { Agent = row.Key.Agent, Session = row.Key.Session, Asked = row.Key.Asked }) == name)
            .Aggregate(default(Spending), (sum, row) => sum + new Spending(
                row.Totals.Tokens.Total, row.Key.Currency == budget.Money?.Currency ? row.Totals.Cost : 0, row.Totals.Calls));
        DropOld(call.At);
        account = new BudgetAccount(budget, name, PoolOf(budget, call), budget.Window is BudgetWindow.Session ? call.Session : null, window, spent);
        if (_marks.TryGetValue(name, out var mark) && mark.Window == window)
        {
            (account.Percent, account.Forgiven) = (mark.Percent, mark.Forgiven);
        }

        _accounts[name] = account;
        _opened++;
        return account;
    }

    private void DropOld(DateTimeOffset now)
    {
        if (_accounts.Count < ManyAccounts)
        {
            return;
        }

        foreach (var (name, account) in _accounts.ToList())
        {
            if (account.Reserved == default && (account.Budget.EndOf(account.Window) is not { } end || end <= now))
            {
                _accounts.Remove(name); // read again from its buckets, if its session goes on
            }
        }
    }

    private static bool IsFor(BudgetAccount account, ModelCall call) =>
        account.Budget.Matches(call.Agent, call.Asked) && account.Name == NameOf(account.Budget, call) && account.Window == account.Budget.StartOf(call.At);

    private void Keep(BudgetAccount account)
    {
        _marks[account.Name] = account.Mark;
        writer.Enqueue(account.Mark, static (batch, mark) => batch.Marks[mark.Account] = mark);
    }

    private static string PoolOf(Budget budget, ModelCall call) => budget.Per switch
    {
        BudgetPool.Agent => call.Agent,
        BudgetPool.Model => call.Asked,
        _ => "",
    };

    private static string NameOf(Budget budget, ModelCall call) =>
        budget.Window is BudgetWindow.Session ? $"{budget.Scope}|{PoolOf(budget, call)}|{call.Session}" : $"{budget.Scope}|{PoolOf(budget, call)}";
}

/// <summary>What a call holds until it is over.</summary>
/// <param name="Opened">How many accounts had been opened by then.</param>
internal sealed record Reservation(IReadOnlyList<BudgetAccount> Accounts, Spending Estimate, long Opened);
