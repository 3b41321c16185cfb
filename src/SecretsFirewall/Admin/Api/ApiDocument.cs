using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using SecretsFirewall.Model;

namespace SecretsFirewall.Admin.Api;

/// <summary>
/// The OpenAPI 3.1 document, made of the routes and of the very types that are read and written: it cannot say anything else than the code does. It is committed as
/// docs/admin-api.openapi.json, and a test holds the two together.
/// </summary>
internal static class ApiDocument
{
    private static readonly JsonSerializerOptions Writing = new() { WriteIndented = true, NewLine = "\n", Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly JsonSchemaExporterOptions Exporting = new() { TreatNullObliviousAsNonNullable = true };

    public static string Write(IEnumerable<ApiRoute> routes)
    {
        var schemas = new SortedDictionary<string, JsonNode>(StringComparer.Ordinal) { ["Problem"] = Problem() };
        var paths = new JsonObject();
        foreach (var path in routes.GroupBy(static route => route.Path).OrderBy(static group => group.Key, StringComparer.Ordinal))
        {
            var item = new JsonObject();
            foreach (var route in path.OrderBy(static route => route.Method, StringComparer.Ordinal))
            {
                item[route.Method.ToLowerInvariant()] = Operation(route, schemas);
            }

            paths[path.Key] = item;
        }

        return new JsonObject
        {
            ["openapi"] = "3.1.0",
            ["info"] = new JsonObject
            {
                ["title"] = "Secrets Firewall, admin API",
                ["version"] = "1",
                ["description"] = "Roles: viewer < operator < release_manager < admin. What is refused is answered by application/problem+json; required_roles says who may. An agent's credentials are nobody here.",
            },
            ["servers"] = new JsonArray(new JsonObject { ["url"] = "http://127.0.0.1:8889" }),
            ["security"] = new JsonArray(new JsonObject { ["token"] = new JsonArray() }),
            ["paths"] = paths,
            ["components"] = new JsonObject
            {
                ["schemas"] = new JsonObject(schemas.Select(static pair => KeyValuePair.Create<string, JsonNode?>(pair.Key, pair.Value))),
                ["securitySchemes"] = new JsonObject { ["token"] = new JsonObject { ["type"] = "http", ["scheme"] = "bearer", ["description"] = "sfwt_…, made by: sfw admin token new" } },
            },
        }.ToJsonString(Writing) + "\n";
    }

    private static JsonObject Operation(ApiRoute route, SortedDictionary<string, JsonNode> schemas)
    {
        var parameters = new JsonArray();
        foreach (var segment in route.Path.Split('/').Where(static segment => segment.StartsWith('{')))
        {
            parameters.Add(Parameter("path", segment.Trim('{', '}'), isRequired: true, "string"));
        }

        foreach (var query in route.Queries)
        {
            parameters.Add(Parameter("query", query, isRequired: false, query == "limit" ? "integer" : "string"));
        }

        foreach (var field in route.Fields)
        {
            parameters.Add(Parameter("header", field, isRequired: field == "X-Decision-Token", "string"));
        }

        if (route.KeepsAnswer && !HttpMethods.IsGet(route.Method))
        {
            parameters.Add(Parameter("header", "Idempotency-Key", isRequired: false, "string"));
        }

        var operation = new JsonObject
        {
            ["operationId"] = $"{route.Method.ToLowerInvariant()}_{route.Path.Trim('/').Replace('/', '_').Replace('-', '_').Replace('.', '_').Replace("{", "", StringComparison.Ordinal).Replace("}", "", StringComparison.Ordinal)}",
            ["summary"] = route.Summary,
            ["x-required-role"] = route.Role.Word(),
            ["parameters"] = parameters,
        };
        if (route.Request is { } request)
        {
            operation["requestBody"] = new JsonObject { ["required"] = !route.MayBeEmpty, ["content"] = Content("application/json", Reference(request, schemas)) };
        }

        var responses = new JsonObject
        {
            [route.Status.ToString(System.Globalization.CultureInfo.InvariantCulture)] = new JsonObject
            {
                ["description"] = "Done.",
                ["content"] = route.Response is { } response ? Content("application/json", Reference(response, schemas)) : Content(route.ContentType, new JsonObject()),
            },
        };
        foreach (var status in route.Problems.Concat([401, 403]).Distinct().Order())
        {
            responses[status.ToString(System.Globalization.CultureInfo.InvariantCulture)] = new JsonObject
            {
                ["description"] = status switch
                {
                    400 => "The body is not what the endpoint takes.",
                    401 => "No valid token.",
                    403 => "The role does not reach, or the token is not for this.",
                    404 => "There is no such thing.",
                    409 => "It was answered or used before, or nobody has agreed.",
                    410 => "It is over.",
                    _ => "It may not be done as asked.",
                },
                ["content"] = Content("application/problem+json", new JsonObject { ["$ref"] = "#/components/schemas/Problem" }),
            };
        }

        operation["responses"] = responses;
        return operation;
    }

    private static JsonObject Parameter(string place, string name, bool isRequired, string type) =>
        new() { ["in"] = place, ["name"] = name, ["required"] = isRequired, ["schema"] = new JsonObject { ["type"] = type } };

    private static JsonObject Content(string type, JsonNode schema) => new() { [type] = new JsonObject { ["schema"] = schema } };

    private static JsonObject Reference(JsonTypeInfo type, SortedDictionary<string, JsonNode> schemas)
    {
        var name = type.Type.Name;
        if (!schemas.ContainsKey(name))
        {
            var schema = type.GetJsonSchemaAsNode(Exporting);
            Place(schema, $"#/components/schemas/{name}");
            schemas[name] = schema;
        }

        return new JsonObject { ["$ref"] = $"#/components/schemas/{name}" };
    }

    /// <summary>The exporter points into its own document; here that stands inside of another.</summary>
    private static void Place(JsonNode? node, string root)
    {
        switch (node)
        {
            case JsonObject all:
                foreach (var (name, value) in all.ToList())
                {
                    if (name == "$ref" && value?.GetValue<string>() is { } pointer)
                    {
                        all[name] = root + pointer.TrimStart('#');
                    }
                    else
                    {
                        Place(value, root);
                    }
                }

                break;
            case JsonArray list:
                foreach (var item in list)
                {
                    Place(item, root);
                }

                break;
        }
    }

    private static JsonObject Problem() => new()
    {
        ["type"] = "object",
        ["properties"] = new JsonObject
        {
            ["type"] = new JsonObject { ["type"] = "string" },
            ["title"] = new JsonObject { ["type"] = "string" },
            ["status"] = new JsonObject { ["type"] = "integer" },
            ["detail"] = new JsonObject { ["type"] = "string" },
            ["code"] = new JsonObject { ["type"] = "string" },
            ["required_roles"] = new JsonObject { ["type"] = "array", ["items"] = new JsonObject { ["type"] = "string" } },
        },
        ["required"] = new JsonArray("type", "title", "status", "detail", "code"),
    };
}
