using System.Text.Json.Serialization;

namespace SecretsFirewall.Admin;

/// <summary>The control plane's JSON: snake_case, strict, generated at build time.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    UseStringEnumConverter = true,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(NoContent))]
[JsonSerializable(typeof(FailureReply))]
[JsonSerializable(typeof(AuditStateReply))]
[JsonSerializable(typeof(AuditKeyReply))]
[JsonSerializable(typeof(AuditExportRequest))]
[JsonSerializable(typeof(AuditExportReply))]
[JsonSerializable(typeof(NameRequest))]
[JsonSerializable(typeof(AddSecretRequest))]
[JsonSerializable(typeof(RotateRequest))]
[JsonSerializable(typeof(RotateReply))]
[JsonSerializable(typeof(AddCanaryRequest))]
[JsonSerializable(typeof(CapturedReply))]
[JsonSerializable(typeof(AdoptRequest))]
[JsonSerializable(typeof(ImportRequest))]
[JsonSerializable(typeof(ImportReply))]
[JsonSerializable(typeof(BindRequest))]
[JsonSerializable(typeof(BindingReply))]
[JsonSerializable(typeof(SecretsReply))]
[JsonSerializable(typeof(SecretReply))]
[JsonSerializable(typeof(AddAgentRequest))]
[JsonSerializable(typeof(AgentTokenReply))]
[JsonSerializable(typeof(AgentsReply))]
[JsonSerializable(typeof(CaReply))]
[JsonSerializable(typeof(CasReply))]
[JsonSerializable(typeof(BackupRequest))]
[JsonSerializable(typeof(SessionRequest))]
[JsonSerializable(typeof(SessionReply))]
[JsonSerializable(typeof(SessionSummary))]
[JsonSerializable(typeof(ProbeRequest))]
[JsonSerializable(typeof(StatusReply))]
[JsonSerializable(typeof(LoadPolicyRequest))]
[JsonSerializable(typeof(BundleReply))]
[JsonSerializable(typeof(PolicyStatusReply))]
[JsonSerializable(typeof(KeysReply))]
[JsonSerializable(typeof(TakeRootRequest))]
internal sealed partial class ControlJson : JsonSerializerContext;
