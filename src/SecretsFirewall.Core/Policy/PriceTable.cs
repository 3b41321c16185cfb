using SecretsFirewall.Model;

namespace SecretsFirewall.Policy;

/// <summary>What models cost, as the policy says. A model that it does not name has no price: it is not free.</summary>
public sealed class PriceTable
{
    private readonly ModelPrice[] _prices;

    internal PriceTable(IEnumerable<ModelPrice> prices) =>
        _prices = [.. prices
            .OrderByDescending(static price => price.Model.Literal)
            .ThenByDescending(static price => price.Provider is not null)
            .ThenByDescending(static price => price.From)
            .ThenBy(static price => price.Model.Text, StringComparer.Ordinal)];

    public static PriceTable Empty { get; } = new([]);

    public IReadOnlyList<ModelPrice> All => _prices;

    /// <summary>The price that says most of the model's name, of those that hold at that time the latest; null where there is none.</summary>
    public ModelPrice? Find(string model, string? provider, DateTimeOffset at)
    {
        var day = DateOnly.FromDateTime(at.UtcDateTime);
        foreach (var price in _prices)
        {
            if (price.From <= day && (price.Provider is null || price.Provider == provider) && price.Model.Matches(model))
            {
                return price;
            }
        }

        return null;
    }
}
