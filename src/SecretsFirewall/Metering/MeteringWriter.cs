using Microsoft.Extensions.Logging;

namespace SecretsFirewall.Metering;

/// <summary>
/// Writes what was counted, everything that came together in one transaction. Nobody waits for it but those who must know that it is written, and they
/// wait for one commit together. What the store refuses is kept and tried again; sums do not grow by waiting.
/// </summary>
internal sealed partial class MeteringWriter : IDisposable
{
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(1);

    private readonly IMeteringStore _store;
    private readonly ILogger _logger;
    private readonly Lock _lock = new();
    private readonly Lock _writing = new();
    private readonly SemaphoreSlim _work = new(0);
    private readonly CancellationTokenSource _end = new();
    private readonly Task _loop;
    private MeteringBatch _pending = new();
    private TaskCompletionSource<bool> _written = NewPromise();

    public MeteringWriter(IMeteringStore store, ILogger logger)
    {
        _store = store;
        _logger = logger;
        _loop = Task.Run(RunAsync);
    }

    /// <summary>Takes a change. The task is true once it is with the kernel: what is written then survives the end of this process.</summary>
    public Task<bool> Enqueue<TState>(TState state, Action<MeteringBatch, TState> change)
    {
        bool isFirst;
        Task<bool> written;
        lock (_lock)
        {
            isFirst = _pending.IsEmpty;
            change(_pending, state);
            written = _written.Task;
        }

        if (isFirst)
        {
            _work.Release();
        }

        return written;
    }

    /// <summary>Writes what is pending now. False if the store refused.</summary>
    public bool Flush()
    {
        lock (_writing)
        {
            MeteringBatch batch;
            TaskCompletionSource<bool> promise;
            lock (_lock)
            {
                if (_pending.IsEmpty)
                {
                    return true;
                }

                (batch, promise) = (_pending, _written);
                (_pending, _written) = (new MeteringBatch(), NewPromise());
            }

            var isWritten = _store.Write(batch);
            if (!isWritten)
            {
                lock (_lock)
                {
                    _pending.TakeBack(batch);
                }

                LogRefused(_logger);
                _work.Release();
            }

            promise.SetResult(isWritten);
            return isWritten;
        }
    }

    public void Dispose()
    {
        _end.Cancel();
        _loop.Wait();
        Flush();
        _end.Dispose();
        _work.Dispose();
    }

    private async Task RunAsync()
    {
        try
        {
            while (true)
            {
                await _work.WaitAsync(_end.Token);
                if (!Flush())
                {
                    await Task.Delay(Again, _end.Token);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Dispose writes what is left.
        }
    }

    private static TaskCompletionSource<bool> NewPromise() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    [LoggerMessage(3300, LogLevel.Error, "Usage could not be written; it is kept in memory and tried again.")]
    private static partial void LogRefused(ILogger logger);
}
