using System.Globalization;

namespace SecretsFirewall.Gate;

/// <summary>The judgement for people.</summary>
internal static class GateTable
{
    public static void Write(Judgement judgement, TextWriter output)
    {
        output.WriteLine("| processor time, × the floor | baseline | measured | change | most | |");
        output.WriteLine("|---|---|---|---|---|---|");
        foreach (var figure in judgement.Costs)
        {
            var change = (figure.Measured / figure.Baseline) - 1;
            output.WriteLine($"| {figure.Name} | {Cost(figure.Baseline)} | {Cost(figure.Measured)} | {(double.IsNaN(change) ? "–" : change.ToString("+0.0 %;-0.0 %", CultureInfo.InvariantCulture))} | {Cost(figure.Most)} | {Word(figure.State)} |");
        }

        output.WriteLine();
        output.WriteLine("| bytes allocated | baseline | measured | |");
        output.WriteLine("|---|---|---|---|");
        foreach (var figure in judgement.Allocated)
        {
            output.WriteLine($"| {figure.Name} | {Bytes(figure.Baseline)} | {Bytes(figure.Measured)} | {Word(figure.State)} |");
        }

        output.WriteLine();
    }

    private static string Word(FigureState state) => state switch
    {
        FigureState.Good => "good",
        FigureState.Better => "better: learn anew",
        FigureState.Unsteady => "too unsteady to judge",
        FigureState.New => "new: learn anew",
        _ => "**WORSE**",
    };

    private static string Cost(double value) => double.IsNaN(value) ? "–" : value.ToString("0.00", CultureInfo.InvariantCulture);

    private static string Bytes(double value) => double.IsNaN(value) ? "–" : value.ToString("N0", CultureInfo.InvariantCulture);
}
