using System.Globalization;
using Microsoft.Data.Sqlite;
using SecretsFirewall.Metering;
using SecretsFirewall.Model;

namespace SecretsFirewall.Storage;

/// <summary>Usage and budgets. Money is a decimal in text: SQLite has none, and adding floats would not give what was spent.</summary>
internal sealed class MeteringTables(SqliteSession session) : IMeteringStore
{
    public bool Write(MeteringBatch batch) => session.TryWrite((connection, transaction) =>
    {
        foreach (var open in batch.Opened.Values)
        {
            Insert(connection, transaction, open);
        }

        foreach (var id in batch.Closed)
        {
            connection.Execute("DELETE FROM open_calls WHERE id = $id", transaction, ("$id", id));
        }

        foreach (var (key, totals) in batch.Added)
        {
            Add(connection, transaction, key, totals);
        }

        foreach (var mark in batch.Marks.Values)
        {
            connection.Execute(
                """
                INSERT OR REPLACE INTO budget_marks (account, window_ms, percent, forgiven_tokens, forgiven_money, forgiven_requests)
                VALUES ($account, $window, $percent, $tokens, $money, $requests)
                """,
                transaction,
                ("$account", mark.Account),
                ("$window", mark.Window.ToUnixTimeMilliseconds()),
                ("$percent", mark.Percent),
                ("$tokens", mark.Forgiven.Tokens),
                ("$money", Text(mark.Forgiven.Money)),
                ("$requests", mark.Forgiven.Requests));
        }
    });

    public IReadOnlyList<OpenCall>? LoadOpen() => Load(
        """
        SELECT id, at_ms, agent, session, provider, asked, input, output, cost, currency FROM open_calls
        """,
        static row => new OpenCall(
            new ModelCall(row.GetString(0), row.GetTime(1), row.GetString(2), row.GetString(3), row.GetString(4), row.GetString(5)),
            new TokenUsage(row.GetInt64(6), row.GetInt64(7)),
            row.GetString(9) is { Length: > 0 } currency ? new Money(Number(row.GetString(8)), currency) : null));

    public IReadOnlyList<UsageRow>? LoadUsage(DateTimeOffset since, DateTimeOffset until, string? ofSession) => Load(
        """
        SELECT hour_ms, agent, session, provider, asked, model, currency, calls, estimated, suspect, input, output, cache_read, cache_write, reasoning, cost
        FROM usage_hours WHERE hour_ms >= $since AND hour_ms < $until AND ($session IS NULL OR session = $session)
        """,
        static row => new UsageRow(
            new UsageKey(row.GetTime(0), row.GetString(1), row.GetString(2), row.GetString(3), row.GetString(4), row.GetString(5), row.GetString(6)),
            new UsageTotals(
                row.GetInt64(7),
                row.GetInt64(8),
                row.GetInt64(9),
                new TokenUsage(row.GetInt64(10), row.GetInt64(11), row.GetInt64(12), row.GetInt64(13), row.GetInt64(14)),
                Number(row.GetString(15)))),
        ("$since", since.ToUnixTimeMilliseconds()),
        ("$until", until.ToUnixTimeMilliseconds()),
        ("$session", ofSession));

    public IReadOnlyList<AccountMark>? LoadMarks() => Load(
        "SELECT account, window_ms, percent, forgiven_tokens, forgiven_money, forgiven_requests FROM budget_marks",
        static row => new AccountMark(row.GetString(0), row.GetTime(1), row.GetInt32(2), new Spending(row.GetInt64(3), Number(row.GetString(4)), row.GetInt64(5))));

    public IReadOnlyList<Budget>? LoadBudgets() => Load(
        "SELECT id, period, per, hard, agents, models, tokens, money, currency, requests, warn_at, unpriced FROM budgets ORDER BY id",
        static row => new Budget(
            row.GetString(0),
            Enum.Parse<BudgetWindow>(row.GetString(1), ignoreCase: true),
            Enum.Parse<BudgetPool>(row.GetString(2), ignoreCase: true),
            row.GetInt64(3) != 0,
            Patterns(row.GetString(4)),
            Patterns(row.GetString(5)),
            row.IsDBNull(6) ? null : row.GetInt64(6),
            row.GetStringOrNull(7) is { } money ? new Money(Number(money), row.GetString(8)) : null,
            row.IsDBNull(9) ? null : row.GetInt64(9),
            [.. row.GetString(10).Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(static at => int.Parse(at, CultureInfo.InvariantCulture))],
            row.GetInt64(11) != 0));

