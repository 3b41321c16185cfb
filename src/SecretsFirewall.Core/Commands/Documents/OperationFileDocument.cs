using System.ComponentModel;
using System.Text.Json.Serialization;

namespace SecretsFirewall.Commands.Documents;

/// <summary>One file of the table of operations: what requests to one service do. The schema for editors is exported from these records.</summary>
internal sealed record OperationFileDocument
{
    /// <summary>The only language version there is; a file in another one is refused.</summary>
    public const string Language = "operations/v1";

    [JsonPropertyName("$schema")]
    public string? Schema { get; init; }

    [JsonPropertyName("schema"), Description("The version of the language: operations/v1.")]
    public required string Version { get; init; }

    [Description("Whose service it is, such as github. One file for each.")]
    public required string Family { get; init; }

    [Description("Exact host names.")]
    public string[]? Hosts { get; init; }

    [Description("Domains with all their subdomains.")]
    public string[]? Under { get; init; }

    [Description("Host names with * for any characters of one label and ** for any labels; the last two labels are literal.")]
    public string[]? Glob { get; init; }

    [Description("Where a request says what it does, if not by its method and path: aws (X-Amz-Target, Action) or graphql (the body, on paths that end in /graphql).")]
    public ActionPlace? Action { get; init; }

    [Description("GET, HEAD and OPTIONS that no entry names.")]
    public required OperationAnswerDocument Reads { get; init; }

    [Description("Everything else that no entry names.")]
    public required OperationAnswerDocument Writes { get; init; }

    public OperationEntryDocument[]? Entries { get; init; }
}

/// <summary>Where the name of an action stands, beside method and path.</summary>
internal enum ActionPlace
{
    None = 0,

    /// <summary>The field X-Amz-Target, or the parameter Action of the query or the form.</summary>
    Aws,

    /// <summary>The operations of a GraphQL document: query, mutation, subscription, and mutation.FIELD for each field of a mutation.</summary>
    Graphql,
}

internal sealed record OperationAnswerDocument
{
    public required CommandClass Class { get; init; }

    [Description("It reaches people or the public: mail, chat, publishing, sending data.")]
    public bool? External { get; init; }

    [Description("Words for rules, such as delete.")]
    public string[]? Effects { get; init; }

    [Description("A sentence for whoever decides.")]
    public required string Reason { get; init; }
}

internal sealed record OperationEntryDocument
{
    [Description("Lower-case letters, digits, '-' and '.', unique among all files.")]
    public required string Id { get; init; }

    [Description("Any of these methods; any where it is not said.")]
    public string[]? Methods { get; init; }

    [Description("Any of these paths: * for any characters of a segment, ** at the end for all below. Capitals do not matter.")]
    public string[]? Paths { get; init; }

    [Description("Any of these actions: * for any characters. Capitals do not matter.")]
    public string[]? Actions { get; init; }

    public required CommandClass Class { get; init; }

    [Description("It reaches people or the public: mail, chat, publishing, sending data.")]
    public bool? External { get; init; }

    [Description("Words for rules, such as delete.")]
    public string[]? Effects { get; init; }

    [Description("A sentence for whoever decides.")]
    public required string Reason { get; init; }
}
