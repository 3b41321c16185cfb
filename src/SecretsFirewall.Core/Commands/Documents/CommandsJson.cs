using System.Text.Json;
using System.Text.Json.Serialization;
using SecretsFirewall.Model.Documents;

namespace SecretsFirewall.Commands.Documents;

/// <summary>How files of the command table and of the table of operations are read: JSON with comments, and nothing in it that the records do not name.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    ReadCommentHandling = JsonCommentHandling.Skip,
    AllowTrailingCommas = true,
    AllowDuplicateProperties = false,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    Converters = [typeof(SnakeCaseEnum<CommandClass>), typeof(SnakeCaseEnum<ArgumentChoice>), typeof(SnakeCaseEnum<ActionPlace>)])]
[JsonSerializable(typeof(CommandFileDocument))]
[JsonSerializable(typeof(OperationFileDocument))]
internal sealed partial class CommandsJson : JsonSerializerContext;
