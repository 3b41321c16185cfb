namespace SecretsFirewall.Cli.Selftest;

/// <summary>How a check ended. The zero value fails.</summary>
internal enum SelftestState
{
    Failed = 0,

    /// <summary>The policy lets nothing be tried here: nothing was shown.</summary>
    Skipped,
    Passed,
}

/// <summary>One thing that must hold, and whether it was seen to.</summary>
/// <param name="Invariant">Its number in the design's list.</param>
/// <param name="Detail">What was seen instead; empty where it passed. No value of a secret, and nothing that a server said.</param>
internal sealed record SelftestCheck(int Invariant, string Name, SelftestState State, string Detail, TimeSpan Took);

/// <summary>All checks of one run.</summary>
internal sealed record SelftestReport(IReadOnlyList<SelftestCheck> Checks)
{
    /// <summary>Something was shown, and nothing failed.</summary>
    public bool Passed => Checks.Any(static check => check.State is SelftestState.Passed) && Checks.All(static check => check.State is not SelftestState.Failed);
}
