using SecretsFirewall.Inspection.Detection;
using SecretsFirewall.Inspection.Detection.Rules;
using SecretsFirewall.Policy;

namespace SecretsFirewall.Enforcement;

/// <summary>What decides about an exchange, as one: it is swapped as a whole, and an exchange keeps the one that it began with.</summary>
/// <param name="Detection">Registered values, and the rules that <paramref name="Policy"/> wants to be looked for.</param>
/// <param name="Audiences">Where what those rules find is at home.</param>
internal sealed record InForce(PolicySnapshot Policy, DetectionSnapshot Detection, RuleAudiences Audiences);
