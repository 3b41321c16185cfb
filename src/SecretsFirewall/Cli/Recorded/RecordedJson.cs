using System.Text.Json.Serialization;

namespace SecretsFirewall.Cli.Recorded;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(SimulationReport))]
internal sealed partial class RecordedJson : JsonSerializerContext;
