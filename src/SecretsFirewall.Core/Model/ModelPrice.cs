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

    /// <summary>What all of a call costs whose prompt is longer than a mark; null where the provider has none.</summary>
    public LongPromptPrice? LongPrompt { get; init; }

    /// <summary>Exact: nothing is rounded.</summary>
    public Money CostOf(in TokenUsage usage)
    {
        var (input, output, read, write) = LongPrompt is { } dearer && usage.Input + usage.CacheRead + usage.CacheWrite > dearer.Above
            ? (dearer.Input, dearer.Output, dearer.CacheRead, dearer.CacheWrite)
            : (Input, Output, CacheRead, CacheWrite);
        return new Money(((usage.Input * input) + (usage.Output * output) + (usage.CacheRead * read) + (usage.CacheWrite * write)) / Million, Currency);
    }
}

/// <summary>The price of a call whose prompt, cached or not, has more than <paramref name="Above"/> tokens.</summary>
/// <param name="Input">For a million tokens, as are the others.</param>
public sealed record LongPromptPrice(long Above, decimal Input, decimal Output, decimal CacheRead, decimal CacheWrite);
