namespace SecretsFirewall.Protocols.Mcp;

/// <summary>Who is asked about what a server sends.</summary>
/// <param name="Keeps">Asked once for each list of tools: whether each may stay in it, in their order.</param>
/// <param name="Withheld">Asked for each request of the server to the agent, by its method: the words that stand in its place, or null where it may pass.</param>
/// <param name="Endpoint">Told where the old transport (2024-11-05) takes messages: a URI reference that the server wrote.</param>
/// <param name="AnswersToolCall">The exchange is a single <c>tools/call</c>, so that a refusal in its answer is a result that says so.</param>
/// <param name="IsKnown">The request was an MCP message. Otherwise the answer may be any event stream, and what is no JSON in it passes.</param>
public sealed record McpAnswerRules(
    Func<IReadOnlyList<McpTool>, IReadOnlyList<bool>> Keeps, Func<string, string?> Withheld, Action<string> Endpoint, bool AnswersToolCall, bool IsKnown);
