using SecretsFirewall.Inspection.Detection.Rules.Documents;
using SecretsFirewall.Model.Documents;

namespace SecretsFirewall.Inspection.Detection.Rules;

/// <summary>The JSON schema of rule files for editors.</summary>
public static class RuleSchema
{
    public static string Export() => DocumentSchema.Export(RulesJson.Default.RuleFileDocument, "Secrets Firewall detection rules");
}
