using System.Globalization;
using System.Runtime.Versioning;
using Microsoft.AspNetCore.Http;
using SecretsFirewall.Cli.Bench.Client;
using SecretsFirewall.Cli.Bench.Processes;
using SecretsFirewall.Cli.Bench.Report;
using SecretsFirewall.Cli.Bench.Runs;
using SecretsFirewall.Gate;
using SecretsFirewall.Load;
using SecretsFirewall.Load.Client;
using SecretsFirewall.Load.Processes;
using SecretsFirewall.Load.Report;
using SecretsFirewall.Load.Runs;
using SecretsFirewall.Load.Scale;

// It reads /proc, and its figures are only compared with those of the same system.
[assembly: SupportedOSPlatform("linux")]

const string MeasureForGate = "measure-for-gate";

// The hidden verbs first: they are this executable again, in processes of their own.
switch (args)
{
    case ["bench", "client"]:
        return await ClientProcess.RunAsync(Console.In, Console.Out, SoakTraffic.RunAsync);
    case ["bench", "upstream", var directory, .. var names]:
        return await UpstreamProcess.RunAsync(
            directory, names, Console.In, Console.Out, new Dictionary<string, RequestDelegate> { ["/socket"] = SocketEcho.AnswerAsync });
    case ["bench", "relay", var directory, var upstream, var caFile, .. var names]:
        return await RelayProcess.RunAsync(directory, upstream, caFile, names, Console.In, Console.Out);
    case ["--audit", var directory, var megabytes]:
        AuditRun.Run(directory, int.Parse(megabytes, CultureInfo.InvariantCulture));
        return 0;
    case ["--gate", .. var behind]:
        return await GateAsync(behind);
}

if (args is not [MeasureForGate, var slowPercent])
{
    return LoadOptions.Parse(args) is { } options ? await InFolderAsync(folder => RunAsync(options, folder)) : Misunderstood(LoadOptions.Usage);
}

return await InFolderAsync(async folder =>
{
    Console.WriteLine((await GateLoad.MeasureAsync(int.Parse(slowPercent, CultureInfo.InvariantCulture) / 100.0, folder)).Write());
    return 0;
});

static async Task<int> RunAsync(LoadOptions options, string folder)
{
    switch (options.Mode)
    {
        case LoadMode.Soak:
            var soak = await SoakRun.RunAsync(options.Bench, options.SoakTime, folder);
            await WriteAsync(options, SoakReport.Write(soak), SoakReport.WriteJson(soak));
            return soak.Verdict.IsFlat ? 0 : 1;
        case LoadMode.Scale:
            return await ScaleRun.RunAsync(options.Bench, folder, options.Results, Console.Error.WriteLine);
        default:
            var isPeers = options.Mode == LoadMode.Peers;
            var peers = isPeers ? new Peers(PeerProcess.Names, (name, upstream) => PeerProcess.StartAsync(options.Bench, name, upstream)) : Peers.None;
            var results = await LoadBench.RunAsync(options.Bench, BenchBasis.Shipped, peers, folder, Console.Error.WriteLine);
            await WriteAsync(options, isPeers ? PeersReport.Write(results) : MarkdownReport.Write(results), JsonReport.Write(results));
            return results.Failures.Count == 0 ? 0 : 1;
    }
}

static async Task<int> GateAsync(string[] arguments) => GateOptions.Parse(arguments) is { } options
    ? await new GateRun("load", options, [MeasureForGate, options.SlowPercent.ToString(CultureInfo.InvariantCulture)]).RunAsync(Console.Out)
    : Misunderstood(GateOptions.Usage);

static async Task<int> InFolderAsync(Func<string, Task<int>> run)
{
    using var folder = new BenchFolder();
    return await run(folder.Path);
}

static int Misunderstood(string usage)
{
    Console.Error.WriteLine(usage);
    return 2;
}

static async Task WriteAsync(LoadOptions options, string report, string json)
{
    Console.WriteLine(report);
    if (options.ReportFile is { } reportFile)
    {
        await File.WriteAllTextAsync(reportFile, report);
    }

    if (options.JsonFile is { } jsonFile)
    {
        await File.WriteAllTextAsync(jsonFile, json);
    }
}
