using SecretsFirewall.Commands.Operations;
using SecretsFirewall.Model;

namespace SecretsFirewall.Policy;

/// <summary>
/// All that a policy may read: the decision is a function of these and of nothing else, the time included.
/// </summary>
public sealed record PolicyFacts
{
    public PolicyStage On { get; init; }

    public required string Agent { get; init; }

    /// <summary>The agent's autonomy level, 1 to 3.</summary>
    public int Level { get; init; } = 1;

    public required Destination Destination { get; init; }

    public string Method { get; init; } = "";

    /// <summary>The path without query, as the client sent it.</summary>
    public string Path { get; init; } = "";

    /// <summary>Bytes after the question mark; 0 without one.</summary>
    public long QueryLength { get; init; }

    /// <summary>Bytes of the body; <see cref="long.MaxValue"/> where the request does not say.</summary>
    public long BodyLength { get; init; }

    /// <summary>The request has the shape of model traffic, whatever its host and its labels say.</summary>
    public bool TrafficIsLlm { get; init; }

    /// <summary>The request has the shape of MCP traffic.</summary>
    public bool TrafficIsMcp { get; init; }

    /// <summary>The provider's name for the tool that is called; null where no tool is.</summary>
    public string? Tool { get; init; }

    /// <summary>The arguments of the call: JSON in one spelling, or free text. Null where they cannot be read.</summary>
    public string? Arguments { get; init; }

    /// <summary>The session that the agent is in; null where nobody knows.</summary>
    public string? Session { get; init; }

    /// <summary>Somebody unlocked the external gate for this agent and destination or tool, and that has not expired.</summary>
    public bool GateOpen { get; init; }

    /// <summary>The header fields that the policy asks about (<see cref="FactsAsked.Headers"/>), without regard to case; several values of one joined by ", ". Null where there is no request.</summary>
    public IReadOnlyDictionary<string, string>? Headers { get; init; }

    /// <summary>Behind the question mark, as the client sent it; empty without one, null where nobody knows.</summary>
    public string? Query { get; init; }

    /// <summary>The decoded body, read whole; null where it was not.</summary>
    public ReadOnlyMemory<byte>? Body { get; init; }

    /// <summary>What the request does at a service that the table knows (<see cref="PolicySnapshot.OperationOf"/>); null elsewhere, and where the policy does not ask.</summary>
    public OperationVerdict? Operation { get; init; }

    /// <summary>What inspection found in the whole request; null where it has not seen all of it.</summary>
    public IReadOnlyList<Finding>? Findings { get; init; }

    /// <summary>The request was read and inspected: what is not known of it now never will be.</summary>
    public bool IsInspected { get; init; }

    /// <summary>What the session did before; null where nobody counted.</summary>
    public SessionHistory? History { get; init; }

    /// <summary>
    /// Whether any arguments would do: a rule that refuses must match whatever they are, and one that allows may match for some. For lists of tools, before they are called.
    /// </summary>
    public bool AnyArguments { get; init; }

    /// <summary>The method of an MCP message.</summary>
    public string? McpMethod { get; init; }

    /// <summary>The model that a request names, in its body or its path; null where it names none.</summary>
    public string? Model { get; init; }

    /// <summary>Whether a request asks a model for an answer in pieces; null where that cannot be said.</summary>
    public bool? Stream { get; init; }

    /// <summary>The most tokens that a request lets a model write; null where it sets no bound.</summary>
    public long? MaxTokens { get; init; }

    /// <summary>The tools that a request offers a model, by name; null where that is not known.</summary>
    public IReadOnlyList<string>? OfferedTools { get; init; }

    /// <summary>The time of the question, for exceptions that expire. Without it every exception has expired.</summary>
    public DateTimeOffset At { get; init; } = DateTimeOffset.MaxValue;
}
