using System.Collections.Concurrent;
using SecretsFirewall.Model;

namespace SecretsFirewall.Enforcement;

/// <summary>
/// Masking tells an agent that a value is registered. An agent that sends many different ones is either careless with a whole file of them
/// or asks which of its guesses are right; an operator should know. Counted by agent, so that a new session resets nothing.
/// </summary>
internal sealed class ProbingWatch(TimeProvider time)
{
    public const int DistinctValuesPerHour = 20;

    private readonly ConcurrentDictionary<string, Hour> _agents = new(StringComparer.Ordinal);

    /// <summary>True once an hour, with the exchange that goes beyond the limit.</summary>
    public bool IsSuspicious(Exchange exchange)
    {
        var registered = exchange.Findings.Where(finding => finding.Kind is FindingKind.Registered && !FindingLocation.IsInAnswer(finding)).Select(finding => finding.Name).ToList();
        if (registered.Count == 0)
        {
            return false;
        }

        var now = time.GetUtcNow().ToUnixTimeSeconds() / 3600;
        var hour = _agents.GetOrAdd(exchange.Agent.Name, static _ => new Hour());
        lock (hour)
        {
            if (hour.Number != now)
            {
                hour.Number = now;
                hour.Names.Clear();
            }

            var before = hour.Names.Count;
            hour.Names.UnionWith(registered);
            return before <= DistinctValuesPerHour && hour.Names.Count > DistinctValuesPerHour;
        }
    }

    private sealed class Hour
    {
        public long Number { get; set; }

        public HashSet<SecretName> Names { get; } = [];
    }
}
