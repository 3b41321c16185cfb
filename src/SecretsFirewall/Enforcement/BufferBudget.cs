using System.Collections.Concurrent;
using SecretsFirewall.Model;

namespace SecretsFirewall.Enforcement;

/// <summary>
/// How many bytes of bodies each agent, and all of them together, may have in memory at once, and whether the process has any left. What does not
/// fit is refused with 503: a process that dies forgets what it was doing, and its agents go on without it.
/// </summary>
internal sealed class BufferBudget
{
    // Of the limit, for what is held. The rest is for what is made of it, which is up to three times as much for a moment: a growing copy beside the one before.
    private const int Held = 4;

    // Of what the collector may use at all: beyond, it works without end.
    private const double Usable = 0.75;

    private readonly ConcurrentDictionary<string, Holding> _agents = new(StringComparer.Ordinal);
    private readonly long _mostPerAgent;
    private readonly long _most;
    private readonly MemoryGauge? _memory;
    private long _held;

    /// <param name="available">Bytes that the collector may use; null to ask it.</param>
    public BufferBudget(EnforcementOptions options, TimeProvider time, long? available = null)
    {
        _mostPerAgent = options.BufferedBytesPerAgent;
        if (options.MemoryBytes > 0)
        {
            // A container or DOTNET_GCHeapHardLimit may leave us less than the operator's limit, or than its default.
            var limit = Math.Min(options.MemoryBytes, (long)((available ?? GC.GetGCMemoryInfo().TotalAvailableMemoryBytes) * Usable));
            _memory = new MemoryGauge(limit, time);
            _most = limit / Held;
        }
        else
        {
            _most = long.MaxValue;
        }
    }

    /// <summary>True while the process holds more than it may: new work is refused instead of the process dying.</summary>
    public bool IsMemoryFull => _memory is { IsFull: true };

    /// <summary>Null if the agent may hold <paramref name="bytes"/> more; <see cref="GiveBack"/> follows.</summary>
    public Refusal? Take(string agent, long bytes)
    {
        var holding = _agents.GetOrAdd(agent, static _ => new Holding());
        if (Interlocked.Add(ref holding.Bytes, bytes) > _mostPerAgent)
        {
            Interlocked.Add(ref holding.Bytes, -bytes);
            return TooMuchOfTheAgent;
        }

        if (Interlocked.Add(ref _held, bytes) > _most)
        {
            GiveBack(agent, bytes);
            return MemoryFull;
        }

        return null;
    }

    public void GiveBack(string agent, long bytes)
    {
        Interlocked.Add(ref _agents.GetOrAdd(agent, static _ => new Holding()).Bytes, -bytes);
        Interlocked.Add(ref _held, -bytes);
    }

    public static Refusal MemoryFull { get; } = new(
        RefusalCode.Overloaded, "The firewall's memory limit is reached.", Rule: "limits.memory_bytes", RetryAfterSeconds: 2);

    private static Refusal TooMuchOfTheAgent { get; } = new(
        RefusalCode.Overloaded, "This agent has too many bytes of bodies under way.", Rule: "limits.buffered_bytes_per_agent", RetryAfterSeconds: 2);

    private sealed class Holding
    {
        public long Bytes;
    }
}