    public bool SaveBudget(Budget budget) => session.TryWrite((connection, transaction) => connection.Execute(
        """
        INSERT OR REPLACE INTO budgets (id, period, per, hard, agents, models, tokens, money, currency, requests, warn_at, unpriced)
        VALUES ($id, $period, $per, $hard, $agents, $models, $tokens, $money, $currency, $requests, $warn, $unpriced)
        """,
        transaction,
        ("$id", budget.Id),
        ("$period", budget.Window.ToString().ToLowerInvariant()),
        ("$per", budget.Per.ToString().ToLowerInvariant()),
        ("$hard", budget.IsHard ? 1L : 0L),
        ("$agents", string.Join(' ', budget.Agents)),
        ("$models", string.Join(' ', budget.Models)),
        ("$tokens", budget.Tokens),
        ("$money", budget.Money is { } money ? Text(money.Amount) : null),
        ("$currency", budget.Money?.Currency ?? ""),
        ("$requests", budget.Requests),
        ("$warn", string.Join(' ', budget.WarnAt ?? [])),
        ("$unpriced", budget.AllowsUnpriced ? 1L : 0L)));

    public bool DeleteBudget(string id) => session.TryWrite((connection, transaction) =>
        connection.Execute("DELETE FROM budgets WHERE id = $id", transaction, ("$id", id)));

    public bool Forget(DateTimeOffset before) => session.TryWrite((connection, transaction) =>
    {
        connection.Execute("DELETE FROM usage_hours WHERE hour_ms < $before", transaction, ("$before", before.ToUnixTimeMilliseconds()));
        connection.Execute("DELETE FROM budget_marks WHERE window_ms > 0 AND window_ms < $before", transaction, ("$before", before.ToUnixTimeMilliseconds()));
    });

    private static void Insert(SqliteConnection connection, SqliteTransaction transaction, OpenCall open) => connection.Execute(
        """
        INSERT OR REPLACE INTO open_calls (id, at_ms, agent, session, provider, asked, input, output, cost, currency)
        VALUES ($id, $at, $agent, $session, $provider, $asked, $input, $output, $cost, $currency)
        """,
        transaction,
        ("$id", open.Call.Id),
        ("$at", open.Call.At.ToUnixTimeMilliseconds()),
        ("$agent", open.Call.Agent),
        ("$session", open.Call.Session),
        ("$provider", open.Call.Provider),
        ("$asked", open.Call.Asked),
        ("$input", open.Estimate.Input),
        ("$output", open.Estimate.Output),
        ("$cost", Text(open.Cost?.Amount ?? 0)),
        ("$currency", open.Cost?.Currency ?? ""));

    private static void Add(SqliteConnection connection, SqliteTransaction transaction, in UsageKey key, in UsageTotals totals)
    {
        const string Bucket = "hour_ms = $hour AND agent = $agent AND session = $session AND provider = $provider AND asked = $asked AND model = $model AND currency = $currency";
        (string Name, object? Value)[] place =
        [
            ("$hour", key.Hour.ToUnixTimeMilliseconds()),
            ("$agent", key.Agent),
            ("$session", key.Session),
            ("$provider", key.Provider),
            ("$asked", key.Asked),
            ("$model", key.Model),
            ("$currency", key.Currency),
        ];
        (string Name, object? Value)[] sums =
        [
            ("$calls", totals.Calls),
            ("$estimated", totals.Estimated),
            ("$suspect", totals.Suspect),
            ("$input", totals.Tokens.Input),
            ("$output", totals.Tokens.Output),
            ("$read", totals.Tokens.CacheRead),
            ("$write", totals.Tokens.CacheWrite),
            ("$reasoning", totals.Tokens.Reasoning),
        ];
        var before = connection.ScalarOrNull<string>($"SELECT cost FROM usage_hours WHERE {Bucket}", transaction, place);
        var cost = Text(Number(before ?? "0") + totals.Cost);
        connection.Execute(
            before is null
                ? """
                  INSERT INTO usage_hours (hour_ms, agent, session, provider, asked, model, currency, calls, estimated, suspect, input, output, cache_read, cache_write, reasoning, cost)
                  VALUES ($hour, $agent, $session, $provider, $asked, $model, $currency, $calls, $estimated, $suspect, $input, $output, $read, $write, $reasoning, $cost)
                  """
                : $"""
                  UPDATE usage_hours SET calls = calls + $calls, estimated = estimated + $estimated, suspect = suspect + $suspect, input = input + $input,
                      output = output + $output, cache_read = cache_read + $read, cache_write = cache_write + $write, reasoning = reasoning + $reasoning, cost = $cost
                  WHERE {Bucket}
                  """,
            transaction,
            [.. place, .. sums, ("$cost", cost)]);
    }

    private List<T>? Load<T>(string sql, Func<SqliteDataReader, T> read, params (string Name, object? Value)[] parameters)
    {
        List<T>? rows = null;
        return session.TryRun(connection => rows = connection.Query(sql, read, parameters)) ? rows : null;
    }

    private static NamePattern[] Patterns(string text) => [.. text.Split(' ').Select(static one => new NamePattern(one))];

    private static string Text(decimal number) => number.ToString(CultureInfo.InvariantCulture);

    private static decimal Number(string text) => decimal.Parse(text, NumberStyles.Number, CultureInfo.InvariantCulture);
}
