using SecretsFirewall.Policy;

namespace SecretsFirewall.Bundles;

/// <summary>The folder of one policy on disk.</summary>
internal sealed class PolicyFolder(string path)
{
    // A policy has a handful of files; a folder with more is not one.
    private const int MaxFiles = 100;

    /// <returns>Why the folder cannot be read; empty if <paramref name="files"/> are all of it.</returns>
    public IReadOnlyList<PolicyError> Read(out IReadOnlyList<PolicyFile> files)
    {
        files = [];
        try
        {
            var names = Directory.GetFiles(path, "*.json");
            if (names.Length is 0 or > MaxFiles)
            {
                return [new PolicyError(path, 0, $"The folder has {names.Length} JSON files; a policy has 1 to {MaxFiles}.")];
            }

            files = [.. names.Select(name => new PolicyFile(Path.GetFileName(name), File.ReadAllBytes(name)))];
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
