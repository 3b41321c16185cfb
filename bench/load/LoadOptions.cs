using System.Globalization;

namespace SecretsFirewall.Load;

/// <summary>What was asked for on the command line, and how long each part may take.</summary>
internal sealed record LoadOptions
{
    public const string Usage = """
        usage: load [--quick | --full] [--peers] [--json FILE] [--report FILE] [--sfw EXECUTABLE] [--seed N] [--only SCENARIO,...]
               load --soak [--minutes N] [--json FILE] [--report FILE] [--sfw EXECUTABLE] [--seed N]

          --quick     about four minutes (the default)
          --full      up to half an hour: more rounds, more streams started afresh
          --json      writes every sample, with seed, machine and configuration hash
          --report    writes the table that is also printed
          --sfw       measures this executable instead of the one built beside the bench
          --only      leaves the other scenarios out: get, post, llm, events, first-event, tunnels, fresh
          --peers     other proxies beside us, as bench/peers/install installs them; nothing is started afresh
          --soak      all kinds of traffic at once, and whether memory and handles stay flat
          --minutes   how long that takes (10; at least 1)

        Linux only (it reads /proc). Exit codes: 0 measured (and flat), 1 a figure is missing or grows, 2 wrong arguments.
        """;

    public bool Full { get; private set; }

    public bool Peers { get; private set; }

    /// <summary>Where the scripts lie that start other proxies.</summary>
    public string PeerScripts => Path.Combine("bench", "peers");

    public bool Soak { get; private set; }

    public TimeSpan SoakTime { get; private set; } = TimeSpan.FromMinutes(10);

    public string? JsonFile { get; private set; }

    public string? ReportFile { get; private set; }

    public string Firewall { get; private set; } = Path.Combine(AppContext.BaseDirectory, "sfw");

    public int Seed { get; private set; } = 20_260_101;

    public IReadOnlyList<string> Only { get; private set; } = [];

    public int Secrets => 1_000;

    /// <summary>Rounds before the ratios may be called settled.</summary>
    public int LeastRounds => Full ? 7 : 3;

    public int MostRounds => Full ? 25 : 6;

    /// <summary>No new round begins after this.</summary>
    public TimeSpan RoundsBudget => Full ? TimeSpan.FromMinutes(20) : TimeSpan.FromSeconds(140);

    /// <summary>Of each throughput scenario, per subject and round.</summary>
    public double SliceSeconds => Full ? 3 : 1.5;

    public int NewNamesPerRound => Full ? 600 : 300;

    /// <summary>How often the product is started afresh for memory and start figures.</summary>
    public int FreshStarts => Full ? 5 : 2;

    public int IdleStreams => 1_000;

    public long TransferBytes => 1L << 30;

    public bool Runs(string scenario) => Only.Count == 0 ? !Peers || scenario != "fresh" : Only.Contains(scenario);

    /// <summary>Null if the arguments are not understood.</summary>
    public static LoadOptions? Parse(IReadOnlyList<string> arguments)
    {
        var options = new LoadOptions();
        for (var i = 0; i < arguments.Count; i++)
        {
            var value = i + 1 < arguments.Count ? arguments[i + 1] : null;
            switch (arguments[i])
            {
                case "--quick":
                    break;
                case "--full":
                    options.Full = true;
                    break;
                case "--peers":
                    options.Peers = true;
                    break;
                case "--soak":
                    options.Soak = true;
                    break;
                case "--minutes" when int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var minutes) && minutes > 0:
                    options.SoakTime = TimeSpan.FromMinutes(minutes);
                    i++;
                    break;
                case "--json" when value is not null:
                    options.JsonFile = arguments[++i];
                    break;
                case "--report" when value is not null:
                    options.ReportFile = arguments[++i];
                    break;
                case "--sfw" when value is not null:
                    options.Firewall = Path.GetFullPath(arguments[++i]);
                    break;
                case "--seed" when int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var seed):
                    options.Seed = seed;
                    i++;
                    break;
                case "--only" when value is not null:
                    options.Only = arguments[++i].Split(',');
                    break;
                default:
                    return null;
            }
        }

        return options;
    }
}
