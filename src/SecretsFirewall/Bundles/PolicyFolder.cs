using SecretsFirewall.Policy;

namespace SecretsFirewall.Bundles;

/// <summary>
/// The folder of one policy on disk: <c>&lt;policiesFolder&gt;/&lt;name&gt;</c>, with detection rules of its own in <c>rules</c> below.
/// </summary>
internal sealed class PolicyFolder(string policiesFolder, string name)
{
    // A policy has a handful of files; a folder with more is not one.
    private const int MaxFiles = 100;

    private const string RulesFolder = "rules";

    public string Location => Path.Combine(policiesFolder, name);

    /// <returns>Why the folder cannot be read; empty if <paramref name="files"/> and <paramref name="ruleFiles"/> are all of it.</returns>
    public IReadOnlyList<PolicyError> Read(out IReadOnlyList<PolicyFile> files, out IReadOnlyList<PolicyFile> ruleFiles)
    {
        files = [];
        ruleFiles = [];
        if (name is "." or ".." || Path.GetFileName(name) != name)
        {
            return [new PolicyError(policiesFolder, 0, $"'{name}' is not the name of a policy.")];
        }

        var path = Path.Combine(policiesFolder, name);
        try
        {
            var names = Directory.GetFiles(path, "*.json");
            if (names.Length is 0 or > MaxFiles)
            {
                return [new PolicyError(path, 0, $"The folder has {names.Length} JSON files; a policy has 1 to {MaxFiles}.")];
            }

            var rules = Path.Combine(path, RulesFolder);
            var ruleNames = Directory.Exists(rules) ? Directory.GetFiles(rules, "*.json") : [];
            if (ruleNames.Length > MaxFiles)
            {
                return [new PolicyError(rules, 0, $"The folder has {ruleNames.Length} JSON files; {MaxFiles} is the most.")];
            }

            files = [.. names.Select(file => new PolicyFile(Path.GetFileName(file), File.ReadAllBytes(file)))];
            ruleFiles = [.. ruleNames.Select(file => new PolicyFile($"{RulesFolder}/{Path.GetFileName(file)}", File.ReadAllBytes(file)))];
            return [];
        }
        catch (IOException fault)
        {
            return [new PolicyError(path, 0, $"The policy cannot be read: {fault.Message}")];
        }
        catch (UnauthorizedAccessException fault)
        {
            return [new PolicyError(path, 0, $"The policy cannot be read: {fault.Message}")];
        }
    }
}
