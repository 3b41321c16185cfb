using System.Globalization;
using SecretsFirewall.Cli.Bench.Runs;

namespace SecretsFirewall.Load.Runs;

/// <summary>
/// Whether memory and handles stayed flat: the median of the last quarter of the samples after the warm-up against that of their first quarter. A leak of
/// one buffer or one handle per exchange would exceed the bounds within a minute.
/// </summary>
/// <param name="Error">What failed beside; null if nothing did.</param>
internal sealed record SoakVerdict(double ResidentGrowthMb, double HandleGrowth, string? Error)
{
    /// <summary>The runtime keeps and gives back segments of some MB as it likes.</summary>
    public const double MostResidentGrowthMb = 16;

    /// <summary>Connections that happen to be open at the moment of a sample.</summary>
    public const double MostHandleGrowth = 16;

    public bool IsFlat => Error is null && ResidentGrowthMb <= MostResidentGrowthMb && HandleGrowth <= MostHandleGrowth;

    public static TimeSpan WarmUp(TimeSpan whole) => TimeSpan.FromSeconds(Math.Min(120, whole.TotalSeconds / 3));

    public static SoakVerdict Of(IReadOnlyList<SoakSample> samples, TimeSpan whole, string? error)
    {
        var after = samples.Where(sample => sample.Seconds >= WarmUp(whole).TotalSeconds).ToList();
        var quarter = Math.Max(1, after.Count / 4);
        return new SoakVerdict(
            Growth(after, quarter, static sample => sample.ResidentBytes / (1024.0 * 1024)),
            Growth(after, quarter, static sample => sample.Handles),
            error);
    }

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{(IsFlat ? "FLAT" : "NOT FLAT")}: RSS {ResidentGrowthMb:+0.0;-0.0;0} MB (at most +{MostResidentGrowthMb}), handles {HandleGrowth:+0.0;-0.0;0} (at most +{MostHandleGrowth}){(Error is null ? ", nothing failed" : $"; {Error}")}");

    private static double Growth(List<SoakSample> samples, int quarter, Func<SoakSample, double> of) => samples.Count == 0
        ? double.NaN
        : Statistics.Median([.. samples.TakeLast(quarter).Select(of)]) - Statistics.Median([.. samples.Take(quarter).Select(of)]);
}
