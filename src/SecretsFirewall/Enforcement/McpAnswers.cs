using Microsoft.AspNetCore.Http;
using SecretsFirewall.Model;
using SecretsFirewall.Policy;
using SecretsFirewall.Protocols;
using SecretsFirewall.Protocols.Mcp;
using SecretsFirewall.Protocols.ToolCalls;

namespace SecretsFirewall.Enforcement;

/// <summary>What MCP servers answer: lists hold the tools that the agent may call, and requests of the server are decided about.</summary>
internal sealed class McpAnswers(Exchange exchange, ExchangeState state, McpServers servers)
{
    /// <summary>
    /// Answers to MCP messages; and event streams that nobody asked for by a message, since a server may send its messages there: all of its answers in the old transport.
    /// </summary>
    public static bool AreGated(Exchange exchange, ExchangeState state, bool isEventStream) =>
        McpRequests.AreGated(state) && (state.Traffic.Shape is TrafficShape.Mcp || (isEventStream && HttpMethods.IsGet(exchange.Method)));

    public McpGate Open(AnswerFraming framing, int maxBodyBytes)
    {
        var isKnown = state.Traffic.Shape is TrafficShape.Mcp;
        var isToolCall = isKnown && state.Traffic.Batch is null && state.Traffic.McpMethod == McpMessage.ToolCall;
        return new McpGate(framing, new McpAnswerRules(Keeps, Withheld, reference => servers.AddEndpoint(exchange, reference), isToolCall, isKnown), maxBodyBytes);
    }

    private IReadOnlyList<bool> Keeps(IReadOnlyList<McpTool> tools)
    {
        var known = state.Policy.PinsMcpTools
            ? servers.Pins.See(McpServers.NameOf(exchange.Destination), [.. tools.Select(static tool => (tool.Name, tool.Hash, tool.Description))])
            : [.. tools.Select(static _ => true)];
        return [.. tools.Select((tool, i) => Keeps(tool, known[i]))];
    }

    private bool Keeps(McpTool tool, bool isKnown)
    {
        var decision = state.Decide(Facts(McpMessage.ToolCall) with { Tool = tool.Name, AnyArguments = true });
        var (outcome, rule) = decision.Outcome is not PolicyOutcome.Deny && !isKnown ? (PolicyOutcome.Pending, McpRequests.Pin) : (decision.Outcome, decision.Rule);
        var isKept = isKnown && outcome is not PolicyOutcome.Deny; // what a person may allow, or is steered, may be asked for
        if (!isKept)
        {
            state.Tools.Add(tool.Name, outcome, rule, state.Detection, isRemoved: true);
        }

        return isKept;
    }

    private string? Withheld(string method)
    {
        var decision = state.Decide(Facts(method));
        if (decision.Outcome is PolicyOutcome.Allow)
        {
            return null;
        }

        state.Tools.Add(method, decision.Outcome, decision.Rule, state.Detection, isRemoved: true);
        var refusal = GateRefusal.Of(decision);
        return $"Secrets Firewall withheld a request of the MCP server: {refusal.Detail} Decided by rule '{refusal.Rule}'. {refusal.Advice} Do not retry; ask the operator. More: sfw explain {exchange.Id}";
    }

    private PolicyFacts Facts(string method) => state.Facts! with { On = PolicyStage.McpCall, TrafficIsLlm = false, TrafficIsMcp = true, McpMethod = method };
}
