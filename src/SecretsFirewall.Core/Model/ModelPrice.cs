namespace SecretsFirewall.Model;

/// <summary>An amount of money.</summary>
/// <param name="Currency">Three capital letters (ISO 4217).</param>
public readonly record struct Money(decimal Amount, string Currency);

/// <summary>What a provider charges for a model.</summary>
/// <param name="Model">Which names it is for.</param>
/// <param name="Provider">Whose; null for anybody's.</param>
/// <param name="Input">For a million tokens, as are the others.</param>
/// <param name="From">The first day on which it holds, in UTC.</param>
public sealed record ModelPrice(
    NamePattern Model, string? Provider, decimal Input, decimal Output, decimal CacheRead, decimal CacheWrite, string Currency, DateOnly From)
{
    private const decimal Million = 1_000_000m;

    /// <summary>Exact: nothing is rounded.</summary>
    public Money CostOf(in TokenUsage usage) => new(
        ((usage.Input * Input) + (usage.Output * Output) + (usage.CacheRead * CacheRead) + (usage.CacheWrite * CacheWrite)) / Million, Currency);
}
