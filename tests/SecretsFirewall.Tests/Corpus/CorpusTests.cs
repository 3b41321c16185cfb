using SecretsFirewall.Inspection.Detection;
using SecretsFirewall.Tests.Inspection;
using SecretsFirewall.Tests.Inspection.Rules;

namespace SecretsFirewall.Tests.Corpus;

public sealed class CorpusTests
{
    // Just under what is measured: a change that loses more than chance does is seen.
    private const double MinRecall = 0.995;
    private const double MinPrecision = 0.999;

    [Fact]
    public void Find_Corpus_StaysAboveTheFloor()
    {
        var snapshot = DetectionSnapshot.Build([], new byte[32], [.. ShippedRules.Set.Enabled]);

        var report = CorpusReport.Of(snapshot, CorpusLoader.Secrets().Concat(CorpusLoader.LookAlikes()));

        File.WriteAllText(Path.Combine(AppContext.BaseDirectory, "corpus-report.txt"), report.ToString());
        Assert.True(report.Total.Secrets >= 2000 && report.Total.LookAlikes >= 2000, report.ToString());
        Assert.True(
            report.Recall >= MinRecall && report.Precision >= MinPrecision,
            $"{report}\n{string.Join('\n', report.Complaints)}");
    }

    [Fact]
    public void Mask_TextOfTheCorpusInTwoPieces_GivesWhatTheWholeGives()
    {
        var snapshot = DetectionSnapshot.Build([], new byte[32], [.. ShippedRules.Set.Enabled]);
        foreach (var text in CorpusLoader.Secrets().Concat(CorpusLoader.LookAlikes()).Where((_, i) => i % 40 == 0))
        {
            var whole = snapshot.MaskInChunks(text.Text);
            for (var cut = 1; cut < text.Text.Length; cut++)
            {
                Assert.True(whole.AsSpan().SequenceEqual(snapshot.MaskInChunks(text.Text, cut)), $"{text}, cut at {cut}");
            }
        }
    }

    [Fact]
    public void Load_Corpus_IsTheSameEveryTime()
    {
        var first = CorpusLoader.Secrets().Concat(CorpusLoader.LookAlikes()).Select(text => Convert.ToBase64String(text.Text));
        var second = CorpusLoader.Secrets().Concat(CorpusLoader.LookAlikes()).Select(text => Convert.ToBase64String(text.Text));

        Assert.Equal(first, second);
    }
}
