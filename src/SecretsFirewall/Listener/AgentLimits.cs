using System.Collections.Concurrent;

namespace SecretsFirewall.Listener;

/// <summary>Counts what each agent holds open. An agent's flood is answered 503 or 429 and leaves the others alone.</summary>
internal sealed class AgentLimits(ListenerOptions options)
{
    private readonly ConcurrentDictionary<string, Counters> _agents = new(StringComparer.Ordinal);

    public bool TryOpenTunnel(string agent) => TryTake(ref Of(agent).Tunnels, options.TunnelsPerAgent);

    public void CloseTunnel(string agent) => Interlocked.Decrement(ref Of(agent).Tunnels);

    public bool TryStartRequest(string agent) => TryTake(ref Of(agent).Requests, options.RequestsPerAgent);

    public void EndRequest(string agent) => Interlocked.Decrement(ref Of(agent).Requests);

    private static bool TryTake(ref int counter, int limit)
    {
        if (Interlocked.Increment(ref counter) <= limit)
        {
            return true;
        }

        Interlocked.Decrement(ref counter);
        return false;
    }

    private Counters Of(string agent) => _agents.GetOrAdd(agent, static _ => new Counters());

    private sealed class Counters
    {
        public int Tunnels;
        public int Requests;
    }
}
