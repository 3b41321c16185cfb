using System.Buffers;
using System.Text.Unicode;
using SecretsFirewall.Inspection.Detection;
using SecretsFirewall.Inspection.Fragments;
using SecretsFirewall.Inspection.Redaction;
using SecretsFirewall.Inspection.WebSockets;
using SecretsFirewall.Model;
using SecretsFirewall.Protocols;
using SecretsFirewall.Protocols.Mcp;

namespace SecretsFirewall.Enforcement;

/// <summary>
/// What an agent sends in WebSocket messages, each treated as a request's body is: by the same plan, with the same parts that are never rewritten. No binding
/// names a place in a message, so a reference toward a tool is refused.
/// </summary>
internal sealed class AgentMessages : IMessageInspector
{
    private readonly Exchange _exchange;
    private readonly ExchangeState _state;
    private readonly CarrierInspection _inspection;
    private readonly MessageSeams _seams;
    private readonly MessageSeams _controlSeams;
    private readonly List<Detection> _found = [];
    private readonly List<Splice.Edit> _edits = [];
    private readonly PooledOutput _changed = new();
    private readonly bool _isKnownByHead;
    private readonly ModelRequests? _requests;
    private MessageTake _take;
    private long _number;
    private bool _isLlm;
    private bool _isMcp;

    public AgentMessages(Exchange exchange, ExchangeState state, CarrierInspection inspection)
    {
        _exchange = exchange;
        _state = state;
        _inspection = inspection;
        _seams = new MessageSeams(state.Detection, CountsInPieces);
        _controlSeams = new MessageSeams(state.Detection, CountsInPieces);
        _isKnownByHead = state.Traffic.Shape is not TrafficShape.Other;
        _requests = PolicyMiddleware.LeadsToModel(exchange, state) && ModelRequests.AreGated(state) ? new ModelRequests(exchange, state) : null;
    }

    /// <summary>Why the connection must end.</summary>
    public Refusal? Refusal { get; private set; }

    public bool Add(ReadOnlySpan<byte> message, bool isText)
    {
        _number++;
        var isJson = JsonBody.LooksLikeJson(message);
        if (isJson)
        {
            _state.SocketMetering?.Ask(message);
        }

        Refusal = LooksLikeMcp(message) ?? (isJson ? Recognise(message) : null) ?? InspectRequest(message, isText);
        if (Refusal is null)
        {
            var asked = _requests?.Changed is { } without ? without.Written.Span : message;
            Refusal = InspectText(asked, isJson);
            if (_take is MessageTake.Same && _requests is { Changed: not null })
            {
                _changed.Write(asked);
                _take = MessageTake.Changed;
            }

            Refusal ??= InspectSeams(_take is MessageTake.Changed ? _changed.Written.Span : asked, isJson);
        }

        return Refusal is null;
    }

    public MessageTake Take(IBufferWriter<byte> into)
    {
        var take = _take;
        if (take is MessageTake.Changed)
        {
            into.Write(_changed.Written.Span);
        }

        _changed.Dispose();
        _take = MessageTake.None;
        return take;
    }

    public bool Complete() => true;

    public bool MayPass(ReadOnlySpan<byte> controlPayload)
    {
        _number++;
        _state.Detection.Find(controlPayload, _found);
        foreach (var one in _found)
        {
            if (one.ActionUnder(_state.Decision!.RequestPlan) is FindingAction.Mask or FindingAction.Block && one.Kind is not FindingKind.Entropy)
            {
                Refusal = Block(one, "control frame", "A secret stands in a control frame.");
                return false;
            }
        }

        if (_controlSeams.Find(controlPayload, isJson: false) is { } fragment)
        {
            Refusal = InPieces(fragment, "A secret stands in pieces in several control frames.");
            return false;
        }

        _controlSeams.Add(controlPayload, isJson: false);
        return true;
    }

    public void Dispose()
    {
        _changed.Dispose();
        _requests?.Changed?.Dispose();
        _seams.Dispose();
        _controlSeams.Dispose();
    }

    /// <summary>What is asked of a model, and with which tools. Sound in binary messages asks nothing; a text that is no JSON may.</summary>
    private Refusal? InspectRequest(ReadOnlySpan<byte> message, bool isText)
    {
        if (_requests is null || (!isText && !JsonBody.LooksLikeJson(message)))
        {
            return null;
        }

        var copy = TrafficBuffers.Rent(message.Length);
        try
        {
            message.CopyTo(copy);
            return _requests.InspectMessage(copy.AsMemory(0, message.Length));
        }
        finally
        {
            TrafficBuffers.Return(copy, message.Length);
        }
    }

