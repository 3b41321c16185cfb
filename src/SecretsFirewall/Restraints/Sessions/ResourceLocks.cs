using System.Collections.Concurrent;
using SecretsFirewall.Model;

namespace SecretsFirewall.Restraints.Sessions;

/// <summary>A thing that an agent changes: one path at one destination.</summary>
internal readonly record struct Resource(string Agent, Destination Destination, string Path);

/// <summary>
/// One change of a resource at a time and agent: while one is under way, or waits for a person, a second is refused. Two agents do not wait for each other:
/// neither knows of the other, and one could hold the other up.
/// </summary>
internal sealed class ResourceLocks(TimeProvider time)
{
    private readonly ConcurrentDictionary<Resource, Holding> _held = new();

    public int Count => _held.Count;

    /// <summary>Takes it for a holder. False where another holds it; <paramref name="wait"/> is then how long at most, or null where nobody knows.</summary>
    /// <param name="holder">An exchange, or what waits for a person (its fingerprint): the same one may take it again.</param>
    /// <param name="until">When it is free again by itself; null where the holder will say so.</param>
    public bool TryTake(Resource resource, string holder, DateTimeOffset? until, out TimeSpan? wait)
    {
        var now = time.GetUtcNow();
        var mine = new Holding(holder, until);
        var held = _held.AddOrUpdate(resource, mine, (_, other) => other.Holder == holder || other.Until <= now ? mine : other);
        wait = held.Until - now;
        return held == mine;
    }

    /// <summary>Gives it back; nothing happens where somebody else holds it by now.</summary>
    public void Release(Resource resource, string holder)
    {
        if (_held.TryGetValue(resource, out var held) && held.Holder == holder)
        {
            _held.TryRemove(KeyValuePair.Create(resource, held));
        }
    }

    private sealed record Holding(string Holder, DateTimeOffset? Until);
}
