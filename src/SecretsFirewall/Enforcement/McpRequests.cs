using Microsoft.AspNetCore.Http;
using SecretsFirewall.Model;
using SecretsFirewall.Policy;
using SecretsFirewall.Protocols;
using SecretsFirewall.Protocols.Mcp;

namespace SecretsFirewall.Enforcement;

/// <summary>What an agent sends to MCP servers: each message is decided about, and one that is refused refuses the batch that it stands in.</summary>
internal sealed class McpRequests(HttpContext context, Exchange exchange, ExchangeState state, McpServers servers)
{
    /// <summary>Stands as the rule where a message cannot be decided about.</summary>
    private const string Unclear = "mcp";

    /// <summary>Stands as the rule where a tool's description is not the one that is known.</summary>
    public const string Pin = "mcp_pin";

    private bool _wasMessage;

    public static bool AreGated(ExchangeState state) => state.Policy.AsksAt(PolicyStage.McpCall) || state.Policy.PinsMcpTools || state.Kills.Current.StopsTools;

    public Refusal? Inspect(ReadOnlyMemory<byte> body)
    {
        var isMessage = Recognise(body);
        if (InspectLabel() is { } label)
        {
            return label;
        }

        if (ContentLabel.SaysJson(ContentType) && !JsonBody.IsBlank(body.Span) && JsonBody.Check(body.Span) is not JsonDefect.None)
        {
            return Fault(McpFault.NotStrictJson); // what a lenient server would find in it, nobody knows
        }

        if (!isMessage)
        {
            return McpReader.LooksLikeMessage(body.Span) ? Fault(McpFault.UnknownShape) : null;
        }

        _wasMessage = true;
        if (McpReader.Read(body, out var fault) is not { } messages)
        {
            return Fault(fault);
        }

        if (Headers.Check(messages) is { } mismatch)
        {
            return Fault(mismatch);
        }

        Refusal? refused = null;
        foreach (var message in messages.Messages)
        {
            refused = Decide(message) is { } refusal ? refused ?? refusal : refused; // all of them are recorded
        }

        return refused;
    }

    /// <summary>What a body begins with that is about to stream, since it is no JSON by its first byte.</summary>
    public Refusal? InspectStart(ReadOnlySpan<byte> start) =>
        InspectLabel() ?? (JsonBody.IsWide(start) || (ContentLabel.SaysJson(ContentType) && !JsonBody.IsBlank(start)) ? Fault(McpFault.NotStrictJson) : null);

    /// <summary>Servers decode by the label. What says of itself that it is JSON is UTF-8 (RFC 8259 section 8.1); other texts have at least quotes and braces where we find them.</summary>
    private Refusal? InspectLabel() => ContentLabel.Charset(ContentType) switch
    {
        TextCharset.Utf8 => null,
        TextCharset.SingleByte when !ContentLabel.SaysJson(ContentType) && state.Traffic.Shape is not TrafficShape.Mcp => null,
        _ => Charset,
    };

    private string? ContentType => context.Request.ContentType;

    /// <summary>A gateway may route by fields that say what the body does not.</summary>
    public Refusal? End() => !_wasMessage && Headers.AnyMirror ? Fault(McpFault.Header) : null;

    private McpHeaders Headers => new(
        context.Request.Headers["Mcp-Method"], context.Request.Headers["Mcp-Name"], context.Request.Headers["MCP-Protocol-Version"]);

    /// <summary>On the host of a model a message is one as well; the refusal is then in its shape.</summary>
    private bool Recognise(ReadOnlyMemory<byte> body)
    {
        if (state.Traffic.Shape is not TrafficShape.Mcp)
        {
            var traffic = TrafficRecogniser.Recognise(exchange.Method, exchange.Path, body.Span);
            if (traffic.Shape is not TrafficShape.Mcp)
            {
                return false;
            }

            state.Traffic = traffic with { Dialect = traffic.Dialect is LlmDialect.None && state.Traffic.Shape is TrafficShape.Llm ? state.Traffic.Dialect : traffic.Dialect };
        }

        if (servers.IsEndpoint(exchange))
        {
            state.Traffic = state.Traffic with { IsAnsweredElsewhere = true };
        }

        return true;
    }

    private Refusal? Decide(McpMessage message)
    {
        if (message.Method is not { } method)
        {
            return null; // an answer to a request of the server, which was decided about on its way in
        }

        var decision = state.Decide(state.Facts! with
        {
            On = PolicyStage.McpCall,
            TrafficIsLlm = false,
            TrafficIsMcp = true,
            McpMethod = method,
            Tool = message.Names,
            Arguments = message.Arguments,
        });
        if (message.IsToolCall || decision.Outcome is not PolicyOutcome.Allow)
        {
            state.Tools.Add(message.IsToolCall ? message.Names! : method, decision.Outcome, decision.Rule, state.Detection);
        }

        if (decision.Outcome is PolicyOutcome.Pending)
        {
            state.WaitFor(decision);
        }
        else if (decision.Outcome is not PolicyOutcome.Allow)
        {
            return GateRefusal.Of(decision);
        }

        if (message.IsToolCall && state.Kills.Current.Tool(message.Names!, state.Policy.CanonicalTool(message.Names!)) is { Refusal: var killed })
        {
            state.Tools.Add(message.Names!, PolicyOutcome.Deny, killed.Rule!, state.Detection);
            return killed;
        }

        if (!message.IsToolCall || !state.Policy.PinsMcpTools || !servers.Pins.IsPending(McpServers.NameOf(exchange.Destination), message.Names!))
        {
            return null;
        }

        state.Tools.Add(message.Names!, PolicyOutcome.Pending, Pin, state.Detection);
        return GateRefusal.Waiting(
            "The server has changed how it describes this tool.", Pin, "The operator reads the new description with `sfw mcp list` and says yes with `sfw mcp approve HOST TOOL`.");
    }

    private static Refusal Charset { get; } = new(
        RefusalCode.MalformedRequest, "The body is labelled with a charset in which it may be another message than it is in UTF-8.", Rule: Unclear, Advice: "Send it in UTF-8.");

    private static Refusal Fault(McpFault fault) => fault switch
    {
        McpFault.Header => new(
            RefusalCode.BypassAttempt, "The fields Mcp-Method, Mcp-Name or MCP-Protocol-Version do not say what the message says.", Rule: "mcp_headers",
            Advice: "Send them as the message has it, once each, or send none of them to servers of older versions."),
        McpFault.Version => new(RefusalCode.MalformedRequest, "This version of the Model Context Protocol is not known here.", Rule: Unclear, Advice: "Versions 2024-11-05 to 2026-07-28 are read."),
        McpFault.Id => new(RefusalCode.MalformedRequest, "The id of an MCP message is no text and no whole number, or stands twice in a batch.", Rule: Unclear),
        McpFault.Parameters => new(RefusalCode.MalformedRequest, "The parameters of an MCP message do not say one thing.", Rule: Unclear),
        McpFault.Batch => new(RefusalCode.MalformedRequest, "An MCP batch is empty or holds another one.", Rule: Unclear),
        McpFault.NotStrictJson => new(RefusalCode.MalformedRequest, "The MCP message is no JSON that has one meaning.", Rule: Unclear),
        _ => new(RefusalCode.MalformedRequest, "What looks like an MCP message is none of JSON-RPC 2.0.", Rule: Unclear),
    };
}
