using System.Globalization;
using System.Text;
using System.Text.Json;
using SecretsFirewall.Load.Client;
using SecretsFirewall.Load.Runs;

namespace SecretsFirewall.Load.Report;

/// <summary>The verdict, what was done, and every sample.</summary>
internal static class SoakReport
{
    private static readonly JsonSerializerOptions Options = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public static string Write(SoakResults results)
    {
        var text = new StringBuilder();
        var machine = results.Machine;
        var warmUp = SoakVerdict.WarmUp(results.Lasts);
        Line(text, $"# Soak");
        Line(text, $"");
        Line(text, $"{results.StartedAt:yyyy-MM-dd HH:mm} UTC, {results.Lasts.TotalMinutes:F0} min; {machine.Processor}, {machine.Cores} cores, {machine.MemoryGb} GB; {machine.System}; {machine.Runtime}; seed {results.Options.Seed}; {results.Options.Secrets:N0} secrets registered; configuration {results.ConfigHash[..12]}.");
        Line(text, $"");
        Line(text, $"`dotnet run -c Release --project bench/load -- --soak --minutes {results.Lasts.TotalMinutes:F0}`");
        Line(text, $"");
        Line(text, $"**{results.Verdict}**");
        Line(text, $"");
        Line(text, $"Growth is the median of the last quarter of the samples after {warmUp.TotalSeconds:F0} s of warm-up, against that of their first quarter.");
        Line(text, $"");
        Line(text, $"| traffic | exchanges |");
        Line(text, $"|---|---|");
        foreach (var kind in Enum.GetValues<SoakKind>())
        {
            Line(text, $"| {kind.ToString().ToLowerInvariant()} | {Done(results, kind):N0} |");
        }

        Line(text, $"");
        Line(text, $"| s | RSS, MB | handles | CPU s |");
        Line(text, $"|---|---|---|---|");
        foreach (var sample in results.Samples)
        {
            Line(text, $"| {sample.Seconds:F0} | {sample.ResidentBytes / (1024.0 * 1024):F1} | {sample.Handles} | {sample.CpuSeconds:F0} |");
        }

        return text.ToString();
    }

    public static string WriteJson(SoakResults results) => JsonSerializer.Serialize(
        new
        {
            results.StartedAt,
            Seconds = Math.Round(results.Traffic.Seconds),
            results.Options.Seed,
            results.Options.Secrets,
            results.ConfigHash,
            results.Machine,
            Verdict = new
            {
                results.Verdict.IsFlat,
                results.Verdict.ResidentGrowthMb,
                SoakVerdict.MostResidentGrowthMb,
                results.Verdict.HandleGrowth,
                SoakVerdict.MostHandleGrowth,
                results.Verdict.Error,
            },
            Exchanges = Enum.GetValues<SoakKind>().ToDictionary(kind => kind.ToString().ToLowerInvariant(), kind => Done(results, kind)),
            results.Samples,
        },
        Options) + "\n";

    private static double Done(SoakResults results, SoakKind kind) => results.Traffic.Samples.ElementAtOrDefault((int)kind);

    private static void Line(StringBuilder text, FormattableString line) => text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');
}
