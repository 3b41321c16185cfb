using SecretsFirewall.Cli.Bench.Runs;

namespace SecretsFirewall.Load.Scale;

/// <summary>What exchanges cost at one size; a value per round, CPU in µs per exchange.</summary>
internal sealed record ScalePoint(long Size, IReadOnlyList<double> Firewall, IReadOnlyList<double> Relay)
{
    // Whatever disturbs makes a round dearer, never cheaper.
    private const double Quick = 0.25;

    /// <summary>What counts, by what counts of the relay.</summary>
    public double Ratio => At(Quick);

    /// <summary>The cost that a part of the rounds does not reach, by the relay's.</summary>
    public double At(double quantile) => Statistics.Quantile(Firewall, quantile) / RelayCost;

    public double Cost => Statistics.Quantile(Firewall, Quick);

    public double RelayCost => Statistics.Quantile(Relay, Quick);
}

/// <summary>All points of an axis, and how the cost grows over them.</summary>
internal sealed record ScaleCurve(ScaleAxis Axis, IReadOnlyList<ScalePoint> Points)
{
    /// <summary>Of the last point over the first: 0.05 for 5 % more.</summary>
    public double Growth => (Points[^1].Ratio / Points[0].Ratio) - 1;

    /// <summary>By how much the cost grows where the size grows tenfold: the slope of the logarithms by least squares. NaN if a size is zero.</summary>
    public double PerTenfold
    {
        get
        {
            (double X, double Y)[] logs = [.. Points.Select(static point => (Math.Log10(point.Size), Math.Log10(point.Ratio)))];
            var (x, y) = (logs.Average(static one => one.X), logs.Average(static one => one.Y));
            return Math.Pow(10, logs.Sum(one => (one.X - x) * (one.Y - y)) / logs.Sum(one => (one.X - x) * (one.X - x))) - 1;
        }
    }
}
