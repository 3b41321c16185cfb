using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using SecretsFirewall.Policy;

namespace SecretsFirewall.Cli.Recorded;

/// <summary>A file to add to a policy: rules and exceptions, for a person to read first.</summary>
/// <param name="Path">Beside the policy's other files.</param>
/// <param name="Meaning">What it does, in a sentence.</param>
/// <param name="Check">What the policy says with it, where that was tried.</param>
internal sealed record PolicyChange(string Path, string Content, string Meaning, string Check)
{
    private static readonly JsonSerializerOptions Written = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>As <c>patch</c> and <c>git apply</c> take it.</summary>
    public IEnumerable<string> Diff()
    {
        var lines = Content.TrimEnd('\n').Split('\n');
        return [
            "--- /dev/null",
            $"+++ {Path}",
            string.Create(CultureInfo.InvariantCulture, $"@@ -0,0 +1,{lines.Length} @@"),
            .. lines.Select(static line => "+" + line),
        ];
    }

    public PolicyFile File => new(System.IO.Path.GetFileName(Path), Encoding.UTF8.GetBytes(Content));

    /// <summary>A file of its own where there is a local.json already: the lists of all files are joined.</summary>
    public static string PathIn(PolicyInHand policy, string otherwise)
    {
        var name = policy.Source.Files.Any(static file => file.Path == "local.json") ? $"{otherwise}.json" : "local.json";
        return $"policies/{policy.Snapshot.Name}/{name}";
    }

    public static string Document(IEnumerable<JsonObject> rules, IEnumerable<JsonObject> exceptions)
    {
        var document = new JsonObject { ["$schema"] = "../policy.schema.json", ["schema"] = "policy/v1" };
        Add("rules", [.. rules]);
        Add("exceptions", [.. exceptions]);
        return document.ToJsonString(Written) + "\n";

        void Add(string name, JsonNode[] items)
        {
            if (items.Length > 0)
            {
                document[name] = new JsonArray(items);
            }
        }
    }

    /// <summary>Ids have 64 characters at most.</summary>
    public static string Id(string text) => text.Length <= 64 ? text : text[..64];
}
