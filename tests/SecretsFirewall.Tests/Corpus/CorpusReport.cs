using System.Globalization;
using System.Text;
using SecretsFirewall.Inspection.Detection;
using SecretsFirewall.Model;

namespace SecretsFirewall.Tests.Corpus;

/// <summary>
/// Recall and precision by family. A secret is found if a finding is exactly its span; a false finding is any in a look-alike, and any
/// beside the secret in a text that has one.
/// </summary>
internal sealed class CorpusReport
{
    private readonly SortedDictionary<string, Counts> _families = new(StringComparer.Ordinal);

    /// <summary>What went wrong, without values.</summary>
    public List<string> Complaints { get; } = [];

    public double Recall => Ratio(Total.Found, Total.Secrets);

    public double Precision => Ratio(Total.Found, Total.Found + Total.False);

    public Counts Total => _families.Values.Aggregate(new Counts(), (sum, counts) => sum + counts);

    public static CorpusReport Of(DetectionSnapshot snapshot, IEnumerable<CorpusText> texts)
    {
        var report = new CorpusReport();
        var found = new List<Detection>();
        foreach (var text in texts)
        {
            snapshot.Find(text.Text, found);
            report.Add(text, found.Where(detection => detection.Kind is FindingKind.Rule or FindingKind.Entropy).ToList());
        }

        return report;
    }

    public override string ToString()
    {
        var table = new StringBuilder("Detection on tests/corpora\n");
        table.Append(CultureInfo.InvariantCulture, $"{"family",-20}{"secrets",9}{"found",9}{"recall",9}{"look-alikes",13}{"false",7}{"precision",11}\n");
        foreach (var (family, counts) in _families)
        {
            AppendRow(table, family, counts);
        }

        AppendRow(table, "all", Total);
        return table.ToString();
    }

    private static void AppendRow(StringBuilder table, string name, Counts counts)
    {
        var recall = counts.Secrets == 0 ? "-" : Written(Ratio(counts.Found, counts.Secrets));
        var precision = counts.Secrets == 0 ? "-" : Written(Ratio(counts.Found, counts.Found + counts.False));
        table.Append(
            CultureInfo.InvariantCulture,
            $"{name,-20}{counts.Secrets,9}{counts.Found,9}{recall,9}{counts.LookAlikes,13}{counts.False,7}{precision,11}\n");
    }

    private static string Written(double ratio) => ratio.ToString("0.0000", CultureInfo.InvariantCulture);

    private static double Ratio(int part, int whole) => whole == 0 ? 1 : (double)part / whole;

    private void Add(CorpusText text, List<Detection> found)
    {
        var isFound = found.Any(detection => detection.Start == text.Start && detection.Length == text.Length);
        var isFalse = found.Any(detection => !text.IsSecret || detection.End <= text.Start || detection.Start >= text.Start + text.Length);
        _families[text.Family] = _families.GetValueOrDefault(text.Family) + new Counts(
            text.IsSecret ? 1 : 0, text.IsSecret && isFound ? 1 : 0, text.IsSecret ? 0 : 1, isFalse ? 1 : 0);
        if (isFalse || (text.IsSecret && !isFound))
        {
            var rules = string.Join(' ', found.Select(detection => detection.Rule).Distinct());
            Complaints.Add($"{(isFalse ? "false" : found.Count > 0 ? "other span" : "missed")} [{rules}] {text}");
        }
    }

    internal readonly record struct Counts(int Secrets, int Found, int LookAlikes, int False)
    {
        public static Counts operator +(Counts a, Counts b) =>
            new(a.Secrets + b.Secrets, a.Found + b.Found, a.LookAlikes + b.LookAlikes, a.False + b.False);
    }
}
