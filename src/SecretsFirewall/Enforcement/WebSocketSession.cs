using SecretsFirewall.Inspection.WebSockets;
using SecretsFirewall.Model;

namespace SecretsFirewall.Enforcement;

/// <summary>
/// One open WebSocket, from the upstream's 101 to its end.
/// <code>
///   client ──► transformer, AgentMessages  ──► upstream
///   client ◄── transformer, AnswerMessages ◄── upstream
/// </code>
/// <list type="number">
/// <item>Both directions run until one ends, or somebody ends it from outside.</item>
/// <item>After a Close frame the other side has a while to answer it.</item>
/// <item>Where a side is gone, the other one's connection ends too, at once.</item>
/// <item>Where it is we who end it, both sides get a Close frame, and a while to read it.</item>
/// </list>
/// </summary>
internal sealed class WebSocketSession : IDisposable
{
    /// <summary>How long a side may take to answer a Close frame: as long as a slow line needs for what is under way.</summary>
    private static readonly TimeSpan ClosingTime = TimeSpan.FromSeconds(5);

    /// <summary>How long we listen after our own Close frame: a connection that is dropped with unread bytes may take the frame with it.</summary>
    private static readonly TimeSpan LingerTime = TimeSpan.FromSeconds(1);

    /// <summary>The same where it was stopped: all of it is to be over within a second.</summary>
    private static readonly TimeSpan KilledLingerTime = TimeSpan.FromMilliseconds(500);

    private readonly Exchange _exchange;
    private readonly EnforcementOptions _options;
    private readonly AgentMessages _agent;
    private readonly AnswerMessages _answer;
    private readonly WebSocketTransformer _toUpstream;
    private readonly WebSocketTransformer _toClient;
    private readonly WebSocketLeg _client;
    private readonly WebSocketLeg _upstream;
    private readonly WebSocketPump _up;
    private readonly WebSocketPump _down;
    private readonly TaskCompletionSource<Refusal?> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Refusal? _overLimit;

    public WebSocketSession(
        Exchange exchange, ExchangeState state, CarrierInspection inspection, EnforcementOptions options, BufferBudget budget, Action moved, Stream client, Stream upstream)
    {
        var limits = new WebSocketLimits(options.WebSocketMessageBytes, options.DecodedRatio);
        _exchange = exchange;
        _options = options;
        _agent = new AgentMessages(exchange, state, inspection);
        _answer = new AnswerMessages(exchange, state);
        _toUpstream = new WebSocketTransformer(WebSocketDirection.ToUpstream, state.Deflate, _agent, limits);
        _toClient = new WebSocketTransformer(WebSocketDirection.ToClient, state.Deflate, _answer, limits);
        _client = new WebSocketLeg(client, WebSocketDirection.ToClient);
        _upstream = new WebSocketLeg(upstream, WebSocketDirection.ToUpstream);
        _up = new WebSocketPump(_client, _upstream, _toUpstream, exchange, budget, count =>
        {
            exchange.RequestBytes += count;
            moved();
            return MayMove(state);
        });
        _down = new WebSocketPump(_upstream, _client, _toClient, exchange, budget, count =>
        {
            exchange.ResponseBytes += count;
            moved();
            return MayMove(state);
        });
    }

    /// <summary>Ends it from outside; returns at once.</summary>
    /// <param name="refusal">Why; null where nobody is to blame.</param>
    public void EndFromOutside(Refusal? refusal) => _ended.TrySetResult(refusal);

    public async Task RunAsync(CancellationToken clientGone)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(clientGone);

        // :: Step 1
        var (up, down) = (_up.RunAsync(ending.Token), _down.RunAsync(ending.Token));
        var first = await Task.WhenAny(up, down, _ended.Task);
        if (first != _ended.Task && await (first == up ? up : down) is WebSocketEnd.Closed)
        {
            // :: Step 2
            ending.CancelAfter(ClosingTime);
            first = await Task.WhenAny(first == up ? down : up, _ended.Task);
        }

        var (transfer, refusal, toClient, toUpstream) = first == _ended.Task ? OfOutside(await _ended.Task) : Explain(await (first == up ? up : down), first == up);
        _exchange.Transfer = transfer;
        if (refusal is not null)
        {
            _exchange.Refuse(refusal);
        }

        if (toClient is { } code)
        {
            // :: Step 4
            ending.CancelAfter(refusal is { Code: RefusalCode.Killed } ? KilledLingerTime : LingerTime);
            await Task.WhenAll(
                CloseAsync(_client, code, $"{refusal?.WireCode ?? "closed"}: sfw explain {_exchange.Id}", _toClient.IsClosed, up, ending.Token),
                CloseAsync(_upstream, toUpstream, "", _toUpstream.IsClosed, down, ending.Token));
        }

