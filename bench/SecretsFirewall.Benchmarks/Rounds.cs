namespace SecretsFirewall.Benchmarks;

/// <summary>
/// Figures that can be compared: each round takes all of them, one after the other, and the median over the rounds counts. Processor time of the
/// process, which other processes of the machine disturb least.
/// </summary>
internal sealed class Rounds
{
    private readonly List<Figure> _figures = [];

    /// <param name="run">Returns how many bytes it went through.</param>
    public void Add(string name, Func<long> run) => _figures.Add(new Figure(name, run));

    /// <param name="warmUps">Rounds that do not count: until everything that runs is compiled as well as it will be.</param>
    public IReadOnlyList<Figure> Measure(int warmUps, int rounds)
    {
        for (var round = -warmUps; round < rounds; round++)
        {
            foreach (var figure in _figures)
            {
                var start = Environment.CpuUsage.TotalTime;
                figure.Bytes = figure.Run();
                var elapsed = (Environment.CpuUsage.TotalTime - start).TotalSeconds;
                if (round >= 0)
                {
                    figure.Seconds.Add(elapsed);
                }
            }
        }

        return _figures;
    }
}

/// <summary>One thing that is measured.</summary>
internal sealed class Figure(string name, Func<long> run)
{
    public string Name => name;

    public Func<long> Run => run;

    /// <summary>How many one round went through: fewer than there are where a body is refused.</summary>
    public long Bytes { get; set; }

    public List<double> Seconds { get; } = [];

    public double MegabytesPerSecond => Bytes / 1e6 / Seconds.Order().ElementAt(Seconds.Count / 2);

    public double RatioTo(Figure floor) => MegabytesPerSecond / floor.MegabytesPerSecond;
}
