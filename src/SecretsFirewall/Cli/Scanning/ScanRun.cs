using System.Security;

namespace SecretsFirewall.Cli.Scanning;

/// <summary>
/// Scans many files at once and reports each in the order in which they came, as soon as those before it are done. So many are begun
/// ahead of the one that is reported that a large file holds nobody up, and not more: their findings wait in memory.
/// </summary>
internal sealed class ScanRun(TextScanner scanner, Baseline? baseline, Ignores ignores, ScanProgress progress)
{
    private const int AheadPerCore = 16;

    private static readonly int Cores = Environment.ProcessorCount;

    /// <param name="report">Called on the caller's own flow, for one file after the other.</param>
    public async Task<ScanTotals> RunAsync(IEnumerable<ScanFile> files, Action<FileScan> report, CancellationToken cancellationToken)
    {
        var workers = new TaskFactory(new ConcurrentExclusiveSchedulerPair(TaskScheduler.Default, Cores).ConcurrentScheduler);
        var begun = new Queue<Task<FileScan>>();
        var totals = ScanTotals.None;
        foreach (var file in files)
        {
            begun.Enqueue(workers.StartNew(() => Scan(file, cancellationToken), CancellationToken.None));
            while (begun.Count > AheadPerCore * Cores || begun is { Count: > 0 } && begun.Peek().IsCompleted)
            {
                totals = Report(await begun.Dequeue(), totals, report);
            }
        }

        while (begun.TryDequeue(out var next))
        {
            totals = Report(await next, totals, report);
        }

        return totals;
    }

    /// <summary>Standard input: the same, for one text without a file.</summary>
    public ScanTotals Run(string name, Stream text, Action<FileScan> report, CancellationToken cancellationToken)
    {
        var scan = Try(name, () => scanner.Scan(name, text, 0, progress.Add, cancellationToken));
        return Report(Filter(scan), ScanTotals.None, report);
    }

    private static ScanTotals Report(FileScan file, ScanTotals totals, Action<FileScan> report)
    {
        report(file);
        return totals.With(file);
    }

    private FileScan Scan(ScanFile file, CancellationToken cancellationToken) => file.Problem is not null
        ? new FileScan(file.Path, [], Problem: file.Problem)
        : Filter(Try(file.Path, () =>
        {
            // The scanner reads into its own buffers: one of the stream's would be a copy that nobody clears.
            using var stream = new FileStream(file.FullPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0, FileOptions.SequentialScan);
            return scanner.Scan(file.Path, stream, file.Length, progress.Add, cancellationToken);
        }));

    private static FileScan Try(string path, Func<FileScan> scan)
    {
        try
        {
            return scan();
        }
        catch (UnauthorizedAccessException)
        {
            return new FileScan(path, [], Problem: "This file may not be read by this user.");
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return new FileScan(path, [], Problem: "The file is no longer there.");
        }
        catch (Exception e) when (e is IOException or SecurityException or NotSupportedException)
        {
            return new FileScan(path, [], Problem: $"The file cannot be read: {e.Message}");
        }
    }

    private FileScan Filter(FileScan scan)
    {
        var known = baseline is null ? [] : scan.Findings.Where(baseline.Knows).ToHashSet(ReferenceEqualityComparer.Instance);
        var allowed = scan.Findings.Where(finding => !known.Contains(finding) && ignores.Allows(finding)).ToHashSet(ReferenceEqualityComparer.Instance);
        return known.Count + allowed.Count == 0
            ? scan
            : scan with
            {
                Findings = [.. scan.Findings.Where(finding => !known.Contains(finding) && !allowed.Contains(finding))],
                Known = known.Count,
                Allowed = allowed.Count,
            };
    }
}
