using SecretsFirewall.Model;

namespace SecretsFirewall.Metering;

/// <summary>A request that a model is to answer, as it is known before it leaves.</summary>
/// <param name="Id">The exchange's.</param>
/// <param name="At">When it came: it belongs to the hour and to the windows of that moment, however long it takes.</param>
/// <param name="Asked">The model that the request names; empty where it names none. Budgets go by it, for it is known in time.</param>
internal sealed record ModelCall(string Id, DateTimeOffset At, string Agent, string Session, string Provider, string Asked);

/// <summary>A call that is under way: written before it leaves, and gone once it is settled. What a crash leaves is settled by its estimate at the next start.</summary>
/// <param name="Cost">Null for a model without a price.</param>
internal sealed record OpenCall(ModelCall Call, TokenUsage Estimate, Money? Cost);

/// <summary>What a call came to.</summary>
/// <param name="Model">As the answer names it, else as the request did.</param>
internal sealed record CallResult(TokenUsage Usage, string Model, Money? Cost, bool IsEstimated, bool IsSuspect);

/// <summary>One bucket: everything alike in one hour of UTC.</summary>
/// <param name="Currency">Empty for what has no price.</param>
internal readonly record struct UsageKey(DateTimeOffset Hour, string Agent, string Session, string Provider, string Asked, string Model, string Currency)
{
    public static UsageKey Of(ModelCall call, CallResult result) =>
        new(HourOf(call.At), call.Agent, call.Session, call.Provider, call.Asked, result.Model, result.Cost?.Currency ?? "");

    public static DateTimeOffset HourOf(DateTimeOffset at) => new(at.UtcDateTime.Date.AddHours(at.UtcDateTime.Hour), TimeSpan.Zero);
}

/// <summary>What is in a bucket.</summary>
/// <param name="Estimated">Of the calls: those about which the provider did not say everything.</param>
/// <param name="Suspect">Of the calls: those about which the provider said something that cannot be.</param>
internal readonly record struct UsageTotals(long Calls, long Estimated, long Suspect, TokenUsage Tokens, decimal Cost)
{
    public static UsageTotals Of(CallResult result) =>
        new(1, result.IsEstimated ? 1 : 0, result.IsSuspect ? 1 : 0, result.Usage, result.Cost?.Amount ?? 0);

    public static UsageTotals operator +(UsageTotals one, UsageTotals other) => new(
        one.Calls + other.Calls, one.Estimated + other.Estimated, one.Suspect + other.Suspect, one.Tokens + other.Tokens, one.Cost + other.Cost);
}

internal readonly record struct UsageRow(UsageKey Key, UsageTotals Totals);
