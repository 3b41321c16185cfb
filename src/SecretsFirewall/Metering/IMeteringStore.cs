using SecretsFirewall.Model;

namespace SecretsFirewall.Metering;

/// <summary>What an account remembers beside the buckets, which say what was spent.</summary>
/// <param name="Account">As <see cref="BudgetLedger"/> names it.</param>
/// <param name="Window">When its window began.</param>
/// <param name="Percent">The highest mark that was recorded: 100 for exhaustion.</param>
/// <param name="Forgiven">What had been spent when an operator reset it: it counts no more.</param>
internal sealed record AccountMark(string Account, DateTimeOffset Window, int Percent, Spending Forgiven);

/// <summary>What was spent, by the three measures of a budget.</summary>
internal readonly record struct Spending(long Tokens, decimal Money, long Requests)
{
    public static Spending operator +(Spending one, Spending other) => new(one.Tokens + other.Tokens, one.Money + other.Money, one.Requests + other.Requests);

    public static Spending operator -(Spending one, Spending other) => new(one.Tokens - other.Tokens, one.Money - other.Money, one.Requests - other.Requests);
}

/// <summary>Changes that hold together or not at all.</summary>
internal sealed class MeteringBatch
{
    public Dictionary<string, OpenCall> Opened { get; } = new(StringComparer.Ordinal);

    /// <summary>Calls that are over, of those that an earlier batch opened.</summary>
    public List<string> Closed { get; } = [];

    public Dictionary<UsageKey, UsageTotals> Added { get; } = [];

    public Dictionary<string, AccountMark> Marks { get; } = new(StringComparer.Ordinal);

    public bool IsEmpty => Opened.Count + Closed.Count + Added.Count + Marks.Count == 0;

    /// <summary>A call is over. One that opened in this very batch leaves no trace but its sum.</summary>
    public void Close(string id)
    {
        if (!Opened.Remove(id))
        {
            Closed.Add(id);
        }
    }

    public void Add(in UsageKey key, in UsageTotals totals) => Added[key] = Added.GetValueOrDefault(key) + totals;

    /// <summary>Puts an earlier batch, which could not be written, before this one.</summary>
    public void TakeBack(MeteringBatch earlier)
    {
        foreach (var id in Closed.Where(earlier.Opened.ContainsKey).ToList())
        {
            earlier.Opened.Remove(id);
            Closed.Remove(id);
        }

        foreach (var (id, open) in earlier.Opened)
        {
            Opened.TryAdd(id, open);
        }

        Closed.AddRange(earlier.Closed);
        foreach (var (key, totals) in earlier.Added)
        {
            Add(key, totals);
        }

        foreach (var (account, mark) in earlier.Marks)
        {
            Marks.TryAdd(account, mark);
        }
    }
}

/// <summary>Where usage and budgets are kept. Null and false: the store refused, and nothing was changed.</summary>
internal interface IMeteringStore
{
    bool Write(MeteringBatch batch);

    IReadOnlyList<OpenCall>? LoadOpen();

    /// <param name="session">Only its buckets; null for all.</param>
    IReadOnlyList<UsageRow>? LoadUsage(DateTimeOffset since, DateTimeOffset until, string? session);

    IReadOnlyList<AccountMark>? LoadMarks();

    IReadOnlyList<Budget>? LoadBudgets();

    bool SaveBudget(Budget budget);

    bool DeleteBudget(string id);

    /// <summary>Drops buckets and marks from before.</summary>
    bool Forget(DateTimeOffset before);
}
