using SecretsFirewall.Cli.Bench.Processes;

namespace SecretsFirewall.Cli.Bench.Runs;

/// <summary>What the kernel counted of one process over all rounds, warm-up included.</summary>
internal sealed record ProcessFacts(string Name, double CpuSeconds, long ResidentBytes, long PeakBytes)
{
    public static ProcessFacts Of(string name, int processId) => new(
        name, ProcessCounters.TreeCpuSeconds(processId), ProcessCounters.ResidentBytes(processId), ProcessCounters.PeakBytes(processId));
}
