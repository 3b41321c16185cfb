using BenchmarkDotNet.Running;

namespace SecretsFirewall.Benchmarks;

internal static class Program
{
    /// <summary>
    /// <c>--quick</c>: the table of ratios in half a minute. Otherwise BenchmarkDotNet's switcher: <c>--filter '*'</c> runs everything.
    /// </summary>
    private static void Main(string[] args)
    {
        if (args.Contains("--quick"))
        {
            QuickScan.Run(Console.Out);
            return;
        }

        BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
    }
}
