using System.ComponentModel;
using SecretsFirewall.Model;

namespace SecretsFirewall.Policy.Documents;

/// <summary>
/// A condition on facts. All that it says must hold. The vocabulary is closed: a field or an operator that is not here refuses the policy.
/// </summary>
internal sealed record MatchDocument
{
    public NameTest? Agent { get; init; }

    [Description("The agent's autonomy level, 1 to 3.")]
    public NumberTest? Level { get; init; }

    public HostTest? Host { get; init; }

    public NumberTest? Port { get; init; }

    public NameTest? Scheme { get; init; }

    public KindTest? Kind { get; init; }

    [Description("The provider of the listed destination; absent on an unlisted one.")]
    public NameTest? Provider { get; init; }

    [Description("The id of the listed destination; absent on an unlisted one.")]
    public NameTest? Destination { get; init; }

    [Description("Host, port and scheme are those of a listed destination.")]
    public FlagTest? Listed { get; init; }

    [Description("The host is that of a listed destination, on whatever port.")]
    public FlagTest? HostListed { get; init; }

    public NameTest? Method { get; init; }

    [Description("The percent-decoded path, without the query.")]
    public PathTest? Path { get; init; }

    [Description("Bytes after the question mark.")]
    public NumberTest? QueryLength { get; init; }

    [Description("Bytes of the request body.")]
    public NumberTest? BodyLength { get; init; }

    [Description("What the request is by its shape, whatever its host.")]
    public TrafficTest? Traffic { get; init; }

    [Description("On tool_call and tool_offer: the provider's name for the tool, with its namespace before a dot where it has one. On mcp_call: what the message names: a tool, a prompt, or a resource by its URI.")]
    public NameTest? Tool { get; init; }

    [Description("On tool_call and mcp_call: the text of the call's arguments, as JSON without blanks and needless escapes, or the free text of a custom tool. On tool_offer: the tool's definition.")]
    public ArgumentsTest? Arguments { get; init; }

    [Description("On tool_call: what the tool is under all its names, such as bash; an empty text for one that nobody listed.")]
    public NameTest? CanonicalTool { get; init; }

    [Description("On tool_call: the argument is a program, whose calls nobody sees (a code carrier).")]
    public FlagTest? CodeCarrier { get; init; }

    [Description("On tool_call: the program that a code carrier is given, and what it is seen to call.")]
    public SourceTest? Source { get; init; }

    [Description("On tool_call: the command line that the call would run.")]
    public CommandTest? Command { get; init; }

    [Description("The session that the agent is in.")]
    public NameTest? Session { get; init; }

    [Description("When it is asked, in UTC.")]
    public TimeTest? Time { get; init; }

    [Description("What the session did so far, as this process has seen it.")]
    public HistoryTest? History { get; init; }

    [Description("On request: header fields by name; several values of one field stand with ', ' between them.")]
    public Dictionary<string, ValueTest>? Headers { get; init; }

    [Description("On request: decoded query parameters by name. One that stands twice has no one value.")]
    public Dictionary<string, ValueTest>? Query { get; init; }

    [Description("On request: what stands at JSON pointers of the body. Decided once the body was read whole; of one that streams nothing is known.")]
    public Dictionary<string, ValueTest>? Body { get; init; }

    [Description("On request: the entries of the table of operations (policies/operations) that the request fits, by id; absent on services that it does not know.")]
    public NameTest? Operation { get; init; }

    [Description("On request: what inspection found in the whole request. Decided after it; of a body that streams nothing is known.")]
    public FindingTest? Finding { get; init; }

    [Description("On mcp_call: the id of the listed destination that the server is; absent on an unlisted one.")]
    public NameTest? McpServer { get; init; }

    [Description("On mcp_call: the message's method, such as resources/read or sampling/createMessage. A rule that does not say it is about tools/call.")]
    public NameTest? McpMethod { get; init; }

    [Description("On model_request: the model's name, from the body, or from the path where the provider has it there. Absent where the request names none.")]
    public NameTest? Model { get; init; }

