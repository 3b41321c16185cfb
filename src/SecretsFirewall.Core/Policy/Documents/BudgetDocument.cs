using System.ComponentModel;
using SecretsFirewall.Model;

namespace SecretsFirewall.Policy.Documents;

/// <summary>What a hard budget of money does with a model that has no price.</summary>
internal enum UnpricedWord
{
    Refuse = 0,
    Allow,
}

internal sealed record PriceDocument
{
    [Description("The model's name; * stands for any characters. Of the entries that match, the one counts that says most of the name, and of these the latest.")]
    public required string Model { get; init; }

    [Description("Only where the destination's provider is this one.")]
    public string? Provider { get; init; }

    [Description("For a million tokens that are read and neither come out of a cache nor go into one.")]
    public required decimal Input { get; init; }

    [Description("For a million tokens that the model writes, its reasoning among them.")]
    public required decimal Output { get; init; }

    [Description("For a million tokens out of the provider's cache; as input where it is not said.")]
    public decimal? CacheRead { get; init; }

    [Description("For a million tokens into the provider's cache; as input where it is not said.")]
    public decimal? CacheWrite { get; init; }

    [Description("What all of a call costs whose prompt is longer than the provider's mark.")]
    public LongPromptDocument? LongPrompt { get; init; }

    [Description("USD where it is not said. A policy has one currency.")]
    public string? Currency { get; init; }

    [Description("The first day on which it holds, in UTC.")]
    public required DateOnly From { get; init; }

    [Description("Where it was read.")]
    public string? Source { get; init; }
}

internal sealed record LongPromptDocument
{
    [Description("Tokens of the prompt, those out of a cache and into one among them; the price holds for more of them.")]
    public required long Above { get; init; }

    public required decimal Input { get; init; }

    public required decimal Output { get; init; }

    [Description("As input where it is not said.")]
    public decimal? CacheRead { get; init; }

    [Description("As input where it is not said.")]
    public decimal? CacheWrite { get; init; }
}

internal sealed record BudgetDocument
{
    public required string Id { get; init; }

    [Description("When it begins anew, in UTC. session: with each session of an agent.")]
    public required BudgetWindow Window { get; init; }

    [Description("agent: each agent has all of it, where it is not said. group: the agents share it. model: each model has all of it.")]
    public BudgetPool Per { get; init; }

    [Description("true: what would go beyond it is refused. false: it is recorded.")]
    public required bool Hard { get; init; }

    [Description("Names, * for any characters; all agents where it is not said.")]
    public string[]? Agents { get; init; }

    [Description("Names, * for any characters; all models where it is not said.")]
    public string[]? Models { get; init; }

    [Description("The most tokens, of all kinds together.")]
    public long? Tokens { get; init; }

    [Description("The most money, by the prices of this policy.")]
    public decimal? Money { get; init; }

    [Description("Of the money; USD where it is not said.")]
    public string? Currency { get; init; }

    [Description("The most calls.")]
    public long? Requests { get; init; }

    [Description("Percentages at which a warning is recorded, once in each window.")]
    public int[]? WarnAt { get; init; }

    [Description("What a hard budget of money does with a model that has no price: refuse it, where it is not said.")]
    public UnpricedWord Unpriced { get; init; }

    [Description("One sentence for the agent and its operator, instead of ours.")]
    public string? Reason { get; init; }

    public string? Advice { get; init; }
}
