namespace SecretsFirewall.Benchmarks;

/// <summary>
/// Figures that can be compared: each round takes all of them, one after the other, and the median over the rounds counts. Processor time of the
/// process, which other processes of the machine disturb least.
/// </summary>
/// <param name="slowdown">Makes all but the floors so much slower, 0.3 for 30 %: shows that whoever judges the figures sees it.</param>
internal sealed class Rounds(double slowdown = 0)
{
    private readonly List<Figure> _figures = [];

    /// <param name="run">Returns how many bytes it went through.</param>
    public void Add(string name, Func<long> run) => _figures.Add(new Figure(name, run));

    /// <summary>What others are compared with.</summary>
    public void AddFloor(string name, Func<long> run) => _figures.Add(new Figure(name, run) { IsFloor = true });

    /// <param name="warmUps">Rounds that do not count: until everything that runs is compiled as well as it will be.</param>
    public IReadOnlyList<Figure> Measure(int warmUps, int rounds)
    {
        for (var round = -warmUps; round < rounds; round++)
        {
            foreach (var figure in _figures)
            {
                var start = Environment.CpuUsage.TotalTime;
                figure.Bytes = figure.Run();
                var elapsed = Environment.CpuUsage.TotalTime - start;
                if (slowdown > 0 && !figure.IsFloor)
                {
                    elapsed = BurnUntil(start, elapsed * (1 + slowdown));
                }

                if (round >= 0)
                {
                    figure.Seconds.Add(elapsed.TotalSeconds);
                }
            }
        }

        return _figures;
    }

    private static TimeSpan BurnUntil(TimeSpan start, TimeSpan enough)
    {
        TimeSpan elapsed;
        do
        {
            Thread.SpinWait(100);
            elapsed = Environment.CpuUsage.TotalTime - start;
        }
        while (elapsed < enough);

        return elapsed;
    }
}

/// <summary>One thing that is measured.</summary>
internal sealed class Figure(string name, Func<long> run)
{
    public string Name => name;

    public Func<long> Run => run;

    public bool IsFloor { get; init; }

    /// <summary>How many one round went through: fewer than there are where a body is refused.</summary>
    public long Bytes { get; set; }

    public List<double> Seconds { get; } = [];

    public double MegabytesPerSecond => Bytes / 1e6 / Seconds.Order().ElementAt(Seconds.Count / 2);

    public double RatioTo(Figure floor) => MegabytesPerSecond / floor.MegabytesPerSecond;
}
