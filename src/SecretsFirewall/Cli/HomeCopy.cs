using System.Text.Json;
using System.Text.Json.Nodes;
using SecretsFirewall.Admin;
using SecretsFirewall.Cli.Configuration;

namespace SecretsFirewall.Cli;

/// <summary>What a temporary home takes over from another: its policy and those settings that bear on traffic. Never its keys, its secrets or its log.</summary>
/// <param name="sections">The sections of the configuration that are taken over.</param>
/// <param name="leftOut">Settings of these sections that are not.</param>
internal sealed class HomeCopy(FirewallHome from, IReadOnlyList<string> sections, IReadOnlyList<string> leftOut)
{
    private static readonly JsonDocumentOptions Reading = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    /// <summary>Of <c>config.json</c> what is taken over; empty without one.</summary>
    public JsonObject Configuration()
    {
        if (!File.Exists(from.ConfigFile) || JsonNode.Parse(File.ReadAllText(from.ConfigFile), null, Reading) is not JsonObject written)
        {
            return [];
        }

        foreach (var name in written.Select(static pair => pair.Key).ToList())
        {
            if (!sections.Contains(name.Split('.')[0]) || leftOut.Any(part => name.Contains($".{part}", StringComparison.Ordinal)))
            {
                written.Remove(name);
            }
        }

        foreach (var section in written.Select(static pair => pair.Value).OfType<JsonObject>())
        {
            foreach (var name in leftOut)
            {
                section.Remove(name);
            }
        }

        return written;
    }

    /// <summary>Of the variables that configure a firewall, those that <see cref="Configuration"/> would keep.</summary>
    public IReadOnlyDictionary<string, string> Variables() => ProcessEnvironment.Variables()
        .Where(one => one.Key.StartsWith(ConfigurationLoader.VariablePrefix, StringComparison.Ordinal)
            && sections.Any(section => one.Key[ConfigurationLoader.VariablePrefix.Length..].Split("__")[0].Equals(section, StringComparison.OrdinalIgnoreCase))
            && !leftOut.Any(part => one.Key.Contains($"__{part}", StringComparison.OrdinalIgnoreCase)))
        .ToDictionary(static one => one.Key, static one => one.Value, StringComparer.Ordinal);

    /// <param name="policy">The name of the policy in the home.</param>
    /// <param name="bundle">The bundle in force there, if one is; its files become a folder of that name in <paramref name="to"/>.</param>
    public void CopyPolicy(string policy, PolicyFilesReply bundle, FirewallHome to)
    {
        var target = Path.Combine(to.PolicyDirectory, policy);
        foreach (var file in bundle.Files)
        {
            Write(Path.Combine(target, file.Path), file.Content);
        }

        var source = Path.Combine(from.PolicyDirectory, policy);
        if (bundle.Bundle is not null || !Directory.Exists(source))
        {
            return; // a shipped policy is written by whoever starts with it
        }

        foreach (var path in Directory.EnumerateFiles(source, "*.json", SearchOption.AllDirectories))
        {
            Write(Path.Combine(target, Path.GetRelativePath(source, path)), File.ReadAllBytes(path));
        }
    }

    private static void Write(string path, byte[] content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, content);
    }
}
