using Microsoft.AspNetCore.Http;
using SecretsFirewall.Model;
using SecretsFirewall.Restraints.Sessions;

namespace SecretsFirewall.Enforcement;

/// <summary>
/// An exchange under way. What it waits for (the body, a person, the upstream) ends through <see cref="HttpContext.RequestAborted"/>, which is ours while it
/// lasts: so the client is still there, and is answered where no answer has begun.
/// </summary>
internal sealed class OpenExchange : OpenEntry, IDisposable
{
    private readonly HttpContext _context;
    private readonly Exchange _exchange;
    private readonly CancellationToken _clientGone;
    private readonly CancellationTokenSource _stop;
    private Action<Refusal>? _ending;
    private volatile bool _wasCut;

    public OpenExchange(HttpContext context, Exchange exchange)
        : base(exchange.Agent.Name, exchange.Agent.Session, exchange.Session, exchange.Destination.Host)
    {
        _context = context;
        _exchange = exchange;
        _clientGone = context.RequestAborted;
        _stop = CancellationTokenSource.CreateLinkedTokenSource(_clientGone);
        context.RequestAborted = _stop.Token;
    }

    public bool WasCut => _wasCut;

    /// <summary>Null until it was let into one.</summary>
    public AgentSession? Session { get; set; }

    /// <summary>Why its session may not carry as many bytes as it has by now; null where it is in none.</summary>
    public Func<long, Refusal?>? CheckBytes { get; set; }

    /// <summary>How it ends, where something better can be done than to break off: a WebSocket is closed. Null for the usual way.</summary>
    public Action<Refusal>? Ending
    {
        get => Volatile.Read(ref _ending);
        set => Volatile.Write(ref _ending, value);
    }

    public override void Cut(Refusal refusal)
    {
        if (Ending is { } ending)
        {
            ending(refusal);
            return;
        }

        _exchange.Refuse(refusal);
        _wasCut = true;
        try
        {
            _ = _stop.CancelAsync(); // whoever listens goes on elsewhere: hundreds may have to be cut
        }
        catch (ObjectDisposedException)
        {
            // It has just ended by itself.
        }
    }

    public void Dispose()
    {
        _context.RequestAborted = _clientGone;
        if (_wasCut && _context.Response.HasStarted)
        {
            _context.Abort(); // what is under way does not end as if it were whole
        }

        _stop.Dispose();
    }
}
