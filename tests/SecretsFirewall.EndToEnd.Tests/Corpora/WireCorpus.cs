using System.Runtime.CompilerServices;
using System.Text.Json;

namespace SecretsFirewall.EndToEnd.Tests.Corpora;

/// <summary>Reads a file of <c>tests/corpora</c>; its README says what stands there.</summary>
internal static class WireCorpus
{
    public static IReadOnlyList<WireCase> Load(string file, IReadOnlyDictionary<string, string> variables, [CallerFilePath] string here = "")
    {
        var path = Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "corpora", $"{file}.json");
        using var document = JsonDocument.Parse(File.ReadAllText(path), new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip });
        var cases = document.RootElement.Clone().GetProperty("groups").EnumerateArray()
            .SelectMany(group => group.GetProperty("cases").EnumerateObject().Select(one => new WireCase(file, group, one.Name, one.Value, variables)))
            .ToList();
        Assert.Equal(cases.Count, cases.Select(one => one.Id).Distinct().Count());
        return Environment.GetEnvironmentVariable("SFW_TEST_CASE") is { } only ? cases.FindAll(one => one.Id.Contains(only, StringComparison.Ordinal)) : cases;
    }
}
