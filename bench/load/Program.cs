using System.Runtime.Versioning;
using SecretsFirewall.Load;
using SecretsFirewall.Load.Client;
using SecretsFirewall.Load.Processes;
using SecretsFirewall.Load.Report;
using SecretsFirewall.Load.Runs;

// It reads /proc, and its figures are only compared with those of the same system.
[assembly: SupportedOSPlatform("linux")]

// The hidden verbs first: they are this executable again, in processes of their own.
switch (args)
{
    case ["client"]:
        return await ClientProcess.RunAsync(Console.In, Console.Out);
    case ["upstream", var directory]:
        return await UpstreamProcess.RunAsync(directory, Console.In, Console.Out);
    case ["relay", var directory, var upstream, var caFile]:
        return await RelayProcess.RunAsync(directory, upstream, caFile, Console.In, Console.Out);
    case ["--audit", var directory, var megabytes]:
        AuditRun.Run(directory, int.Parse(megabytes, System.Globalization.CultureInfo.InvariantCulture));
        return 0;
}

if (LoadOptions.Parse(args) is not { } options)
{
    Console.Error.WriteLine(LoadOptions.Usage);
    return 2;
}

var work = Directory.CreateTempSubdirectory("sfw-load-");
try
{
    if (options.Soak)
    {
        return await SoakAsync(options, work.FullName);
    }

    var results = await LoadBench.RunAsync(options, work.FullName);
    await WriteAsync(options, MarkdownReport.Write(results), JsonReport.Write(results));
    return results.Failures.Count == 0 ? 0 : 1;
}
finally
{
    work.Delete(recursive: true);
}

static async Task<int> SoakAsync(LoadOptions options, string directory)
{
    var results = await SoakRun.RunAsync(options, directory);
    await WriteAsync(options, SoakReport.Write(results), SoakReport.WriteJson(results));
    return results.Verdict.IsFlat ? 0 : 1;
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
