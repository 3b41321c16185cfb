using System.ComponentModel;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization.Metadata;

namespace SecretsFirewall.Model.Documents;

/// <summary>The JSON schema of a document for editors, exported from the records that are read, so that the two cannot differ.</summary>
internal static class DocumentSchema
{
    private static readonly JsonSerializerOptions Writing = new()
    {
        WriteIndented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static string Export(JsonTypeInfo type, string title)
    {
        var options = new JsonSchemaExporterOptions { TreatNullObliviousAsNonNullable = true, TransformSchemaNode = Refine };
        var schema = (JsonObject)type.GetJsonSchemaAsNode(options);
        schema.Insert(0, "$schema", "https://json-schema.org/draft/2020-12/schema");
        schema.Insert(1, "title", title);
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
