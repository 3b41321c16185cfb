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
    private readonly ConcurrentDictionary<Resource, string> _held = new();
    private readonly ConcurrentDictionary<Resource, Waiting> _waiting = new();

    /// <summary>Changes that are under way.</summary>
    public int Count => _held.Count;

    /// <summary>Takes it for an exchange. False where another one holds it.</summary>
    public bool TryTake(Resource resource, string exchange) => _held.TryAdd(resource, exchange);

    /// <summary>Gives it back; nothing happens where somebody else holds it by now.</summary>
    public void Release(Resource resource, string exchange) => _held.TryRemove(KeyValuePair.Create(resource, exchange));

    /// <summary>A change of it waits for a person.</summary>
    public void Wait(Resource resource, string fingerprint, DateTimeOffset until) => _waiting[resource] = new Waiting(fingerprint, until);

    /// <summary>Whether a change waits that is another one than this; null for one that nobody has to agree to.</summary>
    public bool WaitsForAnother(Resource resource, string? fingerprint) =>
        _waiting.TryGetValue(resource, out var waiting) && waiting.Fingerprint != fingerprint && time.GetUtcNow() < waiting.Until;

    /// <summary>The change was made, or will not be.</summary>
    public void Settle(string fingerprint)
    {
        foreach (var one in _waiting.Where(one => one.Value.Fingerprint == fingerprint))
        {
            _waiting.TryRemove(one);
        }
    }

    private sealed record Waiting(string Fingerprint, DateTimeOffset Until);
}
