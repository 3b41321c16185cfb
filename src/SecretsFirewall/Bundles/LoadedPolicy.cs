using SecretsFirewall.Inspection.Detection.Rules;
using SecretsFirewall.Policy;
using SecretsFirewall.Policy.Bundles;

namespace SecretsFirewall.Bundles;

/// <summary>A policy and the detection rules that it wants to be looked for: one thing, since each names parts of the other.</summary>
/// <param name="Rules">The shipped ones and the policy's own, less those that are off; by id.</param>
internal sealed record LoadedPolicy(PolicySnapshot Policy, IReadOnlyList<DetectionRule> Rules)
{
    public PolicyTrust Trust { get; init; }

    /// <summary>What it was read from, as it was read: its files, or its signed envelope alone (<c>bundle.json</c>). Kept as evidence.</summary>
    public IReadOnlyList<PolicyFile> Sources { get; init; } = [];

    /// <summary>Null where it is no bundle.</summary>
    public PolicyBundle? Bundle { get; init; }
}
