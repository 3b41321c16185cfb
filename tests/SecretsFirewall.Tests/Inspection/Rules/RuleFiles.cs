using System.Text;
using SecretsFirewall.Inspection.Detection.Rules;

namespace SecretsFirewall.Tests.Inspection.Rules;

/// <summary>Rule files for tests, written down where they are used.</summary>
internal static class RuleFiles
{
    public const string Examples = """ "examples": { "match": ["{secret}"], "no_match": ["{uuid}"] } """;

    public static RuleFile File(string text, string path = "0.json") => new(path, Encoding.UTF8.GetBytes(text));

    /// <summary>A file with one rule that has these members besides those that every rule has.</summary>
    public static string One(string members, string id = "r") =>
        Frame($$"""{ "id": "{{id}}", "provider": "p", "description": "d", "source": "s", "confidence": "high", {{members}} }""");

    public static string Frame(string rules, string more = "") => $$"""{ "schema": "rules/v1", "family": "test", {{more}} "rules": [{{rules}}] }""";

    public static IReadOnlyList<RuleError> Errors(params string[] files)
    {
        Assert.Null(RuleSetLoader.Load([.. files.Select((text, i) => File(text, $"{i}.json"))], out var errors));
        return errors;
    }

    /// <summary>The only rule of a file that loads.</summary>
    public static DetectionRule Rule(string members)
    {
        var set = RuleSetLoader.LoadShipped([File(One($"{members}, {Examples}"))], out var errors);
        Assert.True(errors.Count == 0, string.Join('\n', errors));
        return Assert.Single(set!.Rules);
    }
}
