using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using SecretsFirewall.Admin;
using SecretsFirewall.Cli.Canaries;
using SecretsFirewall.Interception;
using SecretsFirewall.Model;

namespace SecretsFirewall.Cli.Selftest;

/// <summary>
/// A temporary home with the policy and the configuration of another, and nothing else of it: its own keys, its own CA, one agent and one secret that is made up.
/// What would reach out or get in the way is left out: listeners, upstreams, collectors, limits of sessions and of rate.
/// </summary>
internal sealed class SelftestHome : IDisposable
{
    public const string Agent = "selftest";

    private static readonly string[] Sections = ["policy", "limits", "risk", "interception", "metering"];

    private static readonly string[] LeftOut = ["session", "rate_per_minute", "rate_burst", "model_calls_per_agent", "connections"];

    private static readonly JsonDocumentOptions Reading = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("sfw-selftest-");

    public FirewallHome Home => new(Path.Combine(_folder.FullName, "home"));

    public string Folder => _folder.FullName;

    public SecretName Secret { get; } = SecretName.Create("SELFTEST_TOKEN");

    /// <summary>Made up for this run.</summary>
    public string Value { get; } = Encoding.ASCII.GetString(CanaryFormats.Make(CanaryFormats.Plain)!);

    public void Dispose() => _folder.Delete(recursive: true);

    /// <summary>Null with the agent's token, else what is wrong.</summary>
    /// <param name="policy">The name of the policy in <paramref name="from"/>.</param>
    /// <param name="bundle">The bundle in force there; its files become a folder of that name here.</param>
    public string? Fill(FirewallHome from, string policy, PolicyFilesReply bundle, string toolHost, out string token)
    {
        token = "";
        if (Home.Prepare() is { } unusable)
        {
            return unusable;
        }

        CopyConfiguration(from);
        CopyPolicy(from, policy, bundle);
        if (Installation.TryOpen(Home, new InterceptionOptions(), TimeProvider.System, NullLoggerFactory.Instance, out var problem) is not { } installation)
        {
            return problem;
        }

        using (installation)
        {
            installation.Vault.Add(Secret, Encoding.ASCII.GetBytes(Value), weak: false);
            installation.Vault.Bind(new SecretBinding("", Secret, Agent, toolHost, 443, [], null, BindingPlace.Header, "Authorization", "Bearer {}", 1));
            token = installation.Agents.Add(Agent, level: 1) ?? "";
        }

        return null;
    }

    /// <summary>Of the variables that configure a firewall, those that <see cref="CopyConfiguration"/> would keep.</summary>
    public static IReadOnlyDictionary<string, string> Variables() => ProcessEnvironment.Variables()
        .Where(static one => one.Key.StartsWith("SFW_", StringComparison.Ordinal)
            && Sections.Any(section => one.Key["SFW_".Length..].Split("__")[0].Equals(section, StringComparison.OrdinalIgnoreCase))
            && !LeftOut.Any(part => one.Key.Contains($"__{part}", StringComparison.OrdinalIgnoreCase)))
        .ToDictionary(static one => one.Key, static one => one.Value, StringComparer.Ordinal);

    private void CopyConfiguration(FirewallHome from)
    {
        if (!File.Exists(from.ConfigFile) || JsonNode.Parse(File.ReadAllText(from.ConfigFile), null, Reading) is not JsonObject written)
        {
            return;
        }

        foreach (var name in written.Select(static pair => pair.Key).ToList())
        {
            if (!Sections.Contains(name.Split('.')[0]) || LeftOut.Any(part => name.Contains($".{part}", StringComparison.Ordinal)))
            {
                written.Remove(name);
            }
        }

        if (written["limits"] is JsonObject limits)
        {
            foreach (var name in LeftOut)
            {
                limits.Remove(name);
            }
        }

        PrivateFile.Write(Home.ConfigFile, written.ToJsonString());
    }

    private void CopyPolicy(FirewallHome from, string policy, PolicyFilesReply bundle)
    {
        var target = Path.Combine(Home.PolicyDirectory, policy);
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
