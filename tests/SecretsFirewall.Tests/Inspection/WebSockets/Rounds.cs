using System.Globalization;
using FsCheck;
using FsCheck.Fluent;

namespace SecretsFirewall.Tests.Inspection.WebSockets;

/// <summary>Properties over seeds: the same ones in every run, and <c>SFW_FUZZ</c> times as many where that variable is set.</summary>
internal static class Rounds
{
    private static readonly int Factor = int.TryParse(Environment.GetEnvironmentVariable("SFW_FUZZ"), NumberStyles.None, CultureInfo.InvariantCulture, out var factor) ? factor : 1;

    public static void Check(int count, Func<int, bool> holds) =>
        Prop.ForAll(ArbMap.Default.ArbFor<int>(), holds).Check(Config.QuickThrowOnFailure.WithMaxTest(count * Factor).WithEndSize(1_000_000).WithReplay(20_261_121, 7));
}
