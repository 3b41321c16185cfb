using SecretsFirewall.Inspection.Detection.Rules;
using SecretsFirewall.Policy;
using SecretsFirewall.Policy.Compilation;

namespace SecretsFirewall.Bundles;

/// <summary>From files to a policy that can be in force: its detection rules first, then what it says about them, then its cases.</summary>
internal sealed class PolicyCompilation
{
    private readonly PolicyRules _rules = new();

    /// <param name="identity">Who a signed bundle says it is.</param>
    /// <param name="cases">Takes how each case was answered.</param>
    /// <returns>Null if there is any error.</returns>
    public LoadedPolicy? Compile(
        IReadOnlyList<PolicyFile> files,
        IReadOnlyList<PolicyFile> ruleFiles,
        out IReadOnlyList<PolicyError> errors,
        PolicyIdentity? identity = null,
        IReadOnlyList<DetectionRule>? more = null,
        List<CaseResult>? cases = null)
    {
        if (_rules.Load(ruleFiles, out errors) is not { } rules)
        {
            return null;
        }

        var snapshot = PolicyLoader.Load(files, out errors, PolicyRules.Ids(rules), ruleFiles, identity, cases, ShippedBasis.Basis);
        return snapshot is null ? null : new LoadedPolicy(snapshot, [.. PolicyRules.InForce(rules, snapshot.Detection), .. more ?? []]);
    }
}
