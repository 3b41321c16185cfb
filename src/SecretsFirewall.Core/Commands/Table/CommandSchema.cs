using SecretsFirewall.Commands.Documents;
using SecretsFirewall.Model.Documents;

namespace SecretsFirewall.Commands.Table;

/// <summary>The JSON schema of the command table for editors.</summary>
public static class CommandSchema
{
    public static string Export() => DocumentSchema.Export(CommandsJson.Default.CommandFileDocument, "Secrets Firewall command table");
}
