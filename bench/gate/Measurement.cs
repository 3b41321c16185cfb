using System.Text.Json;

namespace SecretsFirewall.Gate;

/// <summary>What one measuring process found.</summary>
/// <param name="Costs">By name: processor time of ours by that of its floor, both taken side by side. More is worse.</param>
/// <param name="Allocated">By name: bytes on the managed heap.</param>
internal sealed record Measurement(IReadOnlyDictionary<string, double> Costs, IReadOnlyDictionary<string, long> Allocated)
{
    public static Measurement Read(string line) =>
        JsonSerializer.Deserialize<Measurement>(line) ?? throw new InvalidDataException("The measuring process said nothing.");

    public string Write() => JsonSerializer.Serialize(this);

    /// <summary>Of each figure the better one: whatever disturbs makes it worse, never better.</summary>
    public Measurement Best(Measurement other) => new(Lower(Costs, other.Costs), Lower(Allocated, other.Allocated));

    private static Dictionary<string, T> Lower<T>(IReadOnlyDictionary<string, T> left, IReadOnlyDictionary<string, T> right)
        where T : IComparable<T> =>
        left.Concat(right).GroupBy(static pair => pair.Key).ToDictionary(static same => same.Key, static same => same.Min(static pair => pair.Value)!);
}
