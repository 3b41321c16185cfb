using System.Globalization;
using SecretsFirewall.Model;

namespace SecretsFirewall.Audit;

/// <summary>What a model call came to.</summary>
/// <param name="Model">As the answer names it, else as the request did; made safe.</param>
/// <param name="IsEstimated">The provider did not say all of it.</param>
/// <param name="IsSuspect">The provider said something that cannot be.</param>
internal sealed record AuditUsage(string Provider, string Model, TokenUsage Tokens, bool IsEstimated, bool IsSuspect)
{
    /// <summary>The model that the request named, where the answer named another; made safe.</summary>
    public string? Asked { get; init; }
}

/// <param name="Amount">A decimal number as text, so that no reader rounds it; null for a model without a price.</param>
internal sealed record AuditCost(string? Amount, string? Currency)
{
    public static AuditCost Unpriced { get; } = new(null, null);

    public static AuditCost Of(Money cost) => new(cost.Amount.ToString("0.############", CultureInfo.InvariantCulture), cost.Currency);
}
