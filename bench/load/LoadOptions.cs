using System.Globalization;
using SecretsFirewall.Cli.Bench;

namespace SecretsFirewall.Load;

/// <summary>What is done beside the rounds that <c>sfw bench</c> does too.</summary>
internal enum LoadMode
{
    Rounds = 0,
    Peers,
    Soak,
    Scale,
}

/// <summary>What was asked for on the command line.</summary>
internal sealed record LoadOptions
{
    public const string Usage = """
        usage: load [--quick | --full] [--peers] [--json FILE] [--report FILE] [--sfw EXECUTABLE] [--seed N] [--only SCENARIO,...]
               load --soak [--minutes N] [--json FILE] [--report FILE] [--sfw EXECUTABLE] [--seed N]
               load --scale [--only AXIS,...] [--results FOLDER] [--sfw EXECUTABLE] [--seed N]
               load --gate [--learn RUNS] [--slow PERCENT] [--baselines FOLDER]

          --quick     about four minutes (the default)
          --full      up to half an hour: more rounds, more streams started afresh
          --json      writes every sample, with seed, machine and configuration hash
          --report    writes the table that is also printed
          --sfw       measures this executable instead of the one built beside the bench
          --only      leaves the other scenarios out: get, post, llm, events, first-event, tunnels, fresh; or the other axes
          --peers     other proxies beside us, as bench/peers/install installs them; nothing is started afresh
          --soak      all kinds of traffic at once, and whether memory and handles stay flat
          --minutes   how long that takes (10; at least 1)
          --scale     what an exchange costs as something grows: streams, secrets, rules, policy, audit, conversation; a graph each
          --results   where its graphs and tables go (bench/results/scale)
          --gate      the ratios of get, post, llm and tunnels against bench/baselines

        Linux only (it reads /proc). Exit codes: 0 measured (and flat, and not worse), 1 a figure is missing, grows or is worse, 2 wrong arguments.
        """;

    public LoadMode Mode { get; private set; }

    public BenchOptions Bench { get; private set; } = new() { Firewall = [Path.Combine(AppContext.BaseDirectory, "sfw")] };

    public TimeSpan SoakTime { get; private set; } = TimeSpan.FromMinutes(10);

    public string? JsonFile { get; private set; }

    public string? ReportFile { get; private set; }

    /// <summary>Where graphs go.</summary>
    public string Results { get; private set; } = Path.Combine("bench", "results", "scale");

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
                    options.Bench = BenchOptions.Full with { Firewall = options.Bench.Firewall, Seed = options.Bench.Seed, Only = options.Bench.Only };
                    break;
                case "--peers":
                    options.Mode = LoadMode.Peers;
                    break;
                case "--soak":
                    options.Mode = LoadMode.Soak;
                    break;
                case "--scale":
                    options.Mode = LoadMode.Scale;
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
                case "--results" when value is not null:
                    options.Results = arguments[++i];
                    break;
                case "--sfw" when value is not null:
                    options.Bench = options.Bench with { Firewall = [Path.GetFullPath(arguments[++i])] };
                    break;
                case "--seed" when int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var seed):
                    options.Bench = options.Bench with { Seed = seed };
                    i++;
                    break;
                case "--only" when value is not null:
                    options.Bench = options.Bench with { Only = arguments[++i].Split(',') };
                    break;
                default:
                    return null;
            }
        }

        if (options.Mode == LoadMode.Peers && options.Bench.Only.Count == 0)
        {
            options.Bench = options.Bench with { Only = [.. BenchOptions.Scenarios.Where(static one => one != BenchOptions.Fresh)] };
        }

        return options;
    }
}
