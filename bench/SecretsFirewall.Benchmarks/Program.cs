using System.Globalization;
using BenchmarkDotNet.Running;
using SecretsFirewall.Gate;

namespace SecretsFirewall.Benchmarks;

internal static class Program
{
    // A hidden verb: one measurement in a process of its own.
    private const string MeasureForGate = "measure-for-gate";

    /// <summary>
    /// <c>--quick</c>: the tables of ratios in about a minute; <c>--json</c> instead of them one object, name to ratio. <c>--policy</c>: decisions a
    /// second. <c>--approvals [FOLDER]</c>: decisions a second of the approvals' store, on the disk of that folder. Otherwise BenchmarkDotNet's switcher:
    /// <c>--filter '*'</c> runs everything. <c>--gate</c>: against the committed baselines.
    /// </summary>
    private static async Task<int> Main(string[] args)
    {
        if (args is ["--gate", .. var behind])
        {
            return await GateAsync(behind);
        }

        if (args is [MeasureForGate, var slowPercent])
        {
            Console.WriteLine(new GateScan(int.Parse(slowPercent, CultureInfo.InvariantCulture) / 100.0).Measure().Write());
            return 0;
        }

        if (args.Contains("--policy"))
        {
            new QuickPolicy(Console.Out).Run();
            return 0;
        }

        if (args is ["--approvals", ..])
        {
            await ApprovalRate.RunAsync(Console.Out, args is [_, var folder] ? folder : Path.GetTempPath());
            return 0;
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

            return 0;
        }

        BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
        return 0;
    }

    private static async Task<int> GateAsync(string[] arguments)
    {
        if (GateOptions.Parse(arguments) is not { } options)
        {
            await Console.Error.WriteLineAsync(GateOptions.Usage);
            return 2;
        }

        return await new GateRun("scan", options, [MeasureForGate, options.SlowPercent.ToString(CultureInfo.InvariantCulture)]).RunAsync(Console.Out);
    }
}
