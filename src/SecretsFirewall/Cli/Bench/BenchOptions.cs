using SecretsFirewall.Cli.Exec;

namespace SecretsFirewall.Cli.Bench;

/// <summary>What is measured and how long each part may take: the quick form, unless something else is said.</summary>
internal sealed record BenchOptions
{
    public static readonly IReadOnlyList<string> Scenarios = ["get", "post", "llm", "events", "first-event", "tunnels", Fresh];

    /// <summary>What only processes that are started afresh can show: memory and the time to the first answer.</summary>
    public const string Fresh = "fresh";

    /// <summary>Up to half an hour: more and longer rounds, and more fresh starts.</summary>
    public static BenchOptions Full { get; } = new()
    {
        Name = "full",
        LeastRounds = 7,
        MostRounds = 25,
        RoundsBudget = TimeSpan.FromMinutes(20),
        SliceSeconds = 3,
        NewNamesPerRound = 600,
        FreshStarts = 5,
    };

    public string Name { get; init; } = "quick";

    /// <summary>The executable under test with what stands before its own arguments.</summary>
    public IReadOnlyList<string> Firewall { get; init; } = SelfCommand.With();

    /// <summary>What payloads and made-up secrets come from.</summary>
    public int Seed { get; init; } = 20_260_101;

    /// <summary>Made-up secrets that are registered.</summary>
    public int Secrets { get; init; } = 1_000;

    /// <summary>Scenarios; none for all.</summary>
    public IReadOnlyList<string> Only { get; init; } = [];

    public BenchHosts Hosts { get; init; } = BenchHosts.Default;

    /// <summary>Whether the way without a proxy is measured beside the relay.</summary>
    public bool Direct { get; init; } = true;

    /// <summary>Rounds before the first that counts: the runtime compiles hot code a second time once it knows that it is hot.</summary>
    public int WarmUpRounds { get; init; } = 2;

    /// <summary>Rounds before the ratios may be called settled.</summary>
    public int LeastRounds { get; init; } = 3;

    public int MostRounds { get; init; } = 6;

    /// <summary>No new round begins after this.</summary>
    public TimeSpan RoundsBudget { get; init; } = TimeSpan.FromSeconds(140);

    /// <summary>Of each throughput scenario, per subject and round.</summary>
    public double SliceSeconds { get; init; } = 1.5;

    /// <summary>
    /// Requests of a slice by scenario, where that is to be the same however busy the machine is: then <see cref="SliceSeconds"/> is only the most that
    /// it takes. None: as many as there is time for.
    /// </summary>
    public IReadOnlyDictionary<string, int> SliceRequests { get; init; } = new Dictionary<string, int>();

    public int NewNamesPerRound { get; init; } = 300;

    /// <summary>How often the product is started afresh for memory and start figures.</summary>
    public int FreshStarts { get; init; } = 2;

    public int IdleStreams => 1_000;

    public long TransferBytes => 1L << 30;

    /// <summary>For each of so many connections.</summary>
    public int RequestsOf(string scenario, int connections) =>
        SliceRequests.TryGetValue(scenario, out var requests) ? Math.Max(1, requests / connections) : int.MaxValue;

    public bool Runs(string scenario) => Only.Count == 0 || Only.Contains(scenario);

    /// <summary>All names that a run makes tunnels to, one after the other.</summary>
    public IEnumerable<string> NewNames() =>
        Enumerable.Range(0, NewNamesPerRound * (WarmUpRounds + MostRounds)).Select(BenchHosts.NewName);
}
