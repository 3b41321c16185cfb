using System.Text.Json;
using System.Text.Json.Nodes;

namespace SecretsFirewall.Cli.Policies;

/// <summary>A part of a policy that differs.</summary>
/// <param name="Before">Null if it was not there, <paramref name="After"/> if it is not any more; both in canonical JSON.</param>
internal sealed record PolicyDifference(string Part, string? Before, string? After);

/// <summary>
/// What differs between two policies by what they say, part by part: a rule by its id, wherever it stands. Order, comments and the files that things stand
/// in make no difference, since they make none for decisions.
/// </summary>
internal static class PolicyComparison
{
    private static readonly JsonDocumentOptions Reading = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true, MaxDepth = 64 };

    private static readonly Dictionary<string, (string Word, string Id)> Lists = new(StringComparer.Ordinal)
    {
        ["destinations"] = ("destination", "id"),
        ["rules"] = ("rule", "id"),
        ["exceptions"] = ("exception", "id"),
        ["cases"] = ("case", "name"),
    };

    /// <summary>By part. Both must load.</summary>
    public static IReadOnlyList<PolicyDifference> Of(PolicySource before, PolicySource after)
    {
        var (old, now) = (Parts(before), Parts(after));
        return
        [
            .. old.Keys.Union(now.Keys).Order(StringComparer.Ordinal)
                .Select(part => new PolicyDifference(part, old.GetValueOrDefault(part), now.GetValueOrDefault(part)))
                .Where(difference => difference.Before != difference.After),
        ];
    }

    private static SortedDictionary<string, string> Parts(PolicySource source)
    {
        var parts = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var root in source.Files.Select(file => JsonNode.Parse(file.Content.Span, null, Reading)).OfType<JsonObject>())
        {
            foreach (var (name, value) in root)
            {
                AddMember(parts, name, value);
            }
        }

        foreach (var root in source.RuleFiles.Select(file => JsonNode.Parse(file.Content.Span, null, Reading)).OfType<JsonObject>())
        {
            foreach (var rule in (root["rules"] as JsonArray ?? []).OfType<JsonObject>())
            {
                parts[$"detection rule {rule["id"]}"] = Text(rule);
            }
        }

        return parts;
    }

    private static void AddMember(SortedDictionary<string, string> parts, string name, JsonNode? value)
    {
        switch (name)
        {
            case "$schema" or "schema":
                break;
            case "sets" or "detection":
                foreach (var (member, inner) in value as JsonObject ?? [])
                {
                    AddInner(parts, name == "sets" ? "set" : "detection", member, inner);
                }

                break;
            default:
                if (Lists.TryGetValue(name, out var list) && value is JsonArray array)
                {
                    foreach (var item in array.OfType<JsonObject>())
                    {
                        parts[$"{list.Word} {item[list.Id]}"] = Text(item);
                    }
                }
                else
                {
                    parts[name] = Text(value);
                }

                break;
        }
    }

    // The lists of detection are joined over files, so each entry is a part of its own.
    private static void AddInner(SortedDictionary<string, string> parts, string word, string member, JsonNode? value)
    {
        if (word == "detection" && value is JsonArray array)
        {
            foreach (var item in array)
            {
                parts[$"{word}.{member} {Text(item)}"] = Text(item);
            }
        }
        else
        {
            parts[$"{word} {member}"] = Text(value);
        }
    }

    private static string Text(JsonNode? node) => node switch
    {
        JsonObject value => "{" + string.Join(", ", value.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"\"{pair.Key}\": {Text(pair.Value)}")) + "}",
        JsonArray value => "[" + string.Join(", ", value.Select(Text)) + "]",
        null => "null",
        _ => node.ToJsonString(),
    };
}
