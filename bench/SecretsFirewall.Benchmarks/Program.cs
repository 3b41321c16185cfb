using BenchmarkDotNet.Running;

namespace SecretsFirewall.Benchmarks;

internal static class Program
{
    /// <summary>
    /// <c>--quick</c>: the tables of ratios in about a minute; <c>--json</c> instead of them one object, name to ratio. <c>--policy</c>: decisions a
    /// second. <c>--approvals [FOLDER]</c>: decisions a second of the approvals' store, on the disk of that folder. Otherwise BenchmarkDotNet's switcher:
    /// <c>--filter '*'</c> runs everything.
    /// </summary>
    private static void Main(string[] args)
    {
        if (args.Contains("--policy"))
        {
            new QuickPolicy(Console.Out).Run();
            return;
        }

        if (args is ["--approvals", ..])
        {
            ApprovalRate.Run(Console.Out, args is [_, var folder] ? folder : Path.GetTempPath());
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