    private Refusal? InspectText(ReadOnlySpan<byte> text, bool isJson)
    {
        _edits.Clear();
        _state.Detection.Find(text, _found);
        if ((_found.Count == 0 ? null : InspectFound(text, isJson)) is { } refusal)
        {
            return refusal;
        }

        if (isJson && FragmentSearch.Find(text, _state.Detection, _found.FindAll(IsReplaced), CountsInPieces) is { } fragment)
        {
            return InPieces(fragment, "A secret stands in pieces in several strings of a message.");
        }

        if (_edits.Count > 0)
        {
            Splice.Apply(text, _edits, _changed);
        }

        _take = _edits.Count > 0 ? MessageTake.Changed : MessageTake.Same;
        return null;
    }

    private Refusal? InspectFound(ReadOnlySpan<byte> text, bool isJson)
    {
        var defect = isJson ? JsonBody.Check(text) : JsonDefect.NotJson;
        if (defect is not (JsonDefect.None or JsonDefect.NotJson)
            && _found.Exists(static one => one.Kind is not FindingKind.Reference) && !_found.Exists(static one => one.Kind is FindingKind.Canary))
        {
            return new(RefusalCode.MalformedRequest, "A JSON message can be read in more than one way (duplicate keys, a byte order mark, invalid UTF-8).", Rule: "json");
        }

        var places = new Dictionary<long, JsonPlace>();
        if (defect is JsonDefect.None)
        {
            var located = JsonBody.Locate(text, [.. _found.Select(one => (int)one.Start)]);
            for (var i = 0; i < located.Count; i++)
            {
                places[_found[i].Start] = located[i];
            }
        }

        var isText = Utf8.IsValid(text);
        return _inspection.Inspect(
            text,
            _found,
            static (_, _) => null,
            one => !isText ? RequestBodyInspection.InBinary(one) : places.TryGetValue(one.Start, out var json) && json.IsProtected ? RequestBodyInspection.InProtected(one) : null,
            static (_, _) => false,
            one => (Carrier.WebSocketMessage, places.TryGetValue(one.Start, out var json) ? $"request#{_number}{json.Pointer}" : $"request#{_number}@{one.Start}"),
            _edits);
    }

    private Refusal? InspectSeams(ReadOnlySpan<byte> message, bool isJson)
    {
        if (_seams.Find(message, isJson) is { } fragment)
        {
            return InPieces(fragment, "A secret stands in pieces in several messages.");
        }

        _seams.Add(message, isJson);
        return null;
    }

    private Refusal InPieces(in Detection fragment, string why)
    {
        var refusal = Block(fragment, "fragments", why);
        return fragment.Kind is FindingKind.Unread ? refusal : refusal with { Rule = "fragmented_secret" };
    }

    private Refusal Block(in Detection one, string where, string why)
    {
        _exchange.Add(new Finding(one.Kind, one.Rule, one.Name, Carrier.WebSocketMessage, $"request#{_number} {where}", FindingAction.Block));
        return Blocking.Explain(one, why);
    }

    private bool IsReplaced(Detection one) =>
        one.Kind is not FindingKind.Reference && one.ActionUnder(_state.Decision!.RequestPlan) is FindingAction.Mask or FindingAction.Block;

    /// <summary>Words that are joined by chance look like a password more easily than like a token.</summary>
    private bool CountsInPieces(Detection one) => RequestBodyInspection.CountsInPieces(one, _state);

    /// <summary>What a server that minds JSON-RPC less would take for a call, as in a body (<see cref="McpRequests"/>): no rule can judge it here.</summary>
    private Refusal? LooksLikeMcp(ReadOnlySpan<byte> message) =>
        McpRequests.AreGated(_state) && McpReader.LooksLikeMessage(message) ? PolicyMiddleware.UnreadSocket : null;

    /// <summary>
    /// Model and MCP traffic is known by its shape also in messages; policy is asked again where neither the handshake nor a message before showed it. The first
    /// message says nothing about the next ones.
    /// </summary>
    private Refusal? Recognise(ReadOnlySpan<byte> message)
    {
        var isAsked = _isKnownByHead || (_isLlm && _isMcp);
        if (isAsked && !McpRequests.AreGated(_state))
        {
            return null;
        }

        var traffic = TrafficRecogniser.Recognise(_exchange.Method, _exchange.Path, message);
        if (isAsked)
        {
            return ShownTraffic.IsMcp(traffic) ? PolicyMiddleware.UnreadSocket : null;
        }

        var (isLlm, isMcp) = (ShownTraffic.IsLlm(traffic) && !_isLlm, ShownTraffic.IsMcp(traffic) && !_isMcp);
        if (!isLlm && !isMcp)
        {
            return null;
        }

        _state.Traffic = traffic;
        (_isLlm, _isMcp) = (_isLlm || isLlm, _isMcp || isMcp);
        return ShownTraffic.Ask(_exchange, _state, isLlm, isMcp) ?? ((isLlm && PolicyMiddleware.AreUnreadInSockets(_exchange, _state)) || (isMcp && McpRequests.AreGated(_state)) ? PolicyMiddleware.UnreadSocket : null);
    }
}
