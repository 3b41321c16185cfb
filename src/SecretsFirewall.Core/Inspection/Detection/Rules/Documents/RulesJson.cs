using System.Text.Json;
using System.Text.Json.Serialization;
using SecretsFirewall.Inspection.Detection.Rules.Checksums;
using SecretsFirewall.Inspection.Detection.Rules.Matching;
using SecretsFirewall.Model.Documents;

namespace SecretsFirewall.Inspection.Detection.Rules.Documents;

/// <summary>How rule files are read: JSON with comments, and nothing in it that the records do not name.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    ReadCommentHandling = JsonCommentHandling.Skip,
    AllowTrailingCommas = true,
    AllowDuplicateProperties = false,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    Converters =
    [
        typeof(SnakeCaseEnum<RuleKind>), typeof(SnakeCaseEnum<RuleConfidence>), typeof(SnakeCaseEnum<Separator>),
        typeof(SnakeCaseEnum<ChecksumKind>), typeof(SnakeCaseEnum<ChecksumOver>),
    ])]
[JsonSerializable(typeof(RuleFileDocument))]
internal sealed partial class RulesJson : JsonSerializerContext;
