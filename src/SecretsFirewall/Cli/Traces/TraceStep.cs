namespace SecretsFirewall.Cli.Traces;

/// <summary>What a step of a session is. Spelt in snake case for programs.</summary>
internal enum TraceKind
{
    /// <summary>A request to a model.</summary>
    ModelCall,

    /// <summary>A call that a model's answer makes, and that the agent was let have.</summary>
    ToolCall,

    /// <summary>Any other request: to a tool, a registry, an MCP server.</summary>
    Request,

    /// <summary>What came of a call or a request.</summary>
    Result,

    /// <summary>A call, a request or an answer that did not pass.</summary>
    Refusal,

    /// <summary>Something else that was recorded of the session: a question to a person, a kill, a risk, a label.</summary>
    Event,
}

/// <summary>One step, in the order in which the log took it.</summary>
/// <param name="Number">From 1; the same however much of the trace is shown.</param>
/// <param name="Sequence">Of the record that it is read from.</param>
/// <param name="Of">The step that it belongs to: of a result or a tool call, the request.</param>
/// <param name="What">One line; what an agent chose in it is not escaped.</param>
/// <param name="Granted">By which rule, approval or override it was let pass, or refused.</param>
/// <param name="Used">What it made use of: bindings, tokens, money, bytes.</param>
internal sealed record TraceStep(int Number, long Sequence, DateTimeOffset At, TraceKind Kind, int? Of, string? Exchange, string What, string Granted, string Used)
{
    /// <summary>Equal for steps of two sessions that do the same.</summary>
    public string Signature => $"{Kind} {(Kind is TraceKind.Result ? Asked : What)}";

    /// <summary>What was asked for, of a result.</summary>
    public string Asked { get; init; } = "";
}
