using SecretsFirewall.Gate;

namespace SecretsFirewall.Tests.Benches;

public sealed class JudgementTests
{
    [Fact]
    public void Of_WhatWasLearned_IsGood()
    {
        var baseline = Learn(20, 20.4, 19.8);

        Assert.All(new[] { 19.8, 20, 20.4 }, cost => Assert.Equal(FigureState.Good, Judge(cost, baseline).Costs.Single().State));
        Assert.True(Judge(20.4, baseline).IsGood);
    }

    [Theory]
    [InlineData(20.0, 20.0, 20.0)]
    [InlineData(20, 20.4, 19.8)]
    [InlineData(20, 22.5, 21)]
    public void Of_ThirtyPercentSlower_FailsWhateverSpreadIsJudged(double first, double second, double third)
    {
        var baseline = Learn(first, second, third);

        Assert.False(Judge(1.3 * baseline.Costs["scan"].Median, baseline).IsGood);
    }

    [Fact]
    public void Of_FigureWhoseRunsLayFarApart_IsShownAndNotJudged()
    {
        var judgement = Judge(100, Learn(20, 20, 20, 20, 27, 27, 27));

        Assert.Equal(FigureState.Unsteady, judgement.Costs.Single().State);
        Assert.True(judgement.IsGood);
    }

    [Fact]
    public void Of_OneDisturbedRun_LeavesTheBoundTight() =>
        Assert.False(Judge(24, Learn(20, 20, 27, 20, 20)).IsGood);

    [Fact]
    public void Of_FigureThatIsGone_Fails() =>
        Assert.False(Judgement.Of(new Measurement(new Dictionary<string, double>(), Bytes(0)), Learn(20, 20), isSameProcessor: true).IsGood);

    [Fact]
    public void Of_AllocationThatIsGone_Fails() =>
        Assert.False(Judgement.Of(new Measurement(Costs(20), new Dictionary<string, long>()), Learn(20, 20), isSameProcessor: true).IsGood);

    [Fact]
    public void Of_OneByteMore_Fails() =>
        Assert.False(Judgement.Of(new Measurement(Costs(20), Bytes(1)), Learn(20, 20), isSameProcessor: true).IsGood);

    [Fact]
    public void Of_FigureThatIsNew_IsShownAndNotJudged()
    {
        var measured = new Measurement(new Dictionary<string, double> { ["scan"] = 20, ["more"] = 1 }, Bytes(0));

        Assert.True(Judgement.Of(measured, Learn(20, 20), isSameProcessor: true) is { IsGood: true } judgement
            && judgement.Costs.Single(static figure => figure.Name == "more").State is FigureState.New);
    }

    [Fact]
    public void Of_MuchQuicker_AsksToLearnAnew() =>
        Assert.Equal(FigureState.Better, Judge(10, Learn(20, 20)).Costs.Single().State);

    [Theory]
    [InlineData(30, true)]
    [InlineData(41, false)]
    public void Of_AnotherProcessor_FailsOnlyWhatDoubles(double cost, bool isGood) =>
        Assert.Equal(isGood, Judgement.Of(new Measurement(Costs(cost), Bytes(0)), Learn(20, 20), isSameProcessor: false).IsGood);

    [Fact]
    public void Best_OfTwoMeasurements_TakesTheLowerOfEach()
    {
        var best = new Measurement(new Dictionary<string, double> { ["a"] = 1, ["b"] = 5 }, Bytes(8)).Best(new Measurement(new Dictionary<string, double> { ["a"] = 2, ["b"] = 4 }, Bytes(0)));

        Assert.Equal((1, 4, 0), (best.Costs["a"], best.Costs["b"], best.Allocated["chunk"]));
    }

    [Fact]
    public void Find_BaselineThatWasWritten_IsReadForItsProcessorAndStandsInForOthers()
    {
        using var folder = new TempFolder();
        var learned = Learn(20, 20.4, 19.8);
        File.WriteAllText(Baseline.FileFor(folder.Path, "scan", learned.Processor), learned.Write());

        var found = Baseline.Find(folder.Path, "scan", learned.Processor)!.Costs["scan"];
        Assert.Equal((20, learned.Costs["scan"].Spread), (found.Median, found.Spread));
        Assert.Equal([20, 20.4, 19.8], found.Values);
        Assert.Equal(learned.Processor, Baseline.Find(folder.Path, "scan", "another")!.Processor);
        Assert.Null(Baseline.Find(folder.Path, "load", learned.Processor));
    }

    [Theory]
    [InlineData("--learn", "1")]
    [InlineData("--learn")]
    [InlineData("--fast", "1")]
    public void Parse_NotUnderstood_IsNull(params string[] arguments) => Assert.Null(GateOptions.Parse(arguments));

    private static Judgement Judge(double cost, Baseline baseline) => Judgement.Of(new Measurement(Costs(cost), Bytes(0)), baseline, isSameProcessor: true);

    private static Baseline Learn(params double[] costs) =>
        Baseline.Learn([.. costs.Select(static cost => new Measurement(Costs(cost), Bytes(0)))], "Some CPU (model 7)", new DateOnly(2026, 11, 21));

    private static Dictionary<string, double> Costs(double cost) => new() { ["scan"] = cost };

    private static Dictionary<string, long> Bytes(long bytes) => new() { ["chunk"] = bytes };
}
