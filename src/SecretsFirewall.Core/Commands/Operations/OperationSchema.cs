using SecretsFirewall.Commands.Documents;
using SecretsFirewall.Model.Documents;

namespace SecretsFirewall.Commands.Operations;

/// <summary>The JSON schema of the table of operations for editors.</summary>
public static class OperationSchema
{
    public static string Export() => DocumentSchema.Export(CommandsJson.Default.OperationFileDocument, "Secrets Firewall table of operations");
}