        // :: Step 3
        await ending.CancelAsync();
        await Task.WhenAll(up, down);
    }

    public void Dispose()
    {
        _toUpstream.Dispose();
        _toClient.Dispose();
        _client.Dispose();
        _upstream.Dispose();
    }

    private bool MayMove(ExchangeState state) => (_overLimit ??= state.OverLimit(_exchange)) is null;

    /// <param name="reader">The direction that reads from <paramref name="leg"/>; it ends by itself, since nothing can be sent any more.</param>
    private static async Task CloseAsync(WebSocketLeg leg, ushort code, string reason, bool isClosed, Task reader, CancellationToken patience)
    {
        if (isClosed ? leg.Shut() : await leg.TryCloseAsync(code, reason, patience))
        {
            await reader;
            await leg.DrainAsync(patience);
        }
    }

    private End OfOutside(Refusal? refusal)
    {
        _up.WaitForInspection();
        _down.WaitForInspection();
        return _toUpstream.Fault is not WebSocketFault.None ? Explain(WebSocketEnd.Faulted, isUp: true)
            : _toClient.Fault is not WebSocketFault.None ? Explain(WebSocketEnd.Faulted, isUp: false)
            : refusal is null ? new(TransferOutcome.Completed, null, CloseCodes.GoingAway)
            : new(TransferOutcome.ClientAborted, refusal, CloseCodes.PolicyViolation);
    }

    private End Explain(WebSocketEnd end, bool isUp) => (end, isUp) switch
    {
        (WebSocketEnd.Closed, _) => new(TransferOutcome.Completed),
        (WebSocketEnd.Faulted, true) => new(TransferOutcome.ClientAborted, OfAgent(_toUpstream.Fault), _toUpstream.Fault.CloseCode()),
        (WebSocketEnd.Faulted, false) => new(
            TransferOutcome.UpstreamAborted,
            OfUpstream(_toClient.Fault),
            _toClient.Fault is WebSocketFault.Blocked ? CloseCodes.PolicyViolation : CloseCodes.InternalError,
            _toClient.Fault is WebSocketFault.Blocked ? CloseCodes.GoingAway : _toClient.Fault.CloseCode()),
        (WebSocketEnd.OverLimit, _) => new(
            isUp ? TransferOutcome.ClientAborted : TransferOutcome.UpstreamAborted, _overLimit, CloseCodes.PolicyViolation),
        (WebSocketEnd.Overloaded, _) => new(TransferOutcome.ClientAborted, TooMuchHeld, CloseCodes.TryAgainLater),
        (WebSocketEnd.Failed, _) => new(TransferOutcome.ClientAborted, Blocking.Failed, CloseCodes.InternalError),

        // After a Close frame nobody need wait for the other side.
        _ when _toUpstream.IsClosed || _toClient.IsClosed => new(TransferOutcome.Completed),
        (WebSocketEnd.SourceGone, false) or (WebSocketEnd.SinkGone, true) => new(TransferOutcome.UpstreamAborted, BrokenOff),
        _ => new(TransferOutcome.ClientAborted),
    };

    private Refusal OfAgent(WebSocketFault fault) => fault switch
    {
        WebSocketFault.Blocked => _agent.Refusal ?? Blocking.Failed,
        WebSocketFault.MessageTooLarge => new(
            RefusalCode.TooLarge, $"A WebSocket message is larger than the {_options.WebSocketMessageBytes / 1024} KiB that may be read.", Rule: "limits.websocket_message",
            Advice: "The operator can raise limits.websocket_message."),
        WebSocketFault.Bomb or WebSocketFault.Undecodable => new(RefusalCode.Uninspectable, fault.Sentence(), Rule: "websocket"),
        _ => new(RefusalCode.BypassAttempt, fault.Sentence(), Rule: "websocket"),
    };

    private Refusal OfUpstream(WebSocketFault fault) => fault switch
    {
        WebSocketFault.Blocked => _answer.Refusal ?? Blocking.Failed,
        WebSocketFault.MessageTooLarge or WebSocketFault.Bomb or WebSocketFault.Undecodable => new(RefusalCode.UpstreamUninspectable, fault.Sentence(), Rule: "websocket"),
        _ => new(RefusalCode.UpstreamProtocol, fault.Sentence(), Rule: "websocket"),
    };

    private static Refusal TooMuchHeld { get; } = new(
        RefusalCode.Overloaded, "This agent has too many bytes of messages and bodies under way.", Rule: "limits.buffered_bytes_per_agent", RetryAfterSeconds: 2);

    private static Refusal BrokenOff { get; } = new(RefusalCode.UpstreamProtocol, "The upstream broke off the WebSocket without closing it.", Rule: "websocket");

    /// <summary>Who ended it, and the codes of our own Close frames; without one where nobody is left to tell, or everything was said.</summary>
    private readonly record struct End(TransferOutcome Transfer, Refusal? Refusal = null, ushort? ToClient = null, ushort ToUpstream = CloseCodes.GoingAway);
}