    [Description("On model_request: the answer is to come in pieces.")]
    public FlagTest? Stream { get; init; }

    [Description("On model_request: the most tokens that the model may write, by whatever name the provider has for it. Absent where the request sets no bound.")]
    public NumberTest? MaxTokens { get; init; }

    [Description("On model_request: how many tools the request offers.")]
    public NumberTest? ToolCount { get; init; }

    [Description("On model_request: any of the tools that the request offers.")]
    public NameTest? OfferedTool { get; init; }

    public MatchDocument[]? All { get; init; }

    public MatchDocument[]? Any { get; init; }

    [Description("Never over agent, host or tool: what is not named there would widen the rule silently.")]
    public MatchDocument? Not { get; init; }
}

internal sealed record NameTest
{
    public string? Eq { get; init; }

    public string[]? In { get; init; }

    public string? InSet { get; init; }

    public string? Prefix { get; init; }

    public string? Suffix { get; init; }

    [Description("* stands for any characters.")]
    public string? Glob { get; init; }

    [Description("A regular expression (.NET, without backtracking) that is found somewhere in it.")]
    public string? Matches { get; init; }

    public bool? Exists { get; init; }
}

/// <summary>No prefix and no suffix: <c>api.example.com</c> is a prefix of a host that anybody can register.</summary>
internal sealed record HostTest
{
    public string? Eq { get; init; }

    public string[]? In { get; init; }

    public string? InSet { get; init; }

    [Description("This domain and all its subdomains.")]
    public string? Under { get; init; }

    [Description("* stands for any characters of one label; the last two labels are literal.")]
    public string? Glob { get; init; }

    [Description("Networks such as 10.0.0.0/8: the host is a literal address in one of them. A name is in none.")]
    public string[]? Cidr { get; init; }
}

internal sealed record PathTest
{
    public string? Eq { get; init; }

    public string[]? In { get; init; }

    public string? InSet { get; init; }

    public string? Prefix { get; init; }

    public string? Suffix { get; init; }

    [Description("This path and everything below it, by whole segments.")]
    public string? Under { get; init; }

    [Description("* stands for any characters of one segment.")]
    public string? Glob { get; init; }

    [Description("A regular expression (.NET, without backtracking) that is found somewhere in it.")]
    public string? Matches { get; init; }
}

internal sealed record ArgumentsTest
{
    [Description("Any of these texts stands somewhere in the arguments, in these capitals.")]
    public string[]? ContainsAny { get; init; }

    [Description("A regular expression (.NET, without backtracking, so that it takes linear time) that is found somewhere in the arguments.")]
    public string? Matches { get; init; }

    [Description("What stands at JSON pointers of the arguments.")]
    public Dictionary<string, ValueTest>? At { get; init; }
}

internal sealed record SourceTest
{
    [Description("Any of these texts stands somewhere in the program, in these capitals.")]
    public string[]? ContainsAny { get; init; }

    [Description("A regular expression (.NET, without backtracking) that is found somewhere in the program.")]
    public string? Matches { get; init; }

    [Description("Any of the calls that stand in the program, by its name with dots (tools.exec_command). Where something is called by no name that stands there, nobody knows.")]
    public NameTest? Calls { get; init; }
}

internal sealed record NumberTest
{
    public long? Eq { get; init; }

    public long[]? In { get; init; }

    public long? Lt { get; init; }

    public long? Gt { get; init; }
}

internal sealed record FlagTest
{
    public required bool Eq { get; init; }
}

internal sealed record KindTest
{
    public DestinationKind? Eq { get; init; }

    public DestinationKind[]? In { get; init; }
}

internal sealed record TrafficTest
{
    public TrafficWord? Eq { get; init; }

    public TrafficWord[]? In { get; init; }
}

/// <summary>What a request is by its shape.</summary>
internal enum TrafficWord
{
    Other = 0,
    Llm,
    Mcp,
}
