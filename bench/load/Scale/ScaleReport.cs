using System.Globalization;
using System.Text;
using SecretsFirewall.Cli.Bench;
using SecretsFirewall.Cli.Bench.Report;

namespace SecretsFirewall.Load.Scale;

/// <summary>The table beside a graph.</summary>
internal static class ScaleReport
{
    public static string Write(ScaleCurve curve, BenchOptions options, MachineFacts machine, DateTimeOffset now)
    {
        var text = new StringBuilder();
        var axis = curve.Axis;
        Line(text, $"# {axis.Title}");
        Line(text, $"");
        Line(text, $"{now:yyyy-MM-dd HH:mm} UTC; {machine.Processor}, {machine.Cores} cores, {machine.MemoryGb} GB; {machine.System}; {machine.Runtime}; seed {options.Seed}.");
        Line(text, $"");
        Line(text, $"`dotnet run -c Release --project bench/load -- --scale --only {axis.Id}`");
        Line(text, $"");
        Line(text, $"{axis.Note}{(axis.Job is null ? " An exchange is a POST of 16 KB JSON to a tool." : "")}");
        Line(text, $"");
        Line(text, $"**Growth: {Growth(curve)}**");
        Line(text, $"");
        Line(text, $"![{axis.Title}]({axis.Id}.svg)");
        Line(text, $"");
        Line(text, $"Of {curve.Points[0].Firewall.Count} rounds that take turns, the one counts that a quarter are quicker than.");
        Line(text, $"");
        Line(text, $"| {axis.Unit} | CPU µs per exchange | the relay's | ratio | a tenth … half of the rounds |");
        Line(text, $"|---|---|---|---|---|");
        foreach (var point in curve.Points)
        {
            Line(text, $"| {point.Size:N0} | {point.Cost:0.#} | {point.RelayCost:0.#} | {point.Ratio:0.00} | {point.At(0.1):0.00} … {point.At(0.5):0.00} |");
        }

        return text.ToString();
    }

    /// <summary>In words: from the first size to the last, and per tenfold where that can be said.</summary>
    public static string Growth(ScaleCurve curve)
    {
        var whole = Text($"{curve.Growth:+0 %;-0 %;0 %} from {curve.Points[0].Size:N0} to {curve.Points[^1].Size:N0} {curve.Axis.Unit}");
        return double.IsFinite(curve.PerTenfold) ? Text($"{whole}, {curve.PerTenfold:+0.0 %;-0.0 %;0 %} for ten times as many") : whole;
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static void Line(StringBuilder text, FormattableString line) => text.Append(Text(line)).Append('\n');
}
