using System.ComponentModel;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using SecretsFirewall.Policy.Documents;

namespace SecretsFirewall.Policy;

/// <summary>The JSON schema of policy documents for editors, exported from the records that the loader reads, so that the two cannot differ.</summary>
public static class PolicySchema
{
    private static readonly JsonSerializerOptions Writing = new()
    {
        WriteIndented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static string Export()
    {
        var options = new JsonSchemaExporterOptions { TreatNullObliviousAsNonNullable = true, TransformSchemaNode = Refine };
        var schema = (JsonObject)PolicyJson.Default.PolicyDocument.GetJsonSchemaAsNode(options);
        schema.Insert(0, "$schema", "https://json-schema.org/draft/2020-12/schema");
        schema.Insert(1, "title", "Secrets Firewall policy");
        return schema.ToJsonString(Writing) + "\n";
    }

    // The description of a member, and no null: what is not said is left out.
    private static JsonNode Refine(JsonSchemaExporterContext context, JsonNode node)
    {
        if (node is not JsonObject schema)
        {
            return node;
        }

        if (schema["type"] is JsonArray types && types.FirstOrDefault(type => type?.GetValue<string>() != "null") is { } type)
        {
            schema["type"] = type.DeepClone();
        }

        if (schema["enum"] is JsonArray words && words.FirstOrDefault(word => word is null) is null && words.Contains(null))
        {
            words.Remove(null);
        }

        var description = context.PropertyInfo?.AttributeProvider?.GetCustomAttributes(typeof(DescriptionAttribute), inherit: false);
        if (description is [DescriptionAttribute { Description: var text }])
        {
            schema.Insert(0, "description", text);
        }

        return schema;
    }
}
