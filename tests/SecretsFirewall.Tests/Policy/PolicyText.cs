using System.Text;
using SecretsFirewall.Bundles;
using SecretsFirewall.Model;
using SecretsFirewall.Policy;

namespace SecretsFirewall.Tests.Policy;

/// <summary>Small policies for tests: a frame that is right, to which a test adds what it is about.</summary>
internal static class PolicyText
{
    public const string Redaction = """
        "redaction": {
          "request": { "llm": ROW, "tool": ROW, "registry": ROW, "other": ROW },
          "response": { "llm": ROW, "tool": ROW, "registry": ROW, "other": ROW }
        }
        """;

    public const string Row = """{ "registered": "mask", "rule": "mask", "entropy": "alert", "reference": "pass" }""";

    public static string Frame(string members, string row = Row) => $$"""
        {
          "schema": "policy/v1", "name": "test", "revision": 3,
          "defaults": { "host": "deny", "reason": "No rule.", "advice": "Ask." },
          {{Redaction.Replace("ROW", row, StringComparison.Ordinal)}}{{(members.Length > 0 ? "," : "")}}
          {{members}}
        }
        """;

    public static string Rule(string match, string outcome = "allow", string on = "request", string id = "r") =>
        $$"""{ "id": "{{id}}", "on": "{{on}}", "outcome": "{{outcome}}", "match": {{match}}, "reason": "Because." }""";

    public static PolicySnapshot Load(string members, string row = Row)
    {
        var snapshot = PolicyLoader.Load([File(Frame(members, row))], out var errors, basis: ShippedBasis.Basis);
        Assert.Empty(errors.Select(error => error.ToString()));
        return snapshot!;
    }

    public static IReadOnlyList<PolicyError> Errors(params string[] files)
    {
        var snapshot = PolicyLoader.Load([.. files.Select((text, i) => File(text, $"{i}.json"))], out var errors, basis: ShippedBasis.Basis);
        Assert.Null(snapshot);
        return errors;
    }

    public static PolicyFile File(string text, string path = "policy.json") => new(path, Encoding.UTF8.GetBytes(text));

    public static PolicyFacts Facts(string host = "a.example.com", string method = "GET", string path = "/", int port = 443) => new()
    {
        On = PolicyStage.Request,
        Agent = "ci",
        Destination = new Destination("https", host, port),
        Method = method,
        Path = path,
    };

    /// <summary>A call that waits to be run.</summary>
    public static PolicyFacts Call(string tool, string? arguments = "{}", int level = 1, string host = "api.example.com") =>
        Facts(host) with { On = PolicyStage.ToolCall, Tool = tool, Arguments = arguments, Level = level };

    /// <summary>A command line, as a tool named bash is given it.</summary>
    public static PolicyFacts Command(string line, int level = 1) =>
        Call("bash", System.Text.Json.JsonSerializer.Serialize(new Dictionary<string, string> { ["command"] = line }), level);
}
