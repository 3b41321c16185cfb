using System.Collections.Concurrent;

namespace SecretsFirewall.Enforcement;

/// <summary>How many bytes of bodies each agent may have in memory at once.</summary>
internal sealed class BufferBudget(EnforcementOptions options)
{
    private readonly ConcurrentDictionary<string, Holding> _agents = new(StringComparer.Ordinal);

    public bool TryTake(string agent, long bytes)
    {
        var holding = _agents.GetOrAdd(agent, static _ => new Holding());
        if (Interlocked.Add(ref holding.Bytes, bytes) <= options.BufferedBytesPerAgent)
        {
            return true;
        }

        Interlocked.Add(ref holding.Bytes, -bytes);
        return false;
    }

    public void GiveBack(string agent, long bytes) => Interlocked.Add(ref _agents.GetOrAdd(agent, static _ => new Holding()).Bytes, -bytes);

    /// <summary>True while the process holds more than it may: new work is refused instead of the process dying.</summary>
    public bool IsMemoryFull => options.MemoryBytes > 0 && GC.GetTotalMemory(forceFullCollection: false) > options.MemoryBytes;

    private sealed class Holding
    {
        public long Bytes;
    }
}
