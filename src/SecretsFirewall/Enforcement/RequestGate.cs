using Microsoft.AspNetCore.Http;
using SecretsFirewall.Inspection.Grpc;
using SecretsFirewall.Model;
using SecretsFirewall.Protocols;

namespace SecretsFirewall.Enforcement;

/// <summary>
/// Decides about what a request's body says, before anything leaves: MCP messages, requests to models, the tools that are offered to them. Asked only by policies that
/// say something about these.
/// </summary>
internal sealed class RequestGate
{
    private readonly HttpContext _context;
    private readonly Exchange _exchange;
    private readonly ExchangeState _state;
    private readonly McpRequests? _mcp;
    private readonly ModelRequests? _models;
    private bool _sawBody;

    private RequestGate(HttpContext context, Exchange exchange, ExchangeState state, McpServers servers)
    {
        (_context, _exchange, _state) = (context, exchange, state);
        _mcp = McpRequests.AreGated(state) ? new McpRequests(context, exchange, state, servers) : null;
        _models = ModelRequests.AreGated(state) ? new ModelRequests(exchange, state) : null;
    }

    /// <returns>Null where the policy says nothing about what bodies say: nobody pays for it then.</returns>
    public static RequestGate? Of(HttpContext context, Exchange exchange, ExchangeState state, McpServers servers) =>
        McpRequests.AreGated(state) || ModelRequests.AreGated(state) ? new RequestGate(context, exchange, state, servers) : null;

    /// <summary>The body without what was taken out of it; null where it stays as it is. Lives until it is disposed of.</summary>
    public PooledOutput? Changed => _models?.Changed;

    /// <summary>A body that was read whole, decoded.</summary>
    public Refusal? Inspect(ReadOnlyMemory<byte> body)
    {
        _sawBody = true;
        return _mcp?.Inspect(body) ?? _models?.Inspect(body) ?? (IsModelsInOtherLetters(body.Span) ? ModelRequests.Unreadable : null);
    }

    /// <summary>A body that is about to stream.</summary>
    public Refusal? InspectStart(ReadOnlySpan<byte> start) => _mcp?.InspectStart(start);

    /// <summary>Once the body was read, or is about to stream: what was not seen whole, or was no JSON, is not passed where a decision should rest on it.</summary>
    public Refusal? End()
    {
        if (HttpMethods.IsGet(_exchange.Method) || HttpMethods.IsHead(_exchange.Method) || HttpMethods.IsDelete(_exchange.Method))
        {
            return null;
        }

        var isCall = GrpcFormat.IsCall(_context.Request.ContentType) && _exchange.Kind is DestinationKind.Llm;
        var isModel = isCall || (TrafficRecogniser.DialectOfPath(_exchange.Method, _exchange.Path) is not LlmDialect.None && (!_sawBody || _models?.WasAsked is false));
        return _mcp?.End() ?? (_models is not null && isModel ? ModelRequests.Unreadable : null);
    }

    private bool IsModelsInOtherLetters(ReadOnlySpan<byte> body) =>
        _models is not null && (_models.WasAsked || _exchange.Kind is DestinationKind.Llm)
        && (ContentLabel.Charset(_context.Request.ContentType) is not TextCharset.Utf8 || JsonBody.IsWide(body));
}
