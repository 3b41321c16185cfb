using System.Runtime.InteropServices;

namespace SecretsFirewall.Gate;

/// <summary>Which kind of processor this is: costs are compared only between the same.</summary>
internal static class Processor
{
    private const string Facts = "/proc/cpuinfo";

    /// <summary>Name, family and model as the kernel has them, for a virtual machine's name may say little; elsewhere the architecture.</summary>
    public static string Name() =>
        File.Exists(Facts) ? $"{Fact("model name")} family {Fact("cpu family")} model {Fact("model")}" : RuntimeInformation.ProcessArchitecture.ToString();

    private static string Fact(string key)
    {
        var line = File.ReadLines(Facts).FirstOrDefault(line => line.AsSpan(0, Math.Max(0, line.IndexOf(':'))).Trim().SequenceEqual(key));
        return line is null ? "unknown" : line[(line.IndexOf(':') + 1)..].Trim();
    }
}
