using System.Text.Json;
using System.Text.Json.Serialization;
using SecretsFirewall.Commands;
using SecretsFirewall.Model;
using SecretsFirewall.Model.Documents;

namespace SecretsFirewall.Policy.Documents;

/// <summary>How policy documents are read: JSON with comments, and nothing in it that the records do not name.</summary>
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
        typeof(SnakeCaseEnum<PolicyOutcome>), typeof(SnakeCaseEnum<PolicyStage>), typeof(SnakeCaseEnum<TrafficWord>),
        typeof(SnakeCaseEnum<DestinationKind>), typeof(SnakeCaseEnum<FindingAction>),
        typeof(SnakeCaseEnum<Direction>), typeof(SnakeCaseEnum<AudienceWord>), typeof(SnakeCaseEnum<CaptureWord>),
        typeof(SnakeCaseEnum<CommandClass>), typeof(SnakeCaseEnum<CommandLanguage>), typeof(SnakeCaseEnum<ClassAnswer>), typeof(SnakeCaseEnum<FreeTextWord>),
        typeof(SnakeCaseEnum<RuleMode>), typeof(SnakeCaseEnum<PolicyMode>), typeof(SnakeCaseEnum<FindingKind>), typeof(SnakeCaseEnum<DayOfWeek>), typeof(SnakeCaseEnum<ApproverRole>), typeof(SnakeCaseEnum<OfferWord>),
        typeof(SnakeCaseEnum<BudgetWindow>), typeof(SnakeCaseEnum<BudgetPool>), typeof(SnakeCaseEnum<UnpricedWord>),
    ])]
[JsonSerializable(typeof(PolicyDocument))]
internal sealed partial class PolicyJson : JsonSerializerContext;
