using System.Globalization;

namespace SecretsFirewall.Gate;

/// <summary>What stands behind <c>--gate</c> on the command line.</summary>
/// <param name="Learn">Runs to learn a baseline from; null to judge.</param>
/// <param name="SlowPercent">How much slower the measured loops are made on purpose.</param>
/// <param name="Folder">Of the baselines.</param>
internal sealed record GateOptions(int? Learn, int SlowPercent, string Folder)
{
    public const string Usage = """
        usage: --gate [--learn RUNS] [--slow PERCENT] [--baselines FOLDER]

          --learn       writes the baseline of this processor from so many runs (at least 2, better 10) instead of judging
          --slow        makes everything but the floors slower on purpose: shows that the gate fails
          --baselines   where baselines lie (bench/baselines)

        Exit codes: 0 good or learned, 1 worse, 2 wrong arguments.
        """;

    /// <param name="arguments">Those behind <c>--gate</c>. Null if they are not understood.</param>
    public static GateOptions? Parse(ReadOnlySpan<string> arguments)
    {
        var options = new GateOptions(null, 0, Path.Combine("bench", "baselines"));
        for (; !arguments.IsEmpty; arguments = arguments[2..])
        {
            if (arguments.Length < 2)
            {
                return null;
            }

            var isNumber = int.TryParse(arguments[1], NumberStyles.None, CultureInfo.InvariantCulture, out var number);
            switch (arguments[0])
            {
                case "--learn" when isNumber && number >= 2:
                    options = options with { Learn = number };
                    break;
                case "--slow" when isNumber:
                    options = options with { SlowPercent = number };
                    break;
                case "--baselines":
                    options = options with { Folder = arguments[1] };
                    break;
                default:
                    return null;
            }
        }

        return options;
    }
}
