using System.ComponentModel;
using System.Text.Json.Serialization;

namespace SecretsFirewall.Inspection.Detection.Rules.Documents;

/// <summary>One file of rules, as it is written: one family of providers. The schema for editors is exported from these records.</summary>
internal sealed record RuleFileDocument
{
    /// <summary>The only language version there is; a file in another one is refused.</summary>
    public const string Language = "rules/v1";

    [JsonPropertyName("$schema")]
    public string? Schema { get; init; }

    [JsonPropertyName("schema"), Description("The version of the language: rules/v1.")]
    public required string Version { get; init; }

    [Description("What the file's rules have in common, such as cloud.")]
    public required string Family { get; init; }

    [Description("Named lists of stop words, for rules of any file.")]
    public Dictionary<string, string[]>? StopLists { get; init; }

    public RuleDocument[]? Rules { get; init; }
}
