using SecretsFirewall.Bundles;
using SecretsFirewall.Policy;
using SecretsFirewall.Policy.Bundles;
using SecretsFirewall.Policy.Compilation;

namespace SecretsFirewall.Cli.Policies;

/// <summary>A policy to look at: the files of a bundle (whoever signed it) or of a folder.</summary>
/// <param name="Bundle">Null for a folder.</param>
internal sealed record PolicySource(IReadOnlyList<PolicyFile> Files, IReadOnlyList<PolicyFile> RuleFiles, PolicyBundle? Bundle)
{
    /// <summary>Who a bundle says it is; null where the files say it.</summary>
    public PolicyIdentity? Identity { get; init; } = Bundle?.Identity;

    /// <summary>Null with everything that is wrong.</summary>
    public static PolicySource? TryRead(string path, out string problem)
    {
        problem = "";
        if (Directory.Exists(path))
        {
            var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
            var errors = new PolicyFolder(Path.GetDirectoryName(full)!, Path.GetFileName(full)).Read(out var files, out var ruleFiles);
            problem = string.Join('\n', errors.Select(error => error.ToString()));
            return errors.Count == 0 ? new PolicySource(files, ruleFiles, null) : null;
        }

        if (TryReadFile(path, out problem) is not { } file)
        {
            return null;
        }

        var bundle = BundleVerifier.Open(file, out var refusal);
        problem = refusal?.ToString() ?? "";
        return bundle is null ? null : new PolicySource(bundle.Files, bundle.RuleFiles, bundle);
    }

    public static byte[]? TryReadFile(string path, out string problem)
    {
        try
        {
            var info = new FileInfo(path);
            if (info.Length <= Envelope.MaxBytes)
            {
                problem = "";
                return File.ReadAllBytes(path);
            }

            problem = $"{path} has more than {Envelope.MaxBytes} bytes.";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problem = Directory.Exists(path) ? $"{path} is a folder. Build a bundle of it: sfw policy build {path}" : $"{path} cannot be read: {e.Message}";
        }

        return null;
    }

    /// <param name="cases">Takes how each case was answered.</param>
    public LoadedPolicy? Compile(out IReadOnlyList<PolicyError> errors, List<CaseResult>? cases = null) =>
        new PolicyCompilation().Compile(Files, RuleFiles, out errors, Identity, cases: cases);
}
