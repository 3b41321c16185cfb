using System.Net.Http.Headers;
using Microsoft.Extensions.Logging;
using SecretsFirewall.Policy.Bundles;

namespace SecretsFirewall.Bundles;

/// <summary>
/// Fetches the bundle from an address now and then, and puts it in force if it may be. Any web server or object store will do: what it says is worth no more than the
/// signatures on it. While it cannot be reached, or offers what is not taken, the last good bundle stays; if that lasts, we say so.
/// </summary>
internal sealed partial class BundlePull(BundleServer server, BundleOptions options, ActivePolicy policy, BundleKeeper bundles, TimeProvider time, ILogger logger)
{
    // A server that is down for a moment is asked again soon, one that stays down is left alone.
    private static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan LongestRetry = TimeSpan.FromHours(1);

    private EntityTagHeaderValue? _tag;
    private int _failures;
    private DateTimeOffset _confirmedAt = time.GetUtcNow();

    /// <summary>Why the last attempt brought nothing; null if it did.</summary>
    public string? Problem { get; private set; }

    /// <summary>Nobody has said for <c>bundle.max_age</c> that what is in force is still the newest.</summary>
    public bool IsStale => time.GetUtcNow() - _confirmedAt > options.MaxAge;

    /// <summary>How long to wait now.</summary>
    public TimeSpan Pause => _failures == 0 ? options.Refresh : Shorter(FirstRetry * Math.Pow(2, Math.Min(_failures - 1, 10)), LongestRetry);

    /// <summary>Until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        try
        {
            while (true)
            {
                await PullAsync(cancellation);
                await Task.Delay(Pause, time, cancellation);
            }
        }
        catch (OperationCanceledException)
        {
            // We are done.
        }
    }

    /// <summary>Asks once.</summary>
    public async Task PullAsync(CancellationToken cancellation)
    {
        Problem = await AskAsync(cancellation);
        if (Problem is null)
        {
            _failures = 0;
            _confirmedAt = time.GetUtcNow();
        }
        else
        {
            _failures++;
            LogNothing(logger, server.Host, Problem);
        }
    }

    /// <returns>Null if what is in force is what the server offers.</returns>
    private async Task<string?> AskAsync(CancellationToken cancellation)
    {
        var answer = await server.AskAsync(_tag, cancellation);
        if (answer.Fault is { } fault)
        {
            LogUnreachable(logger, server.Host, fault);
        }

        if (answer.File is not { } file)
        {
            return answer.Problem;
        }

        var refusal = policy.Take(bundles, new BundleOffer(file, IsFetched: true));
        _tag = refusal is null ? answer.Tag : null;
        return refusal is null ? null : $"The server offers a bundle that is not taken: {refusal.Fault.Word()}.";
    }

    private static TimeSpan Shorter(TimeSpan a, TimeSpan b) => a < b ? a : b;

    [LoggerMessage(EventId = 7010, Level = LogLevel.Warning, Message = "No bundle from {Host}: {Problem}")]
    private static partial void LogNothing(ILogger logger, string host, string problem);

    [LoggerMessage(EventId = 7011, Level = LogLevel.Debug, Message = "No bundle from {Host}.")]
    private static partial void LogUnreachable(ILogger logger, string host, Exception fault);
}
