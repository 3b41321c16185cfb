using System.Globalization;

namespace SecretsFirewall.Tests.Fuzzing;

/// <summary>
/// How many rounds a fuzz test takes: as many as a build has time for, or as many as <c>SFW_FUZZ_ROUNDS</c> says. Rounds are seeded, so that a failure
/// comes again; the first ones of a long run are those of a build.
/// </summary>
internal static class FuzzRounds
{
    private static readonly int? Wanted =
        int.TryParse(Environment.GetEnvironmentVariable("SFW_FUZZ_ROUNDS"), NumberStyles.None, CultureInfo.InvariantCulture, out var rounds) ? rounds : null;

    public static int Or(int inABuild) => Wanted ?? inABuild;
}
