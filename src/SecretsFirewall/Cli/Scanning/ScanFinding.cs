using SecretsFirewall.Inspection.Detection.Rules;

namespace SecretsFirewall.Cli.Scanning;

/// <summary>
/// One secret in a file: where it stands, never what it says. Lines and columns count from 1, columns in characters (code points).
/// </summary>
/// <param name="Start">The offset of its first byte in the file; <paramref name="End"/> is that of the first byte after it.</param>
/// <param name="Fingerprints">All that can be said without showing it; the first is the one that is shown (<see cref="Scanning.Fingerprints"/>).</param>
/// <param name="Preview">The public prefix of its format, if it has one, and its length.</param>
internal sealed record ScanFinding(
    string Path,
    string Rule,
    TextPosition From,
    TextPosition To,
    long Start,
    long End,
    RuleConfidence Confidence,
    IReadOnlyList<string> Fingerprints,
    string Preview)
{
    public string Fingerprint => Fingerprints[0];
}

/// <summary>All that is to be said about one file.</summary>
/// <param name="Findings">In the order of the file, less those that are known or allowed.</param>
/// <param name="Known">How many the baseline holds.</param>
/// <param name="Allowed">How many an allow entry hides.</param>
/// <param name="Problem">Why it was not read, or not to its end; null if it was.</param>
internal sealed record FileScan(string Path, IReadOnlyList<ScanFinding> Findings, long Bytes = 0, int Known = 0, int Allowed = 0, string? Problem = null);

/// <summary>The sums over all files.</summary>
internal sealed record ScanTotals(int Files, long Bytes, int FilesWithFindings, int Findings, int Known, int Allowed, int Problems)
{
    public static ScanTotals None { get; } = new(0, 0, 0, 0, 0, 0, 0);

    public ScanTotals With(FileScan file) => new(
        Files + 1,
        Bytes + file.Bytes,
        FilesWithFindings + (file.Findings.Count > 0 ? 1 : 0),
        Findings + file.Findings.Count,
        Known + file.Known,
        Allowed + file.Allowed,
        Problems + (file.Problem is null ? 0 : 1));
}
