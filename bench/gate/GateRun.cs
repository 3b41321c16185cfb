using System.Diagnostics;

namespace SecretsFirewall.Gate;

/// <summary>
/// Measures in processes of their own, since the runtime compiles the same code differently from one to the next, and judges. What fails is measured again:
/// whoever disturbs is gone by then, a slower program is not.
/// </summary>
/// <param name="kind">What baselines are called.</param>
/// <param name="arguments">Of this executable, to print one line with a measurement.</param>
internal sealed class GateRun(string kind, GateOptions options, IReadOnlyList<string> arguments)
{
    public const int Tries = 3;

    private readonly string _processor = Processor.Name();

    /// <summary>0 good or learned, 1 worse or no baseline.</summary>
    public async Task<int> RunAsync(TextWriter output) =>
        options.Learn is { } runs ? await LearnAsync(runs, output) : await JudgeAsync(output);

    private async Task<int> LearnAsync(int runs, TextWriter output)
    {
        var measurements = new List<Measurement>();
        for (var run = 1; run <= runs; run++)
        {
            measurements.Add(await MeasureAsync());
            await Console.Error.WriteLineAsync($"run {run} of {runs}");
        }

        var baseline = Baseline.Learn(measurements, _processor, DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().UtcDateTime));
        var file = Baseline.FileFor(options.Folder, kind, _processor);
        Directory.CreateDirectory(options.Folder);
        await File.WriteAllTextAsync(file, baseline.Write());
        GateTable.Write(Judgement.Of(measurements[^1], baseline, isSameProcessor: true), output);
        await output.WriteLineAsync($"Learned from {runs} runs: {file}");
        return 0;
    }

    private async Task<int> JudgeAsync(TextWriter output)
    {
        if (Baseline.Find(options.Folder, kind, _processor) is not { } baseline)
        {
            await output.WriteLineAsync($"No baseline in {options.Folder}: learn one with --gate --learn 10.");
            return 1;
        }

        var isSame = baseline.Processor == _processor;
        if (!isSame)
        {
            await output.WriteLineAsync($"No baseline of {_processor}; against that of {baseline.Processor} only a doubled cost fails.");
        }

        var measured = await MeasureAsync();
        var judgement = Judgement.Of(measured, baseline, isSame);
        var tries = 1;
        for (; tries < Tries && !judgement.IsGood; tries++)
        {
            measured = measured.Best(await MeasureAsync());
            judgement = Judgement.Of(measured, baseline, isSame);
        }

        GateTable.Write(judgement, output);
        await output.WriteLineAsync($"{(judgement.IsGood ? "GOOD" : "WORSE than the baseline")}, measured {tries} {(tries == 1 ? "time" : "times")}; baseline of {baseline.Runs} runs on {baseline.Learned}.");
        return judgement.IsGood ? 0 : 1;
    }

    private async Task<Measurement> MeasureAsync()
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!, arguments) { RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        var text = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0
            ? Measurement.Read(text)
            : throw new InvalidOperationException($"The measuring process ended with {process.ExitCode}.");
    }
}
