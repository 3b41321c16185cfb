using Microsoft.Extensions.Logging;
using SecretsFirewall.Model;

namespace SecretsFirewall.Metering;

/// <summary>
/// Counts model calls, and says which may be made. Each call is written down before it leaves and taken off, with what it came to, when it is over, in one
/// transaction: what ends this process loses no call and counts none twice.
/// </summary>
internal sealed class Meter : IDisposable
{
    /// <summary>Different models of one agent whose names are kept: it, or an upstream, may make them up. Further ones are one, and no other agent's.</summary>
    private const int MostModelsPerAgent = 200;

    private static readonly TimeSpan Keep = TimeSpan.FromDays(400);

    private readonly IMeteringStore _store;
    private readonly MeteringWriter _writer;
    private readonly BudgetLedger _ledger;
    private readonly Dictionary<string, HashSet<string>> _models = new(StringComparer.Ordinal);
    private readonly Lock _changes = new();
    private volatile IReadOnlyList<Budget> _budgets;

    private Meter(IMeteringStore store, IReadOnlyList<Budget> budgets, ILogger logger)
    {
        _store = store;
        _budgets = budgets;
        _writer = new MeteringWriter(store, logger);
        _ledger = new BudgetLedger(store, _writer);
    }

    /// <summary>Told of each mark that a budget comes to.</summary>
    public event Action<BudgetEvent>? Marked;

    /// <summary>Those that were set by command, beside those of the policy.</summary>
    public IReadOnlyList<Budget> Budgets => _budgets;

    /// <summary>
    /// Takes what was counted, and settles the calls that were under way when the process before ended, each by its estimate: it may have been answered.
    /// </summary>
    /// <returns>Null if the store refused.</returns>
    public static Meter? Open(IMeteringStore store, TimeProvider time, ILogger logger)
    {
        if (!store.Forget(time.GetUtcNow() - Keep) || store.LoadBudgets() is not { } budgets || store.LoadOpen() is not { } open)
        {
            return null;
        }

        var left = new MeteringBatch();
        foreach (var call in open)
        {
            var result = new CallResult(call.Estimate, call.Call.Asked, call.Cost, IsEstimated: true, IsSuspect: false);
            left.Add(UsageKey.Of(call.Call, result), UsageTotals.Of(result));
            left.Closed.Add(call.Call.Id);
        }

        if (!left.IsEmpty && !store.Write(left))
        {
            return null;
        }

        var meter = new Meter(store, budgets, logger);
        if (meter._ledger.LoadMarks())
        {
            return meter;
        }

        meter.Dispose();
        return null;
    }

    /// <summary>A name to count by: bounded in number.</summary>
    public string NameOf(string agent, string model)
    {
        lock (_models)
        {
            if (!_models.TryGetValue(agent, out var known))
            {
                _models[agent] = known = new HashSet<string>(StringComparer.Ordinal);
            }

            return known.Contains(model) || (known.Count < MostModelsPerAgent && known.Add(model)) ? model : Budget.OtherModels;
        }
    }

    /// <summary>Notes a call that is about to leave, and reserves its estimate.</summary>
    /// <param name="policy">The budgets of the policy.</param>
    /// <returns>Null, with why, where a budget refuses it.</returns>
    public MeteredCall? TryBegin(ModelCall call, in TokenUsage estimate, Money? cost, IReadOnlyList<Budget> policy, out BudgetRefusal? refusal)
    {
        var set = _budgets;
        IReadOnlyList<Budget> budgets = set.Count == 0 ? policy : policy.Count == 0 ? set : [.. policy, .. set];
        var reservation = NoReservation;
        refusal = budgets.Count == 0
            ? null
            : _ledger.TryReserve(call, new Spending(estimate.Total, cost?.Amount ?? 0, 1), cost is not null, budgets, out reservation);
        if (refusal is not null)
        {
            return null;
        }

        var open = new OpenCall(call, estimate, cost);
        var written = _writer.Enqueue(open, static (batch, open) => batch.Opened[open.Call.Id] = open);
        return new MeteredCall(open, reservation, reservation.Accounts.Count > 0 ? written : null);
    }

    /// <summary>A call is over. A second end of the same call changes nothing.</summary>
    /// <param name="result">Null where it failed: nothing was spent.</param>
    public void End(MeteredCall call, CallResult? result)
    {
        if (!call.TryEnd())
        {
            return;
        }

        var open = call.Open;
        var spent = result is null ? (Spending?)null : new Spending(result.Usage.Total, result.Cost?.Amount ?? 0, 1);
        foreach (var mark in _ledger.Settle(open.Call, call.Reservation, spent, () => Record(open, result, wasOpened: true)))
        {
            Marked?.Invoke(mark);
        }
    }

    /// <summary>Counts a call that is over, and for which nothing was reserved.</summary>
    public void Count(ModelCall call, CallResult result)
    {
        var spent = new Spending(result.Usage.Total, result.Cost?.Amount ?? 0, 1);
        foreach (var mark in _ledger.Settle(call, Unreserved, spent, () => Record(new OpenCall(call, default, null), result, wasOpened: false)))
        {
            Marked?.Invoke(mark);
        }
    }

    /// <summary>Buckets that begin in the time between; null if the store refused.</summary>
    public IReadOnlyList<UsageRow>? Usage(DateTimeOffset since, DateTimeOffset until) => _writer.Flush() ? _store.LoadUsage(since, until, null) : null;

    public IReadOnlyList<BudgetAccount>? Accounts(IReadOnlyList<Budget> budgets, DateTimeOffset now) => _ledger.Accounts(budgets, now);

    public int? Reset(Budget budget, string? pool, DateTimeOffset now) => _ledger.Reset(budget, pool, now);

    /// <summary>Adds a budget, or puts it in place of the one of its name. False if the store refused.</summary>
    public bool Set(Budget budget)
    {
        lock (_changes)
        {
            if (!_store.SaveBudget(budget))
            {
                return false;
            }

            _budgets = [.. _budgets.Where(one => one.Id != budget.Id), budget];
            return true;
        }
    }

    /// <summary>False if the store refused.</summary>
    public bool Remove(string id)
    {
        lock (_changes)
        {
            if (!_store.DeleteBudget(id))
            {
                return false;
            }

            _budgets = [.. _budgets.Where(one => one.Id != id)];
            return true;
        }
    }

    public void Dispose() => _writer.Dispose();

    private static Reservation NoReservation { get; } = new([], default, 0);

    // Older than every account: all that are for the call are looked for.
    private static Reservation Unreserved { get; } = new([], default, -1);

    private void Record(OpenCall open, CallResult? result, bool wasOpened) => _writer.Enqueue((open, result, wasOpened), static (batch, end) =>
    {
        if (end.wasOpened)
        {
            batch.Close(end.open.Call.Id);
        }

        if (end.result is { } result)
        {
            batch.Add(UsageKey.Of(end.open.Call, result), UsageTotals.Of(result));
        }
    });
}

/// <summary>A call that is under way.</summary>
/// <param name="Written">Not null where a budget is for it: it may leave once this is true.</param>
internal sealed record MeteredCall(OpenCall Open, Reservation Reservation, Task<bool>? Written)
{
    private int _isOver;

    public bool TryEnd() => Interlocked.Exchange(ref _isOver, 1) == 0;
}
