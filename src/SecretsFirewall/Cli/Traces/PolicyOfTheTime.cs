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

    private PolicyInHand? Read(string hash)
    {
        var name = hash.StartsWith(Prefix, StringComparison.Ordinal) ? hash[Prefix.Length..] : "";
        if (name.Length != 64 || !name.All(char.IsAsciiHexDigitLower))
        {
            return null; // the log says it; it must not lead elsewhere
        }

        var folder = Path.Combine(home.PolicyArchive, name);
        var bundle = Path.Combine(folder, "bundle.json");
        var policy = Directory.Exists(folder) ? PolicyInHand.TryRead(File.Exists(bundle) ? bundle : folder, out _) : null;
        return policy?.Snapshot.Hash == hash ? policy : null;
    }
}
