using System.Threading.RateLimiting;

namespace SecretsFirewall.Metering;

/// <summary>How many model calls of each agent are under way. Nobody waits in a line: who comes too early is told so.</summary>
internal sealed class CallConcurrency(MeteringOptions options) : IDisposable
{
    private readonly PartitionedRateLimiter<string>? _limiter = options.CallsPerAgent == 0
        ? null
        : PartitionedRateLimiter.Create<string, string>(agent => RateLimitPartition.GetConcurrencyLimiter(
            agent, _ => new ConcurrencyLimiterOptions { PermitLimit = options.CallsPerAgent, QueueLimit = 0 }));

    /// <summary>Whether it counts as the options want.</summary>
    public bool IsOf(MeteringOptions other) => other.CallsPerAgent == options.CallsPerAgent;

    /// <summary>False where there are too many. What is given is to be disposed of with the call's end; null where nothing is counted.</summary>
    public bool TryEnter(string agent, out IDisposable? place)
    {
        place = null;
        if (_limiter is null)
        {
            return true;
        }

        var lease = _limiter.AttemptAcquire(agent);
        if (!lease.IsAcquired)
        {
            lease.Dispose();
            return false;
        }

        place = lease;
        return true;
    }

    public void Dispose() => _limiter?.Dispose();
}
