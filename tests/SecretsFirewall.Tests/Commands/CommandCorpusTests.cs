using System.Globalization;
using System.Text;
using System.Text.Json;
using SecretsFirewall.Bundles;
using SecretsFirewall.Commands;
using SecretsFirewall.Tests.Policy;

namespace SecretsFirewall.Tests.Commands;

/// <summary>The lines of <c>tests/corpora/commands.json</c> against their classes. The counts stand in the report that CI prints.</summary>
public sealed class CommandCorpusTests
{
    private const int MaxFalseAlarms = 3;

    private static readonly CommandClassifier Classifier = new(ShippedCommands.Table);

    [Fact]
    public void Classify_Corpus_MissesNothingAndSeldomAlarms()
    {
        var report = new StringBuilder("Commands of tests/corpora/commands.json\n");
        var problems = new List<string>();
        var counts = new Dictionary<string, (int Lines, int Bad, int Other)>(StringComparer.Ordinal);
        foreach (var (kind, expected, line) in Lines())
        {
            var verdict = Classifier.Classify(line);
            var written = Word(verdict);
            var (expectedClass, expectedExternal) = (Enum.Parse<CommandClass>(expected.TrimEnd('+').Replace("_", "", StringComparison.Ordinal), ignoreCase: true), expected.EndsWith('+'));
            var isBad = kind == "harmless"
                ? verdict.Class < expectedClass || verdict.IsExternal
                : verdict.Class > expectedClass || (expectedExternal && !verdict.IsExternal);
            var (lines, bad, other) = counts.GetValueOrDefault(kind);
            counts[kind] = (lines + 1, bad + (isBad ? 1 : 0), other + (!isBad && written != expected ? 1 : 0));
            if (isBad)
            {
                problems.Add($"{kind}: expected {expected}, is {written}: {line} ({string.Join("; ", verdict.Reasons.Take(3).Select(reason => $"{reason.Command} {reason.Rule}"))})");
            }
        }

        report.Append(CultureInfo.InvariantCulture, $"{"kind",-12}{"lines",7}{"false alarms",14}{"misses",8}{"stricter or milder, in bounds",31}\n");
        foreach (var (kind, (lines, bad, other)) in counts)
        {
            report.Append(CultureInfo.InvariantCulture, $"{kind,-12}{lines,7}{(kind == "harmless" ? bad : 0),14}{(kind == "harmless" ? 0 : bad),8}{other,31}\n");
        }

        problems.ForEach(problem => report.AppendLine(problem));
        var folder = Directory.CreateDirectory(Path.Combine(AppContext.BaseDirectory, "commands"));
        File.WriteAllText(Path.Combine(folder.FullName, "corpus-report.txt"), report.ToString());
        Assert.True(counts["harmless"].Lines >= 100 && counts["dangerous"].Lines + counts["disguised"].Lines >= 200 && counts["disguised"].Lines >= 60, report.ToString());
        Assert.True(counts["harmless"].Bad <= MaxFalseAlarms && counts["dangerous"].Bad == 0 && counts["disguised"].Bad == 0, report.ToString());
    }

    [Fact]
    public void Classify_SameLine_GivesTheSameVerdictEveryTime()
    {
        foreach (var (_, _, line) in Lines())
        {
            Assert.Equal(JsonSerializer.Serialize(Classifier.Classify(line)), JsonSerializer.Serialize(Classifier.Classify(line)));
        }
    }

    internal static IEnumerable<(string Kind, string Expected, string Line)> Lines()
    {
        var path = Path.Combine(Path.GetDirectoryName(Repository.Policies)!, "tests", "corpora", "commands.json");
        using var document = JsonDocument.Parse(File.ReadAllBytes(path), new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip });
        foreach (var kind in document.RootElement.EnumerateObject())
        {
            foreach (var expected in kind.Value.EnumerateObject())
            {
                foreach (var line in expected.Value.EnumerateArray())
                {
                    yield return (kind.Name, expected.Name, line.GetString()!);
                }
            }
        }
    }

    private static string Word(CommandVerdict verdict) => JsonNamingPolicy.SnakeCaseLower.ConvertName(verdict.Class.ToString()) + (verdict.IsExternal ? "+" : "");
}
