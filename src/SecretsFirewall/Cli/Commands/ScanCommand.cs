using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using SecretsFirewall.Audit;
using SecretsFirewall.Cli.Scanning;
using SecretsFirewall.Cli.Terminal;
using SecretsFirewall.Inspection.Detection;
using SecretsFirewall.Inspection.Detection.Rules;
using SecretsFirewall.Model;

namespace SecretsFirewall.Cli.Commands;

/// <summary><c>sfw scan</c>: what the proxy would find, in files and standard input.</summary>
internal static class ScanCommand
{
    private const string StandardInput = "-";

    private static readonly Argument<string[]> Paths = new("PATH") { Description = "Files and directories; - for standard input. The working directory if none is named.", Arity = ArgumentArity.ZeroOrMore };

    private static readonly Option<string> Format = Choice("--format", "How to write the findings: text, json (an object a line) or sarif.", "text", "json", "sarif");

    private static readonly Option<string?> BaselineFile = new("--baseline") { Description = "Do not report what this file knows.", HelpName = "FILE" };

    private static readonly Option<string?> NewBaseline = new("--write-baseline") { Description = "Write all findings to this file, to be known from now on.", HelpName = "FILE" };

    private static readonly Option<string> Least = Choice("--confidence", "The least to report: low, medium or high.", "low", "medium", "high");

    private static readonly Option<bool> NoEntropy = new("--no-entropy") { Description = "Do not report what is only random enough to be a secret." };

    private static readonly Option<bool> NoVault = new("--no-vault") { Description = "Do not look for the registered values of the home." };

    public static readonly Option<string[]> Rules = new("--rules") { Description = "Rules of your own, beside the shipped ones: a file, or a directory of *.json.", HelpName = "FILE|DIR" };

    public static Command Create()
    {
        var command = new Command("scan", """
            Looks for secrets in files, directories and standard input, as the firewall does in traffic.

            It looks with the shipped rules, those of --rules, and for the registered values of the home, if there is one. It needs
            no home and no running firewall. Values are never shown: only the public prefix of their format and their length.

            Left out are .git, symbolic links, and what a .sfwignore of the working directory or of a named directory says; the
            summary counts it. What cannot be read is named, and the exit code says so.

            The exit code is 0 if nothing was found, 1 with findings, 2 if something could not be read or the command line, the rules,
            the baseline or a .sfwignore is wrong.

            Examples:
              sfw scan
              sfw scan src config.yaml --format sarif > findings.sarif
              git diff --cached | sfw scan -
              sfw scan --write-baseline .sfw-baseline.json      (what is there now, to be known)
              sfw scan --baseline .sfw-baseline.json            (only what is new)
            """)
        { Paths, Format, BaselineFile, NewBaseline, Least, NoEntropy, NoVault, Rules };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        var output = Output.Of(parse);
        string[] paths = parse.GetValue(Paths) is { Length: > 0 } named ? named : ["."];
        if (paths.Contains(StandardInput) && paths.Length > 1)
        {
            return output.Fail("Scan standard input by itself: - stands alone.", ExitCodes.Broken);
        }

        var problems = new List<string>();
        var baseline = ReadBaseline(parse, problems);
        var ignores = Ignores.Read([".", .. paths.Where(Directory.Exists)], DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().UtcDateTime), problems);
        var rules = OwnRules.Load(parse.GetValue(Rules) ?? [], out var wrongRules);
        problems.AddRange(wrongRules);
        if (problems.Count > 0)
        {
            problems.ForEach(problem => output.Fail(TerminalText.Escape(problem)));
            return ExitCodes.Broken;
        }

        foreach (var entry in ignores.Expired)
        {
            output.Note(TerminalText.Escape($"{entry.File}:{entry.Line}: the entry for {entry.Fingerprint} expired on {entry.Until:yyyy-MM-dd} and hides nothing ({entry.Reason})."));
        }

        using var home = parse.GetValue(NoVault) ? HomeSecrets.None : HomeSecrets.Read(CommonOptions.HomeOf(parse), TimeProvider.System);
        if (home.Problem is { } closed)
        {
            output.Note($"Registered values are not looked for: {closed}");
        }

        var wanted = rules!.Enabled.Where(rule => !parse.GetValue(NoEntropy) || rule.Finds != FindingKind.Entropy).ToList();
        var snapshot = DetectionSnapshot.Build(home.Values, home.InstallKey ?? RandomNumberGenerator.GetBytes(32), wanted);
        var isTerminal = ReferenceEquals(parse.InvocationConfiguration.Error, Console.Error) && !Console.IsErrorRedirected;
        var progress = new ScanProgress(parse.InvocationConfiguration.Error, isTerminal);
        var run = new ScanRun(
            new TextScanner(snapshot, new Fingerprints(baseline?.Key, home.InstallKey), Enum.Parse<RuleConfidence>(parse.GetRequiredValue(Least), ignoreCase: true)),
            parse.GetValue(BaselineFile) is null || parse.GetValue(NewBaseline) is not null ? null : baseline,
            ignores,
            progress);
        try
        {
            return await ReportAsync(parse, output, paths, run, wanted, baseline, ignores, progress, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            progress.Clear();
            return output.Fail("Stopped; not everything was looked at.", ExitCodes.Broken);
        }
    }

