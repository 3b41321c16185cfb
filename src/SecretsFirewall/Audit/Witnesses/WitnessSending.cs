using Microsoft.Extensions.Logging;

namespace SecretsFirewall.Audit.Witnesses;

/// <summary>How it stands with a witness.</summary>
/// <param name="Sequence">Of the last checkpoint that it has; 0 for none.</param>
/// <param name="Problem">Why it does not have the newest; null if it has.</param>
internal sealed record WitnessStatus(string Name, long Sequence, DateTimeOffset? At, string? Problem);

/// <summary>Sends the newest checkpoint to one witness, beside everything else: nobody waits for it. What failed is sent again, later and later.</summary>
internal sealed partial class WitnessSending : IDisposable
{
    private static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan AtTheEnd = TimeSpan.FromSeconds(2);

    private readonly IWitness _witness;
    private readonly TimeSpan _interval;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _news = new(0);
    private readonly Task _sending;
    private AuditPosition? _newest;

    /// <param name="interval">The least time between two: not every witness wants one every ten seconds.</param>
    public WitnessSending(IWitness witness, TimeSpan interval, TimeProvider time, ILogger logger)
    {
        _witness = witness;
        _interval = interval;
        _time = time;
        _logger = logger;
        Status = new WitnessStatus(witness.Name, 0, null, null);
        _sending = Task.Run(SendAllAsync);
    }

    public WitnessStatus Status { get; private set; }

    public void Offer(AuditPosition position)
    {
        Volatile.Write(ref _newest, position);
        if (_news.CurrentCount == 0)
        {
            _news.Release();
        }
    }

    public void Dispose()
    {
        _stop.Cancel();
        _sending.Wait(AtTheEnd);
        if (_newest is { } last && last.Checkpoint.Sequence > Status.Sequence)
        {
            Task.Run(() => SendAsync(last, CancellationToken.None)).Wait(AtTheEnd); // the last word of this run
        }
    }

    private async Task SendAllAsync()
    {
        var failures = 0;
        try
        {
            while (true)
            {
                await _news.WaitAsync(_stop.Token);
                while (_newest is { } position && position.Checkpoint.Sequence > Status.Sequence)
                {
                    failures = await SendAsync(position, _stop.Token) ? 0 : failures + 1;
                    var pause = failures == 0 ? _interval : FirstRetry * Math.Pow(2, Math.Min(failures - 1, 10));
                    await Task.Delay(failures > 0 && pause > LongestRetry ? LongestRetry : pause, _time, _stop.Token);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // We are done.
        }
    }

    private async Task<bool> SendAsync(AuditPosition position, CancellationToken cancellation)
    {
        using var timeout = new CancellationTokenSource(Timeout, _time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellation);
        string? problem;
        try
        {
            problem = await _witness.SendAsync(position, both.Token).WaitAsync(both.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            problem = "It did not answer in time.";
        }

        Status = problem is null
            ? new WitnessStatus(_witness.Name, position.Checkpoint.Sequence, _time.GetUtcNow(), null)
            : Status with { Problem = problem };
        if (problem is not null)
        {
            LogFailed(_logger, _witness.Name, problem);
        }

        return problem is null;
    }

    [LoggerMessage(3210, LogLevel.Warning, "The witness {Name} does not have the newest checkpoint: {Problem}")]
    private static partial void LogFailed(ILogger logger, string name, string problem);
}
