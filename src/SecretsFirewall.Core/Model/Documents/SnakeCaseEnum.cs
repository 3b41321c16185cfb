using System.Text.Json;
using System.Text.Json.Serialization;

namespace SecretsFirewall.Model.Documents;

/// <summary>Enumerations as lower-case words, never as numbers.</summary>
internal sealed class SnakeCaseEnum<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false)
    where T : struct, Enum;
