using System.Collections.Concurrent;
using SecretsFirewall.Model;

namespace SecretsFirewall.Enforcement;

/// <summary>What a session did so far; shown when a command run by <c>sfw exec</c> ends.</summary>
internal sealed record SessionCounts(long Exchanges, long Masked, long Bound, long Refused);

/// <summary>Counts by session, in memory. A session ends when whoever opened it takes its counts.</summary>
internal sealed class SessionCounters
{
    private readonly ConcurrentDictionary<string, SessionCounts> _sessions = new(StringComparer.Ordinal);

    private long _all;
    private long _refused;

    /// <summary>Exchanges since the start, of whatever session; those that we refused among them.</summary>
    public (long All, long Refused) Total => (Interlocked.Read(ref _all), Interlocked.Read(ref _refused));

    public void Count(Exchange exchange)
    {
        var findings = exchange.Findings;
        var one = new SessionCounts(
            1,
            findings.Where(finding => finding.Action is FindingAction.Mask).Sum(finding => finding.Count),
            findings.Where(finding => finding.Action is FindingAction.Bind).Sum(finding => finding.Count),
            exchange.Refusal is { Blame: not Blame.Upstream } ? 1 : 0);
        Interlocked.Increment(ref _all);
        Interlocked.Add(ref _refused, one.Refused);
        _sessions.AddOrUpdate(exchange.Agent.Session, one, (_, sum) => new SessionCounts(
            sum.Exchanges + one.Exchanges, sum.Masked + one.Masked, sum.Bound + one.Bound, sum.Refused + one.Refused));
    }

    public SessionCounts Of(string session) => _sessions.GetValueOrDefault(session) ?? new SessionCounts(0, 0, 0, 0);

    public SessionCounts Take(string session) => _sessions.TryRemove(session, out var counts) ? counts : new SessionCounts(0, 0, 0, 0);
}