    private static async Task<int> ReportAsync(
        ParseResult parse,
        Output output,
        string[] paths,
        ScanRun run,
        IReadOnlyList<DetectionRule> rules,
        Baseline? baseline,
        Ignores ignores,
        ScanProgress progress,
        CancellationToken cancellationToken)
    {
        var report = IScanReport.Of(parse.GetRequiredValue(Format), output, rules);
        var newBaseline = parse.GetValue(NewBaseline);
        var all = new List<ScanFinding>();
        void Add(FileScan file)
        {
            progress.Clear();
            report.Add(file);
            all.AddRange(newBaseline is null ? [] : file.Findings);
            if (file.Problem is { } problem)
            {
                output.Fail(TerminalText.Escape($"{file.Path}: {problem}"));
            }
        }

        report.Begin();
        ScanTotals totals;
        var walker = new FileWalker(ignores);
        if (paths is [StandardInput])
        {
            using var input = Console.OpenStandardInput();
            totals = run.Run(StandardInput, input, Add, cancellationToken);
        }
        else
        {
            if (progress.IsShown)
            {
                progress.Begin(paths.SelectMany(new FileWalker(ignores).Walk).Sum(file => file.Length));
            }

            totals = await run.RunAsync(paths.SelectMany(walker.Walk), Add, cancellationToken);
        }

        progress.Clear();
        report.End(totals);
        output.Note(Summary(totals, walker.Ignored));
        if (totals.Problems > 0)
        {
            return newBaseline is null ? ExitCodes.Broken : output.Fail($"{newBaseline} is not written: it would lack what could not be read.", ExitCodes.Broken);
        }

        return newBaseline is null ? totals.Findings > 0 ? ExitCodes.NotDone : ExitCodes.Done
            : WriteBaseline(output, newBaseline, baseline!.Write(all), all.Count);
    }

    private static int WriteBaseline(Output output, string path, string text, int count)
    {
        try
        {
            File.WriteAllText(path, text);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return output.Fail($"{path} cannot be written.", ExitCodes.Broken);
        }

        output.Note(string.Create(CultureInfo.InvariantCulture, $"Written: {path} with {count} findings. Use it with --baseline {path}."));
        return ExitCodes.Done;
    }

    /// <summary>The file that is read; else the one that is to be written, so that its key and with it all fingerprints stay; else a new one, if one is to be written.</summary>
    private static Baseline? ReadBaseline(ParseResult parse, List<string> problems)
    {
        var written = parse.GetValue(NewBaseline);
        if ((parse.GetValue(BaselineFile) ?? (File.Exists(written) ? written : null)) is not { } path)
        {
            return written is null ? null : Baseline.New();
        }

        try
        {
            var baseline = Baseline.Read(path, out var problem);
            if (baseline is null)
            {
                problems.Add(problem);
            }

            return baseline;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problems.Add($"The baseline {path} cannot be read. Write one with: sfw scan --write-baseline {path}");
            return null;
        }
    }

    private static string Summary(ScanTotals totals, int ignored)
    {
        var text = string.Create(
            CultureInfo.InvariantCulture,
            $"{Count(totals.Findings, "finding")} in {totals.FilesWithFindings} of {Count(totals.Files, "file")} ({totals.Bytes / (1024.0 * 1024):F1} MB)");
        return string.Join(", ", new[]
        {
            text,
            totals.Known > 0 ? $"{totals.Known} known from the baseline" : "",
            totals.Allowed > 0 ? $"{totals.Allowed} allowed" : "",
            ignored > 0 ? $"{ignored} left out by {IgnoreFile.Name}" : "",
            totals.Problems > 0 ? $"{totals.Problems} not read" : "",
        }.Where(part => part.Length > 0)) + ".";
    }

    private static string Count(int count, string what) => string.Create(CultureInfo.InvariantCulture, $"{count} {what}{(count == 1 ? "" : "s")}");

    private static Option<string> Choice(string name, string description, params string[] words)
    {
        var option = new Option<string>(name) { Description = description, DefaultValueFactory = _ => words[0], HelpName = string.Join('|', words) };
        option.AcceptOnlyFromAmong(words);
        return option;
    }
}
