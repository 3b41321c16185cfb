using SecretsFirewall.Bundles;
using SecretsFirewall.Model;
using SecretsFirewall.Policy;

namespace SecretsFirewall.Tests.Policy;

public sealed class BudgetDocumentsTests
{
    private static readonly DateTimeOffset Now = new(2026, 6, 10, 12, 30, 0, TimeSpan.Zero); // a Wednesday

    private static PriceTable Prices { get; } = PolicyText.Load("""
        "prices": [
          { "model": "gpt-*", "input": 9, "output": 9, "from": "2026-01-01" },
          { "model": "gpt-4o*", "input": 2.5, "output": 10, "cache_read": 1.25, "from": "2026-01-01" },
          { "model": "gpt-4o*", "input": 2, "output": 8, "cache_read": 1, "from": "2026-06-10" },
          { "model": "gpt-4o*", "input": 1, "output": 4, "cache_read": 1, "from": "2026-06-11" },
          { "model": "gpt-4o*", "provider": "azure-openai", "input": 3, "output": 12, "from": "2026-01-01" }
        ]
        """).Prices;

    [Theory]
    [InlineData("gpt-4o-2026-05-01", "openai", 2)]
    [InlineData("GPT-4o", null, 2)]
    [InlineData("gpt-4o", "azure-openai", 3)]
    [InlineData("gpt-5", "openai", 9)]
    public void Price_ThatSaysMostAndHoldsNow_Counts(string model, string? provider, int input) => Assert.Equal(input, Prices.Find(model, provider, Now)!.Input);

    [Theory]
    [InlineData("claude-x")]
    [InlineData("my-gpt-4o")]
    [InlineData("")]
    public void ModelThatNoPriceNames_HasNone(string model) => Assert.Null(Prices.Find(model, null, Now));

    [Fact]
    public void PriceBeforeItsDay_IsNone() => Assert.Null(Prices.Find("gpt-5", null, new DateTimeOffset(2025, 12, 31, 23, 59, 59, TimeSpan.Zero)));

    [Fact]
    public void Cost_IsExact_AndWhatNoPriceIsSaidForCostsAsInput()
    {
        var price = Prices.Find("gpt-4o", null, Now)!;

        Assert.Equal(new Money(0.000002m + 0.000008m + 0.000001m + 0.000002m, "USD"), price.CostOf(new TokenUsage(1, 1, 1, 1)));
        Assert.Equal(10_000m, new ModelPrice(NamePattern.Any, null, 100_000_000, 0, 0, 0, "USD", default).CostOf(new TokenUsage(100, 0)).Amount);
    }

    [Theory]
    [InlineData(60, 40, 0, 260)]
    [InlineData(60, 41, 0, 1_005)]
    [InlineData(60, 40, 1, 1_010)]
    public void Cost_OfAPromptBeyondTheMark_IsDearerAltogether(int input, int cacheRead, int cacheWrite, int cost)
    {
        var price = PolicyText.Load("""
            "prices": [ { "model": "m", "input": 3, "output": 4, "cache_read": 1, "from": "2026-01-01", "long_prompt": { "above": 100, "input": 10, "output": 20, "cache_read": 5 } } ]
            """).Prices.Find("m", null, Now)!;

        Assert.Equal(cost, price.CostOf(new TokenUsage(input, 10, cacheRead, cacheWrite)).Amount * 1_000_000);
    }

    [Fact]
    public void Cost_OfTheMostTokensAtTheHighestPrice_DoesNotOverflow() => Assert.Equal(
        40_000_000m,
        new ModelPrice(NamePattern.Any, null, 100_000, 100_000, 100_000, 100_000, "USD", default)
            .CostOf(new TokenUsage(TokenUsage.MostPerCall, TokenUsage.MostPerCall, TokenUsage.MostPerCall, TokenUsage.MostPerCall)).Amount);

    [Theory]
    [InlineData(BudgetWindow.Day, "2026-06-10", "2026-06-11")]
    [InlineData(BudgetWindow.Week, "2026-06-08", "2026-06-15")]
    [InlineData(BudgetWindow.Month, "2026-06-01", "2026-07-01")]
    public void Windows_AreOfUtc(BudgetWindow window, string start, string end)
    {
        var budget = new Budget("b", window, BudgetPool.Agent, true, [NamePattern.Any], [NamePattern.Any], 1);
        var elsewhere = Now.ToOffset(TimeSpan.FromHours(13)); // tomorrow there

        Assert.Equal(start, budget.StartOf(elsewhere).ToString("yyyy-MM-dd"));
        Assert.Equal(end, budget.EndOf(budget.StartOf(elsewhere))!.Value.ToString("yyyy-MM-dd"));
        Assert.Equal(budget.StartOf(Now), budget.StartOf(budget.EndOf(budget.StartOf(Now))!.Value.AddTicks(-1)));
    }

