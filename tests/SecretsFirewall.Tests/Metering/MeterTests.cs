using Microsoft.Extensions.Logging.Abstractions;
using SecretsFirewall.Metering;
using SecretsFirewall.Model;
using SecretsFirewall.Storage;

namespace SecretsFirewall.Tests.Metering;

/// <summary>Budgets on a real store.</summary>
public sealed class MeterTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly FakeTime _time = new();
    private readonly List<BudgetEvent> _marks = [];
    private SqliteStore _store;
    private Meter _meter;
    private int _calls;

    public MeterTests() => (_store, _meter) = Open();

    public void Dispose()
    {
        _meter.Dispose();
        _store.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Bucket_HoldsTheSumOfAnHour()
    {
        Call(new TokenUsage(1, 2, 3, 4, 1), 0.1m);
        Call(new TokenUsage(10, 20, 30, 40, 5), 0.2m);
        _time.Advance(TimeSpan.FromHours(1));
        Call(new TokenUsage(5, 5), null);

        var rows = _meter.Usage(DateTimeOffset.MinValue, DateTimeOffset.MaxValue)!.OrderBy(row => row.Key.Hour).ToList();

        Assert.Equal(2, rows.Count);
        Assert.Equal(new UsageTotals(2, 0, 0, new TokenUsage(11, 22, 33, 44, 6), 0.3m), rows[0].Totals);
        Assert.Equal(("ada", "s", "openai", "m", "m-1", "USD"), (rows[0].Key.Agent, rows[0].Key.Session, rows[0].Key.Provider, rows[0].Key.Asked, rows[0].Key.Model, rows[0].Key.Currency));
        Assert.Equal("", rows[1].Key.Currency);
    }

    [Fact]
    public void HardBudget_UsedUp_RefusesUntilItsWindowRolls_AlsoAfterARestart()
    {
        var budget = Tokens(100);
        Call(new TokenUsage(60, 40), null, budget);

        Assert.Equal(BudgetFault.Exhausted, Refused(new TokenUsage(0, 0), budget).Fault);
        Restart();
        Assert.Equal(BudgetFault.Exhausted, Refused(new TokenUsage(0, 0), budget).Fault);
        _time.Advance(TimeSpan.FromHours(12));

        Call(new TokenUsage(60, 0), null, budget);
    }

    [Fact]
    public void Reservation_HoldsWhatItEstimates_UntilItIsSettledOrReleased()
    {
        var budget = Tokens(100);
        var first = Begin(new TokenUsage(30, 30), budget);

        var refusal = Refused(new TokenUsage(30, 30), budget);
        Assert.Equal((BudgetFault.NoRoom, new DateTimeOffset(2026, 6, 2, 0, 0, 0, TimeSpan.Zero)), (refusal.Fault, refusal.WindowEnd));
        _meter.End(first, Result(new TokenUsage(20, 10), null));
        var second = Begin(new TokenUsage(30, 30), budget);
        _meter.End(second, null);
        _meter.End(second, Result(new TokenUsage(1, 1), null)); // over already

        Assert.Equal(30, Account(budget).Counting.Tokens);
        Assert.Equal(default, Account(budget).Reserved);
    }

    [Fact]
    public void FailedCall_SpendsNothing()
    {
        var budget = Requests(1);
        _meter.End(Begin(default, budget), null);

        Call(new TokenUsage(1, 1), null, budget);
        Assert.Equal(BudgetFault.Exhausted, Refused(default, budget).Fault);
    }

    [Fact]
    public void Money_IsReservedAndSpent_ByThePrice()
    {
        var budget = Money(1m);
        var open = Begin(new TokenUsage(1, 1), budget, cost: 0.7m);

        Assert.Equal(BudgetFault.NoRoom, Refused(new TokenUsage(1, 1), budget, cost: 0.300000001m).Fault);
        _meter.End(open, Result(new TokenUsage(1, 1), 0.9m));
        Call(new TokenUsage(1, 1), 0.1m, budget);
        Assert.Equal(BudgetFault.Exhausted, Refused(new TokenUsage(1, 1), budget, cost: 0m).Fault);
    }

    [Fact]
    public void ModelWithoutAPrice_UnderAHardBudgetOfMoney_IsRefused_UnlessThePolicySaysOtherwise()
    {
        Assert.Equal(BudgetFault.Unpriced, Refused(new TokenUsage(1, 1), Money(1m)).Fault);

        Call(new TokenUsage(1, 1), null, Money(1m) with { AllowsUnpriced = true });
        Call(new TokenUsage(1, 1), null, Money(1m) with { IsHard = false });
    }

    [Fact]
    public void SoftBudget_OnlyWarns_OnceInAWindow()
    {
        var budget = Tokens(100) with { IsHard = false, WarnAt = [50, 80] };
        for (var i = 0; i < 12; i++)
        {
            Call(new TokenUsage(10, 0), null, budget);
        }

        Restart();
        Call(new TokenUsage(10, 0), null, budget);
        Assert.Equal([50, 80, 100], _marks.Select(mark => mark.Percent));
        _time.Advance(TimeSpan.FromDays(1));
        Call(new TokenUsage(85, 0), null, budget);
        Assert.Equal([50, 80, 100, 80], _marks.Select(mark => mark.Percent));
    }

    [Fact]
    public void Reset_ForgivesWhatWasSpent_AlsoAfterARestart()
    {
        var budget = Tokens(100);
        Call(new TokenUsage(100, 0), null, budget);
        Call(new TokenUsage(100, 0), null, budget, agent: "bob");

        Assert.Equal(1, _meter.Reset(budget, "ada", _time.GetUtcNow()));
        Restart();

        Call(new TokenUsage(50, 0), null, budget);
        Assert.Equal(50, Account(budget).Counting.Tokens);
        Assert.Equal(BudgetFault.Exhausted, Refused(default, budget, agent: "bob").Fault);
        Assert.Equal(2, _meter.Reset(budget, null, _time.GetUtcNow()));
    }

    [Theory]
    [InlineData(BudgetPool.Agent)]
    [InlineData(BudgetPool.Group)]
    [InlineData(BudgetPool.Model)]
    public void Pool_SaysWhoSharesIt(BudgetPool per)
    {
        var budget = Requests(1) with { Per = per };
        Call(new TokenUsage(1, 1), null, budget);

        Assert.Equal(per is BudgetPool.Agent, Passes("bob", "m", budget));
        Assert.Equal(per is not BudgetPool.Group, Passes("eve", "n", budget));
        Assert.False(Passes("ada", per is BudgetPool.Model ? "m" : "n", budget));
    }

    [Fact]
    public void SessionBudget_BeginsAnewWithASession()
    {
        var budget = Requests(1) with { Window = BudgetWindow.Session };
        Call(new TokenUsage(1, 1), null, budget, session: "one");

        Assert.Equal(BudgetFault.Exhausted, Refused(default, budget, session: "one").Fault);
        Call(new TokenUsage(1, 1), null, budget, session: "two");
        _time.Advance(TimeSpan.FromDays(3));
        Restart();
        Assert.Equal(BudgetFault.Exhausted, Refused(default, budget, session: "one").Fault);
    }

    [Fact]
    public void NewBudget_KnowsWhatWasSpentBefore_AndWhatWasUnderWay()
    {
        var underWay = Begin(new TokenUsage(10, 0), Tokens(1000));
        Call(new TokenUsage(10, 0), null);
        var budget = Tokens(50) with { Id = "new" };
        Call(new TokenUsage(10, 0), null, budget);
        _meter.End(underWay, Result(new TokenUsage(10, 0), null));

        Assert.Equal(30, Account(budget).Counting.Tokens);
    }

    [Fact]
    public void SeveralBudgets_ReserveAllOrNone()
    {
        var (wide, narrow) = (Tokens(100) with { Id = "wide" }, Tokens(10) with { Id = "narrow" });

        Assert.Equal("narrow", Refused(new TokenUsage(20, 0), [wide, narrow]).Budget!.Id);

        Begin(new TokenUsage(100, 0), wide);
    }

    [Fact]
    public void SetBudget_HoldsBesideThePolicys_AndIsKept()
    {
        var budget = new Budget(
            "set", BudgetWindow.Month, BudgetPool.Group, true, [new NamePattern("a*"), new NamePattern("b")], [new NamePattern("m")], 5, new Money(1.25m, "EUR"), 7, [50, 90], true);
        Assert.True(_meter.Set(budget));
        Assert.True(_meter.Set(budget with { Requests = 1 }));
        Restart();

        var kept = Assert.Single(_meter.Budgets);
        Assert.Equal(budget.Scope, kept.Scope);
        Assert.Equal((5L, new Money(1.25m, "EUR"), 1L, true, true), (kept.Tokens, kept.Money, kept.Requests, kept.IsHard, kept.AllowsUnpriced));
        Assert.Equal([50, 90], kept.WarnAt!);
        Call(new TokenUsage(1, 1), null);
        Assert.Equal(BudgetFault.Exhausted, Refused(default, []).Fault);
        Assert.True(_meter.Remove("set"));
        Call(new TokenUsage(1, 1), null);
    }

    [Fact]
    public async Task CallsUnderWay_WhenTheProcessEnds_AreSettledOnceByTheirEstimate()
    {
        var budget = Tokens(100);
        var open = Begin(new TokenUsage(30, 30), budget, cost: 0.5m);
        Assert.True(await open.Written!);
        Restart();
        Restart();

        var row = Assert.Single(_meter.Usage(DateTimeOffset.MinValue, DateTimeOffset.MaxValue)!);
        Assert.Equal(new UsageTotals(1, 1, 0, new TokenUsage(30, 30), 0.5m), row.Totals);
        Assert.Equal(BudgetFault.NoRoom, Refused(new TokenUsage(41, 0), budget).Fault);
        Call(new TokenUsage(40, 0), null, budget);
    }

    [Fact]
    public async Task Race_FiftyCallsOnABudgetOfTen_ExactlyTenPass()
    {
        var budget = Requests(10);
        var passed = 0;
        using var together = new Barrier(50);

        await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Task.Factory.StartNew(
            () =>
            {
                together.SignalAndWait();
                if (TryBegin("ada", "s", "m", new TokenUsage(1, 1), null, [budget], out var refusal) is { } call)
                {
                    Interlocked.Increment(ref passed);
                    _meter.End(call, Result(new TokenUsage(1, 1), null));
                }
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default)));

        Assert.Equal(10, passed);
        Assert.Equal(10, _meter.Usage(DateTimeOffset.MinValue, DateTimeOffset.MaxValue)!.Sum(row => row.Totals.Calls));
    }

    [Fact]
    public void TenThousandCalls_FromManyThreads_BucketsAreTheirSumsExactly()
    {
        var budget = Tokens(long.MaxValue / 4) with { WarnAt = null };
        var expected = new Dictionary<(string Agent, string Model), UsageTotals>();
        Parallel.For(0, 10_000, new ParallelOptions { MaxDegreeOfParallelism = 16 }, i =>
        {
            var (agent, model) = ($"agent-{i % 3}", $"m-{i % 7}");
            var call = TryBegin(agent, $"s-{i % 5}", model, new TokenUsage(100, 100), 1m, [budget], out var refusal)!;
            if (i % 10 == 9)
            {
                _meter.End(call, null);
                return;
            }

            var result = new CallResult(new TokenUsage(i, i + 1, i + 2, i + 3, i % 2), model, new Money(i * 0.000000123m, "USD"), i % 4 == 0, i % 100 == 0);
            _meter.End(call, result);
            lock (expected)
            {
                expected[(agent, model)] = expected.GetValueOrDefault((agent, model)) + UsageTotals.Of(result);
            }
        });

        var rows = _meter.Usage(DateTimeOffset.MinValue, DateTimeOffset.MaxValue)!;
        var sums = rows.GroupBy(row => (row.Key.Agent, row.Key.Model)).ToDictionary(group => group.Key, group => group.Aggregate(default(UsageTotals), (sum, row) => sum + row.Totals));

        Assert.Equal(expected.OrderBy(one => one.Key), sums.OrderBy(one => one.Key));
        Assert.Equal(9_000, rows.Sum(row => row.Totals.Calls));
        Assert.Empty(_store.Metering.LoadOpen()!);
        foreach (var agent in new[] { "agent-0", "agent-1", "agent-2" })
        {
            var account = _meter.Accounts([budget], _time.GetUtcNow())!.Single(one => one.Pool == agent);
            Assert.Equal(sums.Where(one => one.Key.Agent == agent).Sum(one => one.Value.Tokens.Total), account.Counting.Tokens);
            Assert.Equal(default, account.Reserved);
        }
    }

    [Fact]
    public void StoreThatRefuses_LosesNothing_AndLetsNoBudgetedCallLeave()
    {
        var store = new RefusingStore(_store.Metering);
        using var meter = Meter.Open(store, _time, NullLogger.Instance)!;
        var unlimited = meter.TryBegin(Of("ada", "s", "m"), default, null, [], out _)!;
        store.IsRefusing = true;
        meter.End(unlimited, Result(new TokenUsage(7, 0), null));

        Assert.Null(meter.TryBegin(Of("ada", "s", "m"), default, null, [Tokens(10)], out var refusal));
        Assert.Equal(BudgetFault.Unavailable, refusal!.Fault);
        store.IsRefusing = false;

        Assert.Equal(7, Assert.Single(meter.Usage(DateTimeOffset.MinValue, DateTimeOffset.MaxValue)!).Totals.Tokens.Total);
    }

    [Fact]
    public void NamesOfModels_AreBounded()
    {
        for (var i = 0; i < 3_000; i++)
        {
            _meter.NameOf("ada", $"made-up-{i}");
        }

        Assert.Equal("*", _meter.NameOf("ada", "one-more"));
        Assert.Equal("made-up-7", _meter.NameOf("ada", "made-up-7"));
        Assert.Equal("one-more", _meter.NameOf("bob", "one-more")); // nobody uses up another agent's
    }

    [Theory]
    [InlineData("")]
    [InlineData("*")]
    public void Budget_OfOneModel_IsForCallsWhoseModelNobodyKnows(string model)
    {
        var budget = Requests(1) with { Models = [new NamePattern("gpt-5*")] };

        Assert.True(budget.Matches("ada", model));
        Assert.NotNull(TryBegin("ada", "s", "other", default, null, [budget], out _));
        Assert.NotNull(TryBegin("ada", "s", model, default, null, [budget], out _));
        Assert.Null(TryBegin("ada", "s", "gpt-5", default, null, [budget], out _));
    }

    private static Budget Tokens(long most) => new("b", BudgetWindow.Day, BudgetPool.Agent, true, [NamePattern.Any], [NamePattern.Any], most);

    private static Budget Requests(long most) => new("b", BudgetWindow.Day, BudgetPool.Agent, true, [NamePattern.Any], [NamePattern.Any], Requests: most);

    private static Budget Money(decimal most) => new("b", BudgetWindow.Day, BudgetPool.Agent, true, [NamePattern.Any], [NamePattern.Any], Money: new Money(most, "USD"));

    private static CallResult Result(TokenUsage usage, decimal? cost) => new(usage, "m-1", cost is { } amount ? new Money(amount, "USD") : null, false, false);

    private BudgetAccount Account(Budget budget) => _meter.Accounts([budget], _time.GetUtcNow())!.Single(one => one.Pool == "ada");

    private bool Passes(string agent, string model, Budget budget)
    {
        if (TryBegin(agent, "s", model, default, null, [budget], out _) is not { } call)
        {
            return false;
        }

        _meter.End(call, null);
        return true;
    }

    private void Call(TokenUsage usage, decimal? cost, Budget? budget = null, string agent = "ada", string session = "s")
    {
        var call = TryBegin(agent, session, "m", usage, cost, budget is null ? [] : [budget], out var refusal);
        Assert.Null(refusal);
        _meter.End(call!, Result(usage, cost));
    }

    private MeteredCall Begin(TokenUsage estimate, Budget budget, decimal? cost = null)
    {
        var call = TryBegin("ada", "s", "m", estimate, cost, [budget], out var refusal);
        Assert.Null(refusal);
        return call!;
    }

    private BudgetRefusal Refused(TokenUsage estimate, Budget budget, decimal? cost = null, string agent = "ada", string session = "s")
    {
        Assert.Null(TryBegin(agent, session, "m", estimate, cost, [budget], out var refusal));
        return refusal!;
    }

    private BudgetRefusal Refused(TokenUsage estimate, IReadOnlyList<Budget> budgets)
    {
        Assert.Null(TryBegin("ada", "s", "m", estimate, null, budgets, out var refusal));
        return refusal!;
    }

    private MeteredCall? TryBegin(string agent, string session, string model, TokenUsage estimate, decimal? cost, IReadOnlyList<Budget> budgets, out BudgetRefusal? refusal) =>
        _meter.TryBegin(Of(agent, session, model), estimate, cost is { } amount ? new Money(amount, "USD") : null, budgets, out refusal);

    private ModelCall Of(string agent, string session, string model) => new($"{Interlocked.Increment(ref _calls)}-{Guid.NewGuid():n}", _time.GetUtcNow(), agent, session, "openai", model);

    private void Restart()
    {
        _meter.Dispose();
        _store.Dispose();
        (_store, _meter) = Open();
    }

    private (SqliteStore, Meter) Open()
    {
        var store = SqliteStore.Open(_folder["firewall.db"], NullLogger.Instance, out var error);
        Assert.Equal(StoreError.None, error);
        var meter = Meter.Open(store!.Metering, _time, NullLogger.Instance)!;
        meter.Marked += _marks.Add;
        return (store, meter);
    }

    private sealed class RefusingStore(IMeteringStore inner) : IMeteringStore
    {
        public volatile bool IsRefusing;

        public bool Write(MeteringBatch batch) => !IsRefusing && inner.Write(batch);

        public IReadOnlyList<OpenCall>? LoadOpen() => inner.LoadOpen();

        public IReadOnlyList<UsageRow>? LoadUsage(DateTimeOffset since, DateTimeOffset until, string? session) => IsRefusing ? null : inner.LoadUsage(since, until, session);

        public IReadOnlyList<AccountMark>? LoadMarks() => inner.LoadMarks();

        public IReadOnlyList<Budget>? LoadBudgets() => inner.LoadBudgets();

        public bool SaveBudget(Budget budget) => inner.SaveBudget(budget);

        public bool DeleteBudget(string id) => inner.DeleteBudget(id);

        public bool Forget(DateTimeOffset before) => inner.Forget(before);
    }
}
