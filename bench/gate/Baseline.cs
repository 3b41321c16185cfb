using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace SecretsFirewall.Gate;

/// <summary>A cost as it was over the runs that were learned from.</summary>
/// <param name="Spread">How far the best of any three runs in a row lay above the median, at the worst, as a part of it: the gate too takes the best of three.</param>
/// <param name="Values">Of each run, in their order.</param>
internal sealed record LearnedCost(double Median, double Spread, IReadOnlyList<double> Values)
{
    public static LearnedCost Of(IReadOnlyList<double> values)
    {
        double[] sorted = [.. values.Order()];
        var median = (sorted[sorted.Length / 2] + sorted[(sorted.Length - 1) / 2]) / 2;
        var inRow = Math.Min(GateRun.Tries, values.Count);
        var worst = Enumerable.Range(0, values.Count - inRow + 1).Max(first => values.Skip(first).Take(inRow).Min());
        return new LearnedCost(Math.Round(median, 4), Math.Round((worst / median) - 1, 4), [.. values.Select(static value => Math.Round(value, 4))]);
    }
}

/// <summary>
/// What unchanged code measures on one kind of processor: learned from repeated runs and committed, one file for each kind. Costs beside a floor are
/// comparable between two runs of one processor, but not between a processor with wide vectors and one without.
/// </summary>
internal sealed record Baseline(
    string Processor,
    string Learned,
    int Runs,
    IReadOnlyDictionary<string, LearnedCost> Costs,
    IReadOnlyDictionary<string, long> Allocated)
{
    private static readonly JsonSerializerOptions Options = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Of at least two runs; a figure counts only if all of them have it.</summary>
    public static Baseline Learn(IReadOnlyList<Measurement> runs, string processor, DateOnly day)
    {
        var costs = new SortedDictionary<string, LearnedCost>(StringComparer.Ordinal);
        foreach (var name in runs[0].Costs.Keys.Where(name => runs.All(run => run.Costs.ContainsKey(name))))
        {
            costs[name] = LearnedCost.Of([.. runs.Select(run => run.Costs[name])]);
        }

        var allocated = new SortedDictionary<string, long>(
            runs.SelectMany(static run => run.Allocated).GroupBy(static pair => pair.Key).ToDictionary(static same => same.Key, static same => same.Min(static pair => pair.Value)),
            StringComparer.Ordinal);
        return new Baseline(processor, day.ToString("yyyy-MM-dd", null), runs.Count, costs, allocated);
    }

    /// <summary>The one of this processor, or any, if there is none; null from an empty folder.</summary>
    public static Baseline? Find(string folder, string kind, string processor)
    {
        var all = Directory.Exists(folder) ? Directory.GetFiles(folder, $"{kind}-*.json").Order(StringComparer.Ordinal).Select(Load).ToList() : [];
        return all.Find(one => one.Processor == processor) ?? all.FirstOrDefault();
    }

    public static string FileFor(string folder, string kind, string processor)
    {
        var name = new StringBuilder(kind);
        foreach (var word in processor.Split([' ', '(', ')', '@', '/'], StringSplitOptions.RemoveEmptyEntries))
        {
            name.Append('-').Append(word.ToLowerInvariant());
        }

        return Path.Combine(folder, $"{name}.json");
    }

    public string Write() => JsonSerializer.Serialize(this, Options) + "\n";

    private static Baseline Load(string file) =>
        JsonSerializer.Deserialize<Baseline>(File.ReadAllText(file), Options) ?? throw new InvalidDataException($"{file} is empty.");
}
