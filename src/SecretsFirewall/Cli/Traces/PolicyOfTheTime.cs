using SecretsFirewall.Audit;
using SecretsFirewall.Cli.Recorded;

namespace SecretsFirewall.Cli.Traces;

/// <summary>Policies that were in force once, out of the home's archive: what one of their rules let pass. Each is read when it is first asked for.</summary>
internal sealed class PolicyOfTheTime(FirewallHome home)
{
    private const string Prefix = "sha256:";

    private readonly Dictionary<string, PolicyInHand?> _policies = new(StringComparer.Ordinal);

    /// <summary>What the rule asks for, on one line; null where its policy is not kept, or has no such rule.</summary>
    public string? Allows(AuditBundle? bundle, string rule) =>
        bundle is null || Find(bundle.Hash) is not { } policy ? null : policy.Recorded.ConditionsOf(rule) switch
        {
            null => null,
            [] => "everything",
            var asks => string.Join(", ", asks),
        };

    private PolicyInHand? Find(string hash)
    {
        if (!_policies.TryGetValue(hash, out var policy))
        {
            _policies[hash] = policy = Read(hash);
        }

        return policy;
    }

    private PolicyInHand? Read(string hash) =>
        PathOf(home, hash) is { } path && PolicyInHand.TryRead(path, out _) is { } policy && policy.Snapshot.Hash == hash ? policy : null;

    /// <summary>The folder or the bundle of a policy that is kept; null where it is not.</summary>
    public static string? PathOf(FirewallHome home, string? hash)
    {
        var name = hash?.StartsWith(Prefix, StringComparison.Ordinal) is true ? hash[Prefix.Length..] : "";
        if (name.Length != 64 || !name.All(char.IsAsciiHexDigitLower))
        {
            return null; // the log says it; it must not lead elsewhere
        }

        var folder = Path.Combine(home.PolicyArchive, name);
        var bundle = Path.Combine(folder, "bundle.json");
        return File.Exists(bundle) ? bundle : Directory.Exists(folder) ? folder : null;
    }
}
