using System.Collections.Concurrent;
using System.IO.Pipelines;
using SecretsFirewall.Bundles;
using SecretsFirewall.Listener;
using SecretsFirewall.Model;
using SecretsFirewall.Policy;
using SecretsFirewall.Vault;

namespace SecretsFirewall.Enforcement;

/// <summary>Connects a tunnel that nobody reads and carries it; null, or why it could not be connected.</summary>
internal delegate Task<Refusal?> TunnelCarrier(IDuplexPipe client, Destination destination, bool allowPrivate, TunnelBytes bytes, CancellationToken stop);

/// <summary>What one rule has let pass unread since the start.</summary>
internal sealed record OpaqueCounts(long Open, long Total, long RequestBytes, long ResponseBytes);

/// <summary>
/// The tunnels that a rule of the policy lets pass unread. A host that a secret is bound to is never one of them: its references would leave as
/// they are, and its answers would come back unmasked. Each tunnel is recorded before its first byte leaves and when it ends; while it is open
/// it is asked again and again whether it still may be.
/// </summary>
internal sealed class OpaqueTunnels(
    ActivePolicy policy, SecretVault vault, AgentDirectory agents, OpenTraffic open, TunnelRecorder recorder, TunnelCarrier carrier, TimeProvider time) : IOpaqueTunnels
{
    /// <summary>How long after its rule has ended, or its agent was removed, a tunnel may go on. What is stopped ends at once.</summary>
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<string, Counters> _counters = new(StringComparer.Ordinal);

    public bool Allows(Tunnel tunnel) => DecisionFor(tunnel) is not null;

    public async Task CarryAsync(Tunnel tunnel, IDuplexPipe client)
    {
        if (DecisionFor(tunnel) is not { Opaque: { } rule } decision || !recorder.TryRecordOpened(tunnel, rule))
        {
            return; // nothing has left
        }

        var bytes = new TunnelBytes();
        var counters = _counters.GetOrAdd(rule.Id, static _ => new Counters());
        counters.Open(bytes);
        using var stop = new CancellationTokenSource();
        var entry = new OpenTunnel(tunnel, stop);
        open.Enter(entry);
        StopUnlessAllowed(tunnel, stop); // it may have been stopped while it was recorded
        await using var watch = time.CreateTimer(_ => StopUnlessAllowed(tunnel, stop), null, LookAgain, LookAgain);
        Refusal? refusal = null;
        try
        {
            refusal = await carrier(client, tunnel.Destination, decision.AllowPrivate, bytes, stop.Token);
        }
        finally
        {
            open.Leave(entry);
            counters.Close(bytes);
            recorder.RecordClosed(tunnel, rule, bytes, refusal, wasCut: stop.IsCancellationRequested);
        }
    }

    /// <summary>What the rule with this id has let pass.</summary>
    public OpaqueCounts CountsOf(string rule) => _counters.TryGetValue(rule, out var counters) ? counters.Read() : new OpaqueCounts(0, 0, 0, 0);

    private void StopUnlessAllowed(Tunnel tunnel, CancellationTokenSource stop)
    {
        if (!Allows(tunnel))
        {
            stop.Cancel();
        }
    }

    private PolicyDecision? DecisionFor(Tunnel tunnel)
    {
        var current = policy.Current;
        if (current.Opaque.Count == 0)
        {
            return null;
        }

        var decision = current.Decide(new PolicyFacts
        {
            On = PolicyStage.Connect,
            Agent = tunnel.Agent.Name,
            Level = tunnel.Agent.Level,
            Destination = tunnel.Destination,
            At = time.GetUtcNow(),
        });
        return decision.Opaque is not null
            && vault.BindingsFor(tunnel.Host, tunnel.Port).Count == 0
            && agents.IsInForce(tunnel.Agent)
            && open.Kills.Current.Traffic(tunnel.Agent.Name, tunnel.Agent.Session, tunnel.Agent.Session, tunnel.Host) is null
                ? decision
                : null;
    }

    private sealed class Counters
    {
        private readonly Lock _lock = new();
        private readonly HashSet<TunnelBytes> _open = [];
        private long _total;
        private long _request;
        private long _response;

        public void Open(TunnelBytes bytes)
        {
            lock (_lock)
            {
                _open.Add(bytes);
                _total++;
            }
        }

        public void Close(TunnelBytes bytes)
        {
            lock (_lock)
            {
                _open.Remove(bytes);
                _request += bytes.Request;
                _response += bytes.Response;
            }
        }

        public OpaqueCounts Read()
        {
            lock (_lock)
            {
                return new OpaqueCounts(_open.Count, _total, _request + _open.Sum(bytes => bytes.Request), _response + _open.Sum(bytes => bytes.Response));
            }
        }
    }
}
