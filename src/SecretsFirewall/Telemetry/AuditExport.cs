using Microsoft.Extensions.Logging;
using SecretsFirewall.Audit;

namespace SecretsFirewall.Telemetry;

/// <summary>
/// Reads the log as it grows and tells one sink, from the start of the process on, each record once and in order. The log on disk is the queue: whoever
/// is slow or away holds up nothing. What a broken connection had taken and not handed on is lost there; the log has it.
/// </summary>
internal sealed partial class AuditExport : IAsyncDisposable
{
    private static readonly TimeSpan FirstWait = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);

    private readonly IAuditSink _sink;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;

    /// <param name="after">The number of the last record that is not told.</param>
    public AuditExport(IAuditSink sink, string directory, long after, TimeProvider time, ILogger logger)
    {
        _sink = sink;
        _time = time;
        _logger = logger;
        _running = RunAsync(directory, after);
    }

    /// <summary>The sink does not answer; null while it does.</summary>
    public string? Problem { get; private set; }

    /// <summary>The number of the last record that was handed over.</summary>
    public long LastSent { get; private set; }

    /// <summary>Waits until the record of this number was told, if that is soon.</summary>
    public async Task DrainAsync(long last, TimeSpan most)
    {
        using var enough = new CancellationTokenSource(most);
        while (LastSent < last && Problem is null && !enough.IsCancellationRequested)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), CancellationToken.None);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        await _sink.DisposeAsync();
        _stop.Dispose();
    }

    private async Task RunAsync(string directory, long after)
    {
        try
        {
            await foreach (var entry in AuditReader.FollowAsync(directory, filter: null, after, _time, _stop.Token))
            {
                await SendAsync(entry);
                LastSent = entry.Sequence;
            }
        }
        catch (OperationCanceledException)
        {
            // That is how it ends.
        }
    }

    private async Task SendAsync(AuditEntry entry)
    {
        for (var wait = FirstWait; ; wait = wait * 2 < LongestWait ? wait * 2 : LongestWait)
        {
            try
            {
                await _sink.SendAsync(entry, _stop.Token);
                Problem = null;
                return;
            }
            catch (IOException fault)
            {
                if (Problem is null)
                {
                    LogUnreachable(_logger, _sink.Name, fault.HResult);
                }

                Problem = $"{_sink.Name} takes no records.";
                await Task.Delay(wait, _time, _stop.Token);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Sink} takes no records ({Result:X8}); they are kept and offered again.")]
    private static partial void LogUnreachable(ILogger logger, string sink, int result);
}
