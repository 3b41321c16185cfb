using SecretsFirewall.Model;
using SecretsFirewall.Policy.Documents;

namespace SecretsFirewall.Policy.Compilation;

/// <summary>Prices and budgets. All are in one currency, so that what was spent is one number.</summary>
internal sealed class BudgetCompiler(List<PolicyError> errors)
{
    /// <summary>No list says more; a price that does is a mistake in its place of decimals.</summary>
    private const decimal MostPrice = 100_000;

    private const decimal MostMoney = 1_000_000_000_000;
    private const long MostCount = 1_000_000_000_000_000;
    private const int MostNameLength = 128;

    private string? _currency;

    public (PriceTable Prices, IReadOnlyList<Budget> Budgets) Compile(PolicyDraft draft)
    {
        var prices = draft.Prices.Select(Price).OfType<ModelPrice>().ToList();
        foreach (var twice in draft.Prices.GroupBy(one => (one.Value.Model.ToLowerInvariant(), one.Value.Provider, one.Value.From)).SelectMany(same => same.Skip(1)))
        {
            errors.Add(twice.Error("model", $"'{twice.Value.Model}' has a price from {twice.Value.From:yyyy-MM-dd} already."));
        }

        draft.RequireUnique(draft.Budgets, "id", static budget => budget.Id);
        return (new PriceTable(prices), [.. draft.Budgets.Select(Compile).OfType<Budget>().OrderBy(static budget => budget.Id, StringComparer.Ordinal)]);
    }

    private ModelPrice? Price(Placed<PriceDocument> written)
    {
        var before = errors.Count;
        var price = written.Value;
        RequireName(written, "model", price.Model);
        var currency = RequireCurrency(written, price.Currency);
        RequirePrice(written, "input", price.Input);
        RequirePrice(written, "output", price.Output);
        RequirePrice(written, "cache_read", price.CacheRead ?? 0);
        RequirePrice(written, "cache_write", price.CacheWrite ?? 0);
        if (price.LongPrompt is { } dearer)
        {
            RequireRange(written, "long_prompt/above", dearer.Above, MostCount);
            RequirePrice(written, "long_prompt/input", dearer.Input);
            RequirePrice(written, "long_prompt/output", dearer.Output);
            RequirePrice(written, "long_prompt/cache_read", dearer.CacheRead ?? 0);
            RequirePrice(written, "long_prompt/cache_write", dearer.CacheWrite ?? 0);
        }

        return errors.Count > before
            ? null
            : new ModelPrice(
                new NamePattern(price.Model), price.Provider, price.Input, price.Output, price.CacheRead ?? price.Input, price.CacheWrite ?? price.Input, currency, price.From)
            {
                LongPrompt = price.LongPrompt is { } of ? new LongPromptPrice(of.Above, of.Input, of.Output, of.CacheRead ?? of.Input, of.CacheWrite ?? of.Input) : null,
            };
    }

    private Budget? Compile(Placed<BudgetDocument> written)
    {
        var before = errors.Count;
        var budget = written.Value;
        foreach (var (step, name) in (budget.Agents ?? []).Select((name, i) => ($"agents/{i}", name)).Concat((budget.Models ?? []).Select((name, i) => ($"models/{i}", name))))
        {
            RequireName(written, step, name);
        }

        if (budget is { Tokens: null, Money: null, Requests: null })
        {
            errors.Add(written.Error("A budget needs 'tokens', 'money' or 'requests'."));
        }

        RequireRange(written, "tokens", budget.Tokens ?? 0, MostCount);
        RequireRange(written, "requests", budget.Requests ?? 0, MostCount);
        RequireRange(written, "money", budget.Money ?? 0, MostMoney);
        foreach (var percent in budget.WarnAt ?? [])
        {
            RequireRange(written, "warn_at", percent - 1, 98); // at 100 the budget itself speaks
        }

        var currency = budget.Money is null ? budget.Currency ?? "USD" : RequireCurrency(written, budget.Currency);
        return errors.Count > before
            ? null
            : new Budget(
                budget.Id,
                budget.Window,
                budget.Per,
                budget.Hard,
                Patterns(budget.Agents),
                Patterns(budget.Models),
                budget.Tokens,
                budget.Money is { } money ? new Money(money, currency) : null,
                budget.Requests,
                [.. (budget.WarnAt ?? []).Distinct().Order()],
                budget.Unpriced is UnpricedWord.Allow,
                budget.Reason,
                budget.Advice);
    }

    private static NamePattern[] Patterns(string[]? names) => names is { Length: > 0 } ? [.. names.Select(static name => new NamePattern(name))] : [NamePattern.Any];

    private void RequireName<T>(Placed<T> written, string step, string name)
    {
        if (name.Length is 0 or > MostNameLength || name.AsSpan().ContainsAnyExceptInRange('!', '~'))
        {
            errors.Add(written.Error(step, $"Visible ASCII, 1 to {MostNameLength} characters."));
        }
    }

    private string RequireCurrency<T>(Placed<T> written, string? currency)
    {
        var word = currency ?? "USD";
        if (word.Length != 3 || word.AsSpan().ContainsAnyExceptInRange('A', 'Z'))
        {
            errors.Add(written.Error("currency", "Three capital letters."));
        }
        else if (word != (_currency ??= word))
        {
            errors.Add(written.Error("currency", $"The prices and budgets of a policy are in one currency, and another is in {_currency}."));
        }

        return word;
    }

    private void RequirePrice(Placed<PriceDocument> written, string step, decimal price)
    {
        if (price is < 0 or > MostPrice || decimal.Round(price, 6) != price)
        {
            errors.Add(written.Error(step, $"A price for a million tokens, 0 to {MostPrice}, with at most six decimals."));
        }
    }

    private void RequireRange<T>(Placed<T> written, string step, decimal value, decimal most)
    {
        if (value < 0 || value > most)
        {
            errors.Add(written.Error(step, $"Not in its range."));
        }
    }
}
