using System.Text.Json.Serialization;

namespace SecretsFirewall.Policy.Bundles;

/// <summary>An envelope as it is written; DSSE gives the names.</summary>
internal sealed record EnvelopeDocument
{
    [JsonPropertyName("payloadType")]
    public required string PayloadType { get; init; }

    [JsonPropertyName("payload")]
    public required string Payload { get; init; }

    [JsonPropertyName("signatures")]
    public required EnvelopeSignatureDocument[] Signatures { get; init; }
}

internal sealed record EnvelopeSignatureDocument
{
    public required string Keyid { get; init; }

    public required string Sig { get; init; }
}
