using SecretsFirewall.Audit;
using SecretsFirewall.Bundles;
using SecretsFirewall.Cli.Configuration;
using SecretsFirewall.Cli.Policies;
using SecretsFirewall.Policy;
using SecretsFirewall.Policy.Compilation;

namespace SecretsFirewall.Cli.Recorded;

/// <summary>A policy that loads, to ask about what was recorded.</summary>
/// <param name="Location">Where its files are, as the operator names it.</param>
internal sealed record PolicyInHand(PolicySource Source, PolicySnapshot Snapshot, RecordedPolicy Recorded, string Location)
{
    /// <summary>Null with everything that is wrong.</summary>
    public static PolicyInHand? TryRead(string path, out string problem)
    {
        if (PolicySource.TryRead(path, out problem) is not { } source)
        {
            return null;
        }

        var policy = Of(source, path, out var errors);
        problem = string.Join('\n', errors.Select(static error => TerminalText.Escape(error.ToString())));
        return policy;
    }

    /// <summary>The folder of the home that decides where no bundle does.</summary>
    public static PolicyInHand? TryReadHome(FirewallHome home, out string problem)
    {
        var configuration = new ConfigurationLoader(home, ProcessEnvironment.Variables(), ConfigurationLoader.NoFlags).Load();
        if (configuration.Options is not { } options)
        {
            problem = $"The configuration is wrong: {string.Join(' ', configuration.Errors)}";
            return null;
        }

        var folder = Path.Combine(home.PolicyDirectory, options.Policy);
        if (Directory.Exists(folder))
        {
            return TryRead(folder, out problem);
        }

        problem = $"There is no policy in {folder}.";
        return null;
    }

    /// <summary>The same policy with one more file; null where it does not load, or a case of its own is answered otherwise.</summary>
    public PolicyInHand? With(PolicyFile file, out IReadOnlyList<PolicyError> errors) =>
        Of(Source with { Files = [.. Source.Files.Where(one => one.Path != file.Path), file], Bundle = null }, Location, out errors);

    private static PolicyInHand? Of(PolicySource source, string path, out IReadOnlyList<PolicyError> errors) =>
        new PolicyCompilation().Compile(source.Files, source.RuleFiles, out errors, source.Bundle?.Identity) is { Policy: var snapshot }
            ? new PolicyInHand(source, snapshot, new RecordedPolicy(source.Files, snapshot), path)
            : null;
}