    [Fact]
    public void Budget_IsForTheAgentsAndModelsThatItNames()
    {
        var budget = Assert.Single(PolicyText.Load("""
            "budgets": [ { "id": "b", "window": "day", "hard": true, "agents": ["ci-*", "bot"], "models": ["claude-*"], "tokens": 5, "money": 1.5, "requests": 7, "warn_at": [80, 50], "per": "group" } ]
            """).Budgets);

        Assert.True(budget.Matches("ci-1", "claude-x"));
        Assert.True(budget.Matches("bot", "Claude-x"));
        Assert.False(budget.Matches("bots", "claude-x"));
        Assert.False(budget.Matches("ci-1", "gpt-x"));
        Assert.Equal((5L, new Money(1.5m, "USD"), 7L, BudgetPool.Group, false), (budget.Tokens, budget.Money, budget.Requests, budget.Per, budget.AllowsUnpriced));
        Assert.Equal([50, 80], budget.WarnAt!);
    }

    [Theory]
    [InlineData("""{ "id": "b", "window": "day", "hard": true }""", "needs 'tokens', 'money' or 'requests'")]
    [InlineData("""{ "id": "b", "window": "day", "hard": true, "tokens": -1 }""", "Not in its range")]
    [InlineData("""{ "id": "b", "window": "day", "hard": true, "tokens": 1, "warn_at": [100] }""", "Not in its range")]
    [InlineData("""{ "id": "b", "window": "day", "hard": true, "tokens": 1, "agents": [""] }""", "Visible ASCII")]
    [InlineData("""{ "id": "b", "window": "day", "hard": true, "money": 1, "currency": "EUR" }""", "in one currency")]
    [InlineData("""{ "id": "a", "window": "day", "hard": true, "tokens": 1 }""", "is taken")]
    [InlineData("""{ "id": "b", "window": "year", "hard": true, "tokens": 1 }""", "")]
    [InlineData("""{ "id": "b", "window": "day", "tokens": 1 }""", "")]
    public void BudgetThatSaysNothingClear_RefusesThePolicy(string budget, string message) => Assert.Contains(
        PolicyText.Errors(PolicyText.Frame($$"""
            "prices": [ { "model": "m", "input": 1, "output": 1, "from": "2026-01-01" } ],
            "budgets": [ { "id": "a", "window": "day", "hard": false, "tokens": 1 }, {{budget}} ]
            """)),
        error => error.ToString().Contains(message, StringComparison.Ordinal));

    [Theory]
    [InlineData("gpt-4o-mini-realtime-preview")] // audio, at another price
    [InlineData("gpt-4o-mini-tts")]
    [InlineData("gpt-5-pro")]
    [InlineData("claude-opus-5-5")] // not yet, then
    [InlineData("gemini-2.5-flash-image")]
    public void ShippedPrices_OfWhatTheyDoNotName_AreNone(string model) =>
        Assert.Null(PolicyLoader.Load([.. ShippedPolicies.Files("default").Where(file => file.Path is "prices.json" or "policy.json" or "redaction.json" or "destinations.json")], out _)!.Prices.Find(model, null, Now));

    [Theory]
    [InlineData("""{ "model": "m", "input": 1, "output": 1, "from": "2026-01-01", "long_prompt": { "above": -1, "input": 1, "output": 1 } }""", "Not in its range")]
    [InlineData("""{ "model": "m", "input": 1, "output": 1, "from": "2026-01-01", "long_prompt": { "above": 1, "input": -1, "output": 1 } }""", "A price for a million tokens")]
    [InlineData("""{ "model": "m", "input": 1, "output": 1, "from": "2026-01-01", "long_prompt": { "input": 1, "output": 1 } }""", "")]
    [InlineData("""{ "model": "m", "input": -1, "output": 1, "from": "2026-01-01" }""", "A price for a million tokens")]
    [InlineData("""{ "model": "m", "input": 0.0000001, "output": 1, "from": "2026-01-01" }""", "six decimals")]
    [InlineData("""{ "model": "m", "input": 1, "output": 1, "currency": "usd", "from": "2026-01-01" }""", "Three capital letters")]
    [InlineData("""{ "model": "M*", "input": 1, "output": 1, "from": "2026-01-01" }, { "model": "m*", "input": 1, "output": 1, "from": "2026-01-01" }""", "has a price from 2026-01-01 already")]
    [InlineData("""{ "model": "m", "input": 1, "from": "2026-01-01" }""", "")]
    public void PriceThatSaysNothingClear_RefusesThePolicy(string price, string message) =>
        Assert.Contains(PolicyText.Errors(PolicyText.Frame($"\"prices\": [ {price} ]")), error => error.ToString().Contains(message, StringComparison.Ordinal));

    [Theory]
    [InlineData("claude-sonnet-4-5-20250929", 3)]
    [InlineData("gpt-4o-mini-2024-07-18", 0.15)]
    [InlineData("gpt-4o-2024-08-06", 2.5)]
    [InlineData("gpt-4o-2024-05-13", 5)]
    [InlineData("claude-opus-4-20250514", 15)]
    [InlineData("claude-opus-4-5-20251101", 5)]
    [InlineData("gpt-5.5", 5)]
    [InlineData("gemini-2.5-flash-lite", 0.1)]
    public void ShippedPrices_AreThoseOfTheirModels(string model, double input)
    {
        foreach (var policy in ShippedPolicies.Names)
        {
            var prices = PolicyLoader.Load([.. ShippedPolicies.Files(policy).Where(file => file.Path == "prices.json" || file.Path == "policy.json" || file.Path == "redaction.json" || file.Path == "destinations.json")], out _)?.Prices;
            Assert.Equal((decimal)input, prices!.Find(model, null, Now)!.Input);
        }
    }
}
