using System.Net;
using System.Net.Http.Headers;
using Microsoft.Extensions.Logging;
using SecretsFirewall.Policy.Bundles;

namespace SecretsFirewall.Bundles;

/// <summary>
/// Fetches the bundle from an address now and then, and puts it in force if it may be. Any web server or object store will do: what it says is worth no more than the
/// signatures on it. While it cannot be reached, or offers what is not taken, the last good bundle stays; if that lasts, we say so.
/// </summary>
/// <param name="http">Checks the server's certificate.</param>
internal sealed partial class BundlePull(HttpMessageInvoker http, Uri address, BundleOptions options, ActivePolicy policy, BundleKeeper bundles, TimeProvider time, ILogger logger)
{
    // A server that is down for a moment is asked again soon, one that stays down is left alone.
    private static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan LongestRetry = TimeSpan.FromHours(1);

    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(1);

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
        using var timeout = new CancellationTokenSource(Timeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellation);
        try
        {
            Problem = await AskAsync(both.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            Problem = "The server did not answer in time.";
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            Problem = "The server cannot be reached, or broke off.";
            LogUnreachable(logger, address.Host, e);
        }

        if (Problem is null)
        {
            _failures = 0;
            _confirmedAt = time.GetUtcNow();
        }
        else
        {
            _failures++;
            LogNothing(logger, address.Host, Problem);
        }
    }

    /// <returns>Null if what is in force is what the server offers.</returns>
    private async Task<string?> AskAsync(CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        if (_tag is not null)
        {
            request.Headers.IfNoneMatch.Add(_tag);
        }

        using var response = await http.SendAsync(request, cancellation);
        if (response.StatusCode is HttpStatusCode.NotModified && _tag is not null)
        {
            return null;
        }

        if (response.StatusCode is not HttpStatusCode.OK)
        {
            return $"The server answered {(int)response.StatusCode}.";
        }

        if (await ReadAsync(response.Content, cancellation) is not { } file)
        {
            return $"The server's answer has more than {Envelope.MaxBytes} bytes.";
        }

        // A server may not lead us to another policy than the one that somebody chose.
        var refusal = policy.Take(bundles, file, bundles.InForce?.Name);
        _tag = refusal is null ? response.Headers.ETag : null;
        return refusal is null ? null : $"The server offers a bundle that is not taken: {refusal.Fault.Word()}.";
    }

    private static async Task<byte[]?> ReadAsync(HttpContent content, CancellationToken cancellation)
    {
        if (content.Headers.ContentLength > Envelope.MaxBytes)
        {
            return null;
        }

        await using var stream = await content.ReadAsStreamAsync(cancellation);
        using var file = new MemoryStream();
        var buffer = new byte[64 * 1024];
        while (await stream.ReadAsync(buffer, cancellation) is > 0 and var length)
        {
            file.Write(buffer.AsSpan(0, length));
            if (file.Length > Envelope.MaxBytes)
            {
                return null;
            }
        }

        return file.ToArray();
    }

    private static TimeSpan Shorter(TimeSpan a, TimeSpan b) => a < b ? a : b;

    [LoggerMessage(EventId = 7010, Level = LogLevel.Warning, Message = "No bundle from {Host}: {Problem}")]
    private static partial void LogNothing(ILogger logger, string host, string problem);

    [LoggerMessage(EventId = 7011, Level = LogLevel.Debug, Message = "No bundle from {Host}.")]
    private static partial void LogUnreachable(ILogger logger, string host, Exception fault);
}
