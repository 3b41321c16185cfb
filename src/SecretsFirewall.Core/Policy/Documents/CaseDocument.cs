using System.ComponentModel;
using SecretsFirewall.Commands;
using SecretsFirewall.Model;

namespace SecretsFirewall.Policy.Documents;

internal sealed record CaseDocument
{
    public required string Name { get; init; }

    public required CaseFacts Facts { get; init; }

    public required CaseExpectation Expect { get; init; }
}

/// <summary>Facts as a case writes them: what is left out is an ordinary request.</summary>
internal sealed record CaseFacts
{
    [Description("request where it is not said.")]
    public PolicyStage? On { get; init; }

    public string? Agent { get; init; }

    public int? Level { get; init; }

    [Description("https where it is not said.")]
    public string? Scheme { get; init; }

    public required string Host { get; init; }

    [Description("The scheme's own where it is not said.")]
    public int? Port { get; init; }

    [Description("GET where it is not said.")]
    public string? Method { get; init; }

    public string? Path { get; init; }

    public long? QueryLength { get; init; }

    public long? BodyLength { get; init; }

    public TrafficWord? Traffic { get; init; }

    [Description("The tool that is called, on tool_call and mcp_call, or offered, on tool_offer.")]
    public string? Tool { get; init; }

    [Description("The arguments of the call: JSON without blanks and needless escapes, or free text.")]
    public string? Arguments { get; init; }

    [Description("On tool_call, in the place of tool and arguments: a command line, as a tool named bash would be given it.")]
    public string? Command { get; init; }

    public string? Session { get; init; }

    [Description("true: somebody unlocked the external gate.")]
    public bool? GateOpen { get; init; }

    [Description("Header fields by name. A request without them has none.")]
    public Dictionary<string, string>? Headers { get; init; }

    [Description("Behind the question mark.")]
    public string? Query { get; init; }

    [Description("The request's body, read whole. Rules about bodies and findings are decided in cases that say one of them; the others are about the head alone.")]
    public string? Body { get; init; }

    [Description("What inspection found in the whole request.")]
    public CaseFinding[]? Findings { get; init; }

    [Description("UTC, such as 08:30, on the day in at.")]
    public string? Time { get; init; }

    [Description("On mcp_call: tools/call where it is not said.")]
    public string? McpMethod { get; init; }

    [Description("On model_request.")]
    public string? Model { get; init; }

    [Description("On model_request.")]
    public bool? Stream { get; init; }

    [Description("On model_request; left out, the request sets no bound.")]
    public long? MaxTokens { get; init; }

    [Description("On model_request: the tools that are offered, by name; left out, none is.")]
    public string[]? OfferedTools { get; init; }

    [Description("The id of a detection rule that found something, for expect.action.")]
    public string? Finding { get; init; }

    [Description("Which way the finding was going: request where it is not said.")]
    public Direction? Direction { get; init; }

    [Description("The day of the question, for exceptions.")]
    public DateOnly? At { get; init; }
}

internal sealed record CaseFinding
{
    [Description("The id of a detection rule; registry for a value of the vault.")]
    public required string Rule { get; init; }

    public required FindingKind Kind { get; init; }

    [Description("1 where it is not said.")]
    public int? Count { get; init; }
}

internal sealed record CaseExpectation
{
    public required PolicyOutcome Outcome { get; init; }

    [Description("The rule that must decide; default where none matches.")]
    public string? Rule { get; init; }

    public DestinationKind? Kind { get; init; }

    [Description("false: the tunnel must be one that is carried unread.")]
    public bool? Inspect { get; init; }

    [Description("What the action must be.")]
    public CommandClass? Class { get; init; }

    public bool? External { get; init; }

    [Description("Who must have to say yes.")]
    public ApproverRole? Role { get; init; }

    [Description("The rules in shadow that must apply, all of them.")]
    public string[]? Shadow { get; init; }

    [Description("What must become of the finding, in a place that is not one of authentication.")]
    public FindingAction? Action { get; init; }
}
