using System.Runtime.InteropServices;

namespace SecretsFirewall.Cli.Bench.Report;

/// <summary>On what the figures were taken; absolute ones mean nothing without it.</summary>
internal sealed record MachineFacts(string Processor, int Cores, string MemoryGb, string System, string Runtime)
{
    public static MachineFacts Read() => new(
        Field("/proc/cpuinfo", "model name"),
        Environment.ProcessorCount,
        Gigabytes(Field("/proc/meminfo", "MemTotal")),
        RuntimeInformation.OSDescription,
        RuntimeInformation.FrameworkDescription);

    private static string Field(string file, string key)
    {
        var line = File.ReadLines(file).FirstOrDefault(l => l.StartsWith(key, StringComparison.Ordinal));
        return line is null ? "unknown" : line[(line.IndexOf(':') + 1)..].Trim();
    }

    private static string Gigabytes(string kilobytes) =>
        long.TryParse(kilobytes.Split(' ')[0], out var kb) ? $"{kb / 1e6:F0}" : "unknown";
}
