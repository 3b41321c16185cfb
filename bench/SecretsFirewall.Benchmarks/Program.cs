using BenchmarkDotNet.Running;

namespace SecretsFirewall.Benchmarks;

internal static class Program
{
    /// <summary>
    /// <c>--quick</c>: the tables of ratios in about a minute; <c>--json</c> instead of them one object, name to ratio. Otherwise BenchmarkDotNet's
    /// switcher: <c>--filter '*'</c> runs everything. <c>--policy</c>: decisions a second.
    /// </summary>
    private static void Main(string[] args)
    {
        if (args.Contains("--policy"))
        {
            new QuickPolicy(Console.Out).Run();
            return;
        }

        if (args.Contains("--quick"))
        {
            var isJson = args.Contains("--json");
            var scan = new QuickScan(isJson ? TextWriter.Null : Console.Out);
            scan.Run();
            if (isJson)
            {
                scan.WriteJson(Console.Out);
            }

            return;
        }

        BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
    }
}
