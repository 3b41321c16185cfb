using SecretsFirewall.Model.Documents;
using SecretsFirewall.Policy.Documents;

namespace SecretsFirewall.Policy;

/// <summary>The JSON schema of policy documents for editors.</summary>
public static class PolicySchema
{
    public static string Export() => DocumentSchema.Export(PolicyJson.Default.PolicyDocument, "Secrets Firewall policy");
}
