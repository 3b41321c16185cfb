using SecretsFirewall.Audit;
using SecretsFirewall.Metering;
using SecretsFirewall.Model;
using SecretsFirewall.Protocols.Usage;
using SecretsFirewall.Restraints.Sessions;

namespace SecretsFirewall.Enforcement;

/// <summary>
/// The model calls in one WebSocket: a message of the agent asks, messages of the model answer, and one of these says what it came to. Nothing is
/// reserved for them: under a hard budget such a socket is not opened.
/// </summary>
internal sealed class SocketMetering(Meter meter, AgentSessions sessions, Exchange exchange, ExchangeState state, string provider, TimeProvider time) : IDisposable
{
    private readonly Lock _lock = new();
    private RequestFigures _figures = RequestFigures.Unread(exchange.Path, null);
    private UsageReader? _reader;
    private TokenUsage _sum;
    private decimal _cost;
    private string? _currency;
    private string _model = "";
    private bool _isEstimated;
    private bool _isSuspect;
    private int _calls;

    /// <summary>All calls together, by the last one's model; null where there was none.</summary>
    public AuditUsage? Usage => _calls == 0 ? null : new AuditUsage(provider, _model, _sum, _isEstimated, _isSuspect);

    public AuditCost? Cost => _calls == 0 ? null : _currency is { } currency ? AuditCost.Of(new Money(_cost, currency)) : AuditCost.Unpriced;

    public void Ask(ReadOnlySpan<byte> message)
    {
        var figures = RequestFigures.Read(exchange.Path, message);
        lock (_lock)
        {
            _figures = figures with { Model = figures.Model ?? _figures.Model };
        }
    }

    public void Answer(ReadOnlySpan<byte> message)
    {
        lock (_lock)
        {
            _reader ??= new UsageReader();
            _reader.WriteMessage(message);
            if (_reader.IsFinal)
            {
                EndCall();
            }
        }
    }

    /// <summary>The socket is over: what was being answered counts as far as it came.</summary>
    public void End()
    {
        lock (_lock)
        {
            if (_reader is { HasText: true })
            {
                EndCall();
            }
        }

        Dispose();
    }

    public void Dispose()
    {
        _reader?.Dispose();
        _reader = null;
    }

    private void EndCall()
    {
        var reading = _reader!.Complete(_figures);
        Dispose();
        var at = time.GetUtcNow();
        var wanted = CallMetering.SafeName(_figures.Model ?? "", state);
        var named = reading.Model is { Length: > 0 } answered ? CallMetering.SafeName(answered, state) : wanted;
        var asked = meter.NameOf(exchange.Agent.Name, wanted);
        _model = meter.NameOf(exchange.Agent.Name, named);
        var price = state.Policy.Prices.Find(named, provider, at) ?? state.Policy.Prices.Find(wanted, provider, at);
        var cost = price?.CostOf(reading.Usage);
        meter.Count(
            new ModelCall($"{exchange.Id}-{_calls++}", at, exchange.Agent.Name, exchange.Agent.Session, provider, asked),
            new CallResult(reading.Usage, _model, cost, reading.IsEstimated, reading.IsSuspect));
        if (state.Open?.Session is { } session)
        {
            sessions.Use(session, default, reading.Usage.Total, cost?.Amount ?? 0);
        }

        _sum += reading.Usage;
        _isEstimated |= reading.IsEstimated;
        _isSuspect |= reading.IsSuspect;
        (_cost, _currency) = cost is { } money ? (_cost + money.Amount, money.Currency) : (_cost, _currency);
    }
}
