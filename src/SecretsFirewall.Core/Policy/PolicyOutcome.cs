namespace SecretsFirewall.Policy;

/// <summary>
/// What policy says. The order is the precedence: of all the rules that match, the lowest value wins. The zero value refuses.
/// </summary>
public enum PolicyOutcome
{
    Deny = 0,

    /// <summary>A person must say yes.</summary>
    Pending,

    /// <summary>Refused with guidance.</summary>
    Steer,

    Allow,
}

/// <summary>What becomes of what policy says. The zero value refuses what it refuses.</summary>
public enum PolicyMode
{
    Enforce = 0,

    /// <summary>It decides and is recorded, and nothing is refused for it. Inspection, addresses, kill switch and audit refuse as ever.</summary>
    Observe,
}

/// <summary>When policy is asked: once with the connection, once with the request before a byte of it leaves, and once for each tool call before the agent has it.</summary>
public enum PolicyStage
{
    /// <summary>Agent, scheme, host and port are known, nothing else.</summary>
    Connect = 0,

    Request,

    /// <summary>A model's answer calls a tool: what is known of the request, and the call.</summary>
    ToolCall,

    /// <summary>A message of the Model Context Protocol, of the agent or of the server: its method, and what it names. Asked only where a policy has such rules.</summary>
    McpCall,

    /// <summary>A request to a model whose body was read. Asked only where a policy has such rules.</summary>
    ModelRequest,

    /// <summary>A tool that a request offers the model. Asked for each, only where a policy has such rules.</summary>
    ToolOffer,
}
