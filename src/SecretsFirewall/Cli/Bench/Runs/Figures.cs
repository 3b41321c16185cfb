namespace SecretsFirewall.Cli.Bench.Runs;

/// <summary>What was measured: scenario and metric, of whom. <c>get/cpu</c> of <c>sfw</c>, for instance.</summary>
internal readonly record struct FigureKey(string Scenario, string Metric, string Subject);

/// <summary>All samples of a run, by round, so that two subjects are compared within the same round.</summary>
internal sealed class Figures
{
    private readonly Dictionary<FigureKey, SortedDictionary<int, double>> _samples = [];

    public IEnumerable<KeyValuePair<FigureKey, IReadOnlyList<double>>> All =>
        _samples.Select(s => KeyValuePair.Create<FigureKey, IReadOnlyList<double>>(s.Key, [.. s.Value.Values]));

    public void Add(FigureKey key, int round, double value)
    {
        if (!_samples.TryGetValue(key, out var byRound))
        {
            _samples[key] = byRound = [];
        }

        byRound[round] = value;
    }

    public IReadOnlyList<double> Of(FigureKey key) =>
        _samples.TryGetValue(key, out var byRound) ? [.. byRound.Values] : [];

    /// <summary>One value per round in which both were measured.</summary>
    public IReadOnlyList<double> Pair(FigureKey ours, FigureKey theirs, Func<double, double, double> combine)
    {
        if (!_samples.TryGetValue(ours, out var left) || !_samples.TryGetValue(theirs, out var right))
        {
            return [];
        }

        return [.. left.Where(l => right.ContainsKey(l.Key)).Select(l => combine(l.Value, right[l.Key]))];
    }
}

internal static class Statistics
{
    public static double Median(IReadOnlyList<double> values) => Quantile(values, 0.5);

    /// <summary>By linear interpolation between the two nearest ranks.</summary>
    public static double Quantile(IReadOnlyList<double> values, double quantile)
    {
        if (values.Count == 0)
        {
            return double.NaN;
        }

        double[] sorted = [.. values.Order()];
        var rank = quantile * (sorted.Length - 1);
        var below = (int)rank;
        var above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + ((rank - below) * (sorted[above] - sorted[below]));
    }

    /// <summary>Half the distance between the quartiles, as a part of the median: how far a figure still wanders.</summary>
    public static double Spread(IReadOnlyList<double> values) =>
        (Quantile(values, 0.75) - Quantile(values, 0.25)) / 2 / Math.Abs(Median(values));
}
