using System.Text.Json.Serialization;

namespace SecretsFirewall.Policy.Bundles;

/// <summary>How envelopes and what they hold are read and written: nothing that the records do not name, nothing twice.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    AllowDuplicateProperties = false,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    WriteIndented = true,
    NewLine = "\n")]
[JsonSerializable(typeof(EnvelopeDocument))]
[JsonSerializable(typeof(BundleDocument))]
[JsonSerializable(typeof(RootDocument))]
[JsonSerializable(typeof(ResetDocument))]
internal sealed partial class BundleJson : JsonSerializerContext;
