using SecretsFirewall.Admin;
using SecretsFirewall.Audit;
using SecretsFirewall.Bundles;
using SecretsFirewall.Cli.Configuration;
using SecretsFirewall.Cli.Control;
using SecretsFirewall.Cli.Policies;
using SecretsFirewall.Policy;
using SecretsFirewall.Policy.Bundles;
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

    /// <param name="path">A bundle or a folder; what is in force where it is not said.</param>
    public static async Task<(PolicyInHand? Policy, string Problem)> TryReadAsync(FirewallHome home, string? path, CancellationToken cancellation) =>
        path is null ? await TryReadInForceAsync(home, cancellation) : (TryRead(path, out var problem), problem);

    /// <summary>What decides on this home: the bundle that was accepted, or the folder. Null with everything that is wrong.</summary>
    public static async Task<(PolicyInHand? Policy, string Problem)> TryReadInForceAsync(FirewallHome home, CancellationToken cancellation)
    {
        var (client, problem) = await ControlAccess.OpenAsync(home, TimeProvider.System, cancellation);
        if (client is null)
        {
            return (null, problem);
        }

        await using (client)
        {
            var reply = await client.CallAsync(ControlOperations.PolicyFiles, NoContent.Instance, cancellation);
            if (reply.Value is not { } files)
            {
                return (null, reply.Failure!.Message);
            }

            if (files.Bundle is not { } name)
            {
                return (TryReadFolder(home, out problem), problem);
            }

            var all = files.Files.Select(static file => new PolicyFile(file.Path, file.Content)).ToLookup(static file => BundlePaths.IsRules(file.Path));
            var source = new PolicySource([.. all[false]], [.. all[true]], null) { Identity = new PolicyIdentity(name, files.Version, files.Hash) };
            return (Of(source, name, out var errors), string.Join('\n', errors.Select(static error => TerminalText.Escape(error.ToString()))));
        }
    }

    private static PolicyInHand? TryReadFolder(FirewallHome home, out string problem)
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
        Of(Source with { Files = [.. Source.Files.Where(one => one.Path != file.Path), file], Bundle = null, Identity = null }, Location, out errors);

    private static PolicyInHand? Of(PolicySource source, string path, out IReadOnlyList<PolicyError> errors) =>
        new PolicyCompilation().Compile(source.Files, source.RuleFiles, out errors, source.Identity) is { Policy: var snapshot }
            ? new PolicyInHand(source, snapshot, new RecordedPolicy(source.Files, snapshot), path)
            : null;
}
