using System.Globalization;
using SecretsFirewall.Metering;

namespace SecretsFirewall.Admin;

/// <summary>What models were used for.</summary>
internal sealed class UsageOperations(Meter meter, TimeProvider time)
{
    public void Register(ControlDispatcher dispatcher) => dispatcher.Handle(ControlOperations.Usage, Read);

    public ControlResult<UsageReply> Read(UsageRequest request)
    {
        var until = request.Until ?? time.GetUtcNow();
        if (meter.Usage(UsageKey.HourOf(request.Since), until) is not { } rows)
        {
            return new ControlFailure(ControlFailureKind.Unavailable, "What was used cannot be read from the store.");
        }

        var mine = rows.Where(row => request.Agent is null || row.Key.Agent == request.Agent).ToList();
        var lines = mine.GroupBy(row => NameOf(row.Key, request.By), StringComparer.Ordinal).Select(group => Sum(group.Key, group));
        return new UsageReply(
            request.Since,
            until,
            request.By is UsageGrouping.Hour ? [.. lines.OrderBy(line => line.Name, StringComparer.Ordinal)] : [.. lines.OrderByDescending(line => line.Total).ThenBy(line => line.Name, StringComparer.Ordinal)],
            Sum("total", mine));
    }

    private static string NameOf(in UsageKey key, UsageGrouping by) => by switch
    {
        UsageGrouping.Model => key.Model,
        UsageGrouping.Hour => key.Hour.ToString("yyyy-MM-ddTHH:00Z", CultureInfo.InvariantCulture),
        UsageGrouping.Session => key.Session,
        UsageGrouping.Provider => key.Provider,
        _ => key.Agent,
    };

    private static UsageLine Sum(string name, IEnumerable<UsageRow> rows)
    {
        var all = rows.ToList();
        var sum = all.Aggregate(default(UsageTotals), static (sum, row) => sum + row.Totals);
        var cost = all.Where(static row => row.Key.Currency.Length > 0)
            .GroupBy(static row => row.Key.Currency, StringComparer.Ordinal)
            .OrderBy(static group => group.Key, StringComparer.Ordinal)
            .Select(static group => new CostReply(group.Sum(static row => row.Totals.Cost), group.Key));
        return new UsageLine(
            name,
            sum.Calls,
            sum.Estimated,
            sum.Suspect,
            all.Where(static row => row.Key.Currency.Length == 0).Sum(static row => row.Totals.Calls),
            sum.Tokens.Input,
            sum.Tokens.Output,
            sum.Tokens.CacheRead,
            sum.Tokens.CacheWrite,
            sum.Tokens.Reasoning,
            [.. cost]);
    }
}
