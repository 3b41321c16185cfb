using System.Globalization;
using System.Text.Json.Nodes;
using SecretsFirewall.Bundles;
using SecretsFirewall.Cli;

namespace SecretsFirewall.Load.Scale;

/// <summary>Policy <c>default</c> with so many rules of detection, or of policy, as an operator would add them in files of their own.</summary>
internal static class PolicyFiles
{
    private const string Policy = "default";

    private const string Letters = "abcdefghijklmnopqrstuvwxyz";

    /// <param name="count">How many detection rules are on.</param>
    public static void WithRules(FirewallHome home, int count)
    {
        ShippedPolicies.Write(home.PolicyDirectory, Policy);
        string[] shipped = [.. ShippedRules.Set.Enabled.Select(static rule => rule.Id)];
        var on = Math.Min(count, shipped.Length);
        var off = shipped.Where((_, i) => i * (long)on / shipped.Length == (i + 1) * (long)on / shipped.Length);
        Write(home, "scale.json", new JsonObject
        {
            ["schema"] = "policy/v1",
            ["detection"] = new JsonObject { ["off"] = new JsonArray([.. off.Select(static id => JsonValue.Create(id))]) },
        });
        if (count > shipped.Length)
        {
            Write(home, Path.Combine("rules", "scale.json"), new JsonObject
            {
                ["schema"] = "rules/v1",
                ["family"] = "scale",
                ["rules"] = new JsonArray([.. Enumerable.Range(0, count - shipped.Length).Select(OwnRule)]),
            });
        }
    }

    /// <param name="count">How many policy rules stand beside the shipped ones.</param>
    public static void WithPolicy(FirewallHome home, int count)
    {
        ShippedPolicies.Write(home.PolicyDirectory, Policy);
        Write(home, "scale.json", new JsonObject { ["schema"] = "policy/v1", ["rules"] = new JsonArray([.. Enumerable.Range(0, count).Select(PolicyRule)]) });
    }

    // A prefix of its own for each, of letters that text has, and as long as real ones are.
    private static JsonNode OwnRule(int number) => new JsonObject
    {
        ["id"] = Text($"scale-{number}"),
        ["provider"] = "Scale",
        ["description"] = "A key that nobody has.",
        ["source"] = "The bench.",
        ["confidence"] = "high",
        ["literals"] = new JsonArray(Text($"{Letters[number / 26 % 26]}{Letters[number % 26]}{Letters[number / 676 % 26]}k_")),
        ["body"] = new JsonArray(new JsonObject { ["of"] = "base62", ["length"] = 32 }),
        ["examples"] = new JsonObject { ["match"] = new JsonArray("key: {secret}"), ["no_match"] = new JsonArray("nothing") },
    };

    private static JsonNode PolicyRule(int number)
    {
        var match = new JsonObject();
        if (number % 5 != 4)
        {
            match["host"] = new JsonObject { ["eq"] = Text($"h{number}.example.net") };
        }

        match["method"] = new JsonObject { ["in"] = new JsonArray("PUT", "DELETE") };
        match["path"] = new JsonObject { ["prefix"] = Text($"/v{number}/") };
        return new JsonObject { ["id"] = Text($"scale-{number}"), ["on"] = "request", ["outcome"] = number % 4 == 0 ? "deny" : "allow", ["match"] = match, ["reason"] = "The bench." };
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static void Write(FirewallHome home, string name, JsonObject content)
    {
        var path = Path.Combine(home.PolicyDirectory, Policy, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content.ToJsonString());
    }
}
