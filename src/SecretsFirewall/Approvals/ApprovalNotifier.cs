using System.Diagnostics;
using System.Net.Http.Headers;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace SecretsFirewall.Approvals;

/// <summary>
/// Tells people that something waits. Nothing here is waited for: an event is noted and the exchange goes on; a receiver that does not answer costs its own queue, and
/// what does not fit there is dropped and logged. The question stays in the list in any case.
/// </summary>
internal sealed partial class ApprovalNotifier : IDisposable
{
    private const int MostQueued = 1000;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan AgeInterval = TimeSpan.FromSeconds(5);

    /// <summary>Between tries; a receiver that is down for longer than a minute finds the reminder.</summary>
    private static readonly TimeSpan[] Pauses = [TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(25)];

    private readonly ApprovalDesk _desk;
    private readonly NotificationOptions _options;
    private readonly Func<HttpMessageInvoker> _client;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<Channel<ApprovalEvent>> _queues = [];
    private readonly ITimer _ageing;

    /// <param name="client">Connects to no address that the address rules forbid.</param>
    public ApprovalNotifier(ApprovalDesk desk, NotificationOptions options, Func<HttpMessageInvoker> client, TimeProvider time, ILogger logger)
    {
        (_desk, _options, _client, _time, _logger) = (desk, options, client, time, logger);
        if (options.Webhook is not null)
        {
            Serve(PostAsync);
        }

        if (options.Commands.Count > 0)
        {
            Serve(RunAsync);
        }

        desk.Happened += Note;
        _ageing = time.CreateTimer(static state => ((ApprovalDesk)state!).Age(), desk, AgeInterval, AgeInterval);
    }

    public void Dispose()
    {
        _desk.Happened -= Note;
        _ageing.Dispose();
        _stopping.Cancel();
        _queues.ForEach(static queue => queue.Writer.TryComplete());
    }

    private void Note(ApprovalEvent one)
    {
        if (one.Kind is ApprovalEventKind.Used)
        {
            return; // nobody has to do anything
        }

        foreach (var queue in _queues)
        {
            queue.Writer.TryWrite(one);
        }
    }

    private void Serve(Func<ApprovalEvent, Task<bool>> deliver)
    {
        var queue = Channel.CreateBounded<ApprovalEvent>(
            new BoundedChannelOptions(MostQueued) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true }, dropped => LogDropped(_logger, dropped.Request.Id));
        _queues.Add(queue);
        _ = Task.Run(() => ServeAsync(queue.Reader, deliver));
    }

    private async Task ServeAsync(ChannelReader<ApprovalEvent> events, Func<ApprovalEvent, Task<bool>> deliver)
    {
        try
        {
            await foreach (var one in events.ReadAllAsync(_stopping.Token))
            {
                await DeliverAsync(one, deliver);
            }
        }
        catch (OperationCanceledException)
        {
            // We stop.
        }
    }

    private async Task DeliverAsync(ApprovalEvent one, Func<ApprovalEvent, Task<bool>> deliver)
    {
        for (var tries = 0; ; tries++)
        {
            if (await deliver(one))
            {
                return;
            }

            if (tries == Pauses.Length)
            {
                LogGivenUp(_logger, one.Request.Id);
                return;
            }

            await Task.Delay(Pauses[tries], _time, _stopping.Token);
        }
    }

    private async Task<bool> PostAsync(ApprovalEvent one)
    {
        var body = NotificationText.Write(one, _options.Format);
        using var request = new HttpRequestMessage(HttpMethod.Post, _options.Webhook) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var patience = new CancellationTokenSource(Patience, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, _stopping.Token);
        try
        {
            if (_options.SecretFiles is [var file])
            {
                var key = System.Text.Encoding.UTF8.GetBytes((await File.ReadAllTextAsync(file, either.Token)).Trim());
                request.Headers.Add(NotificationText.SignatureField, NotificationText.Sign(body, key, _time.GetUtcNow()));
            }

            using var response = await _client().SendAsync(request, either.Token);
            LogAnswered(_logger, one.Request.Id, (int)response.StatusCode);
            return (int)response.StatusCode is >= 200 and < 300 or (>= 400 and < 500 and not 408 and not 429); // it has understood, and will not like it better again
        }
        catch (Exception e) when (e is HttpRequestException or IOException or UnauthorizedAccessException || (e is OperationCanceledException && !_stopping.IsCancellationRequested))
        {
            LogFailed(_logger, one.Request.Id, e.GetType().Name);
            return false;
        }
    }

    private async Task<bool> RunAsync(ApprovalEvent one)
    {
        var start = new ProcessStartInfo(_options.Commands[0]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        using var patience = new CancellationTokenSource(Patience, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, _stopping.Token);
        try
        {
            using var process = Process.Start(start)!;
            try
            {
                process.OutputDataReceived += static (_, _) => { };
                process.ErrorDataReceived += static (_, _) => { };
                process.BeginOutputReadLine();
                process.BeginErrorReadLine();
                await process.StandardInput.BaseStream.WriteAsync(NotificationText.Write(one, NotificationFormat.Json), either.Token);
                process.StandardInput.Close();
                await process.WaitForExitAsync(either.Token);
                return process.ExitCode == 0;
            }
            catch (Exception e) when (e is OperationCanceledException or IOException)
            {
                process.Kill(entireProcessTree: true);
                return false;
            }
        }
        catch (Exception e) when (e is System.ComponentModel.Win32Exception or InvalidOperationException)
        {
            LogFailed(_logger, one.Request.Id, e.GetType().Name);
            return false;
        }
    }

    [LoggerMessage(8000, LogLevel.Warning, "Approval {Id} was not announced: too many announcements wait for a receiver that does not answer.")]
    private static partial void LogDropped(ILogger logger, string id);

    [LoggerMessage(8001, LogLevel.Warning, "Approval {Id} could not be announced; it stays in the list.")]
    private static partial void LogGivenUp(ILogger logger, string id);

    [LoggerMessage(8002, LogLevel.Information, "The announcement of approval {Id} failed: {Fault}.")]
    private static partial void LogFailed(ILogger logger, string id, string fault);

    [LoggerMessage(8003, LogLevel.Debug, "The announcement of approval {Id} was answered with {Status}.")]
    private static partial void LogAnswered(ILogger logger, string id, int status);
}
