using System.Threading.RateLimiting;

namespace SecretsFirewall.Listener;

/// <summary>
/// How often each agent may ask: a bucket of tokens of its own, so that one agent's loop leaves the others alone. Off by default. How often it is
/// refused before anybody looked at its request is always limited: each refusal is a record, and a log that is full stops everybody.
/// </summary>
internal sealed class RequestRates : IDisposable
{
    private const int RefusalBurst = 500;
    private const int RefusalsPerSecond = 50;
    private const int MostWaitingRefusals = 1000;

    // Buckets are filled this often: a rate of many a second needs more than one token at a time.
    private static readonly TimeSpan ShortestFill = TimeSpan.FromMilliseconds(100);

    private readonly PartitionedRateLimiter<string>? _limiter;
    private readonly (int Rate, int Burst) _numbers;
    private readonly PartitionedRateLimiter<string> _refusals = PartitionedRateLimiter.Create<string, string>(static agent => RateLimitPartition.GetTokenBucketLimiter(agent, static _ =>
        new TokenBucketRateLimiterOptions
        {
            TokenLimit = RefusalBurst,
            TokensPerPeriod = RefusalsPerSecond / 10,
            ReplenishmentPeriod = ShortestFill,
            QueueLimit = MostWaitingRefusals,
        }));


    public RequestRates(ListenerOptions options)
    {
        _numbers = (options.RatePerMinute, options.RateBurst);
        if (options.RatePerMinute == 0)
        {
            return;
        }

        var period = TimeSpan.FromMinutes(1) / options.RatePerMinute;
        var tokens = 1;
        if (period < ShortestFill)
        {
            tokens = (int)Math.Ceiling(ShortestFill / period);
            period *= tokens;
        }

        _limiter = PartitionedRateLimiter.Create<string, string>(agent => RateLimitPartition.GetTokenBucketLimiter(agent, _ => new TokenBucketRateLimiterOptions
        {
            TokenLimit = Math.Max(options.RateBurst, tokens),
            TokensPerPeriod = tokens,
            ReplenishmentPeriod = period,
            QueueLimit = 0,
        }));
    }

    /// <summary>Whether it counts as the options want.</summary>
    public bool IsOf(ListenerOptions options) => _numbers == (options.RatePerMinute, options.RateBurst);

    /// <param name="retryAfterSeconds">When to ask again; at least one.</param>
    public bool TryTake(string agent, out int retryAfterSeconds)
    {
        retryAfterSeconds = 1;
        if (_limiter is null)
        {
            return true;
        }

        using var lease = _limiter.AttemptAcquire(agent);
        if (!lease.IsAcquired && lease.TryGetMetadata(MetadataName.RetryAfter, out var after))
        {
            retryAfterSeconds = (int)Math.Clamp(Math.Ceiling(after.TotalSeconds), 1, 3600);
        }

        return lease.IsAcquired;
    }

    /// <summary>
    /// Waits until a refusal may be answered and recorded: at once, unless there were very many. False where too many wait already: the connection is to
    /// end without an answer.
    /// </summary>
    /// <param name="sender">An agent's name, or an address where nobody is known.</param>
    public async ValueTask<bool> PaceRefusalAsync(string sender, CancellationToken aborted)
    {
        try
        {
            using var lease = await _refusals.AcquireAsync(sender, 1, aborted);
            return lease.IsAcquired;
        }
        catch (OperationCanceledException)
        {
            return false; // it has gone away
        }
    }

    public void Dispose()
    {
        _limiter?.Dispose();
        _refusals.Dispose();
    }
}
