using FsCheck;
using FsCheck.Fluent;
using SecretsFirewall.Tests.Fuzzing;

namespace SecretsFirewall.Tests.Inspection.WebSockets;

/// <summary>Properties over seeds: the same ones in every run.</summary>
internal static class Rounds
{
    public static void Check(int count, Func<int, bool> holds) =>
        Prop.ForAll(ArbMap.Default.ArbFor<int>(), holds).Check(Config.QuickThrowOnFailure.WithMaxTest(FuzzRounds.Or(count)).WithEndSize(1_000_000).WithReplay(20_261_121, 7));
}
