namespace SecretsFirewall.Gate;

/// <summary>What is said of one figure.</summary>
internal enum FigureState
{
    /// <summary>Slower, larger or gone: fails.</summary>
    Worse = 0,
    Good,

    /// <summary>So much better that the baseline no longer guards it: learn anew.</summary>
    Better,

    /// <summary>The runs that were learned from lay too far apart: shown, not judged.</summary>
    Unsteady,

    /// <summary>Not in the baseline: shown, not judged.</summary>
    New,
}

/// <summary>One line of the table.</summary>
/// <param name="Measured">NaN if it was not measured.</param>
/// <param name="Most">Beyond this it fails; NaN where nothing is judged.</param>
internal sealed record FigureVerdict(string Name, double Baseline, double Measured, double Most, FigureState State);

/// <summary>
/// A measurement against its baseline. Bounds are what the runs showed and half as much again, never tighter than 10 %, so that chance does not fail it, and
/// a figure that would need more than 22 % is not judged, so that 30 % never passes for chance.
/// </summary>
internal sealed record Judgement(IReadOnlyList<FigureVerdict> Costs, IReadOnlyList<FigureVerdict> Allocated)
{
    private const double SpreadFactor = 1.5;

    private const double TightestBound = 0.10;

    private const double WidestBound = 0.22;

    // Of another processor: only what no difference between processors explains.
    private const double ForeignBound = 1.0;

    public bool IsGood => !Costs.Concat(Allocated).Any(static figure => figure.State is FigureState.Worse);

    public static Judgement Of(Measurement measured, Baseline baseline, bool isSameProcessor)
    {
        var costs = baseline.Costs.Select(pair => JudgeCost(pair.Key, pair.Value, measured, isSameProcessor))
            .Concat(measured.Costs.Where(pair => !baseline.Costs.ContainsKey(pair.Key)).Select(static pair => New(pair.Key, pair.Value)));
        var allocated = baseline.Allocated.Select(pair => JudgeBytes(pair.Key, pair.Value, measured))
            .Concat(measured.Allocated.Where(pair => !baseline.Allocated.ContainsKey(pair.Key)).Select(static pair => New(pair.Key, pair.Value)));
        return new Judgement([.. costs], [.. allocated]);
    }

    private static FigureVerdict JudgeCost(string name, LearnedCost learned, Measurement measured, bool isSameProcessor)
    {
        var bound = isSameProcessor ? Math.Max(TightestBound, SpreadFactor * learned.Spread) : ForeignBound;
        if (!measured.Costs.TryGetValue(name, out var cost))
        {
            return new FigureVerdict(name, learned.Median, double.NaN, learned.Median * (1 + bound), FigureState.Worse);
        }

        if (isSameProcessor && bound > WidestBound)
        {
            return new FigureVerdict(name, learned.Median, cost, double.NaN, FigureState.Unsteady);
        }

        var state = cost > learned.Median * (1 + bound) ? FigureState.Worse
            : cost < learned.Median / (1 + bound) ? FigureState.Better
            : FigureState.Good;
        return new FigureVerdict(name, learned.Median, cost, learned.Median * (1 + bound), state);
    }

    private static FigureVerdict JudgeBytes(string name, long baseline, Measurement measured)
    {
        var bytes = measured.Allocated.TryGetValue(name, out var found) ? found : double.NaN;
        var state = bytes < baseline ? FigureState.Better : bytes <= baseline ? FigureState.Good : FigureState.Worse;
        return new FigureVerdict(name, baseline, bytes, baseline, state);
    }

    private static FigureVerdict New(string name, double measured) => new(name, double.NaN, measured, double.NaN, FigureState.New);
}
