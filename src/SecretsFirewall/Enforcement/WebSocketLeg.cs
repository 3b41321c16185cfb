using SecretsFirewall.Inspection.WebSockets;
using SecretsFirewall.Model;

namespace SecretsFirewall.Enforcement;

/// <summary>One side's connection. Whole frames are written to it, by one writer at a time.</summary>
/// <param name="direction">Of what is written to it.</param>
internal sealed class WebSocketLeg(Stream stream, WebSocketDirection direction) : IDisposable
{
    private const int DrainBytes = 4096;

    private readonly SemaphoreSlim _writing = new(1);

    // False in a frame and after a write that broke off, when nobody knows where the peer stands, and behind our own Close frame.
    private bool _maySend = true;

    /// <summary>Waits, without a buffer, until there is something to read.</summary>
    public async ValueTask WaitAsync(CancellationToken cancellationToken)
    {
        try
        {
            _ = await stream.ReadAsync(Memory<byte>.Empty, cancellationToken);
        }
        catch (Exception e) when (IsGone(e, cancellationToken))
        {
            // The next read says so.
        }
    }

    /// <summary>0 once the side is gone.</summary>
    public async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            return await stream.ReadAsync(buffer, cancellationToken);
        }
        catch (Exception e) when (IsGone(e, cancellationToken))
        {
            return 0;
        }
    }

    /// <summary>False if the side is gone.</summary>
    public async ValueTask<bool> TrySendAsync(ReadOnlyMemory<byte> frames, CancellationToken cancellationToken)
    {
        await _writing.WaitAsync(cancellationToken);
        try
        {
            if (!_maySend)
            {
                return false;
            }

            _maySend = false;
            await stream.WriteAsync(frames, cancellationToken);
            await stream.FlushAsync(cancellationToken);
            return _maySend = true;
        }
        catch (Exception e) when (IsGone(e, cancellationToken))
        {
            return false;
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>Sends a Close frame of ours. False if it could not be.</summary>
    public async Task<bool> TryCloseAsync(ushort code, string reason, CancellationToken cancellationToken)
    {
        using var frame = new PooledOutput();
        CloseFrame.Write(direction, code, reason, frame);
        try
        {
            return await TrySendAsync(frame.Written, cancellationToken) && Shut();
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>Sends nothing more; true.</summary>
    public bool Shut()
    {
        _maySend = false;
        return true;
    }

    /// <summary>Reads on and forgets what comes, until the side ends or the time does.</summary>
    public async Task DrainAsync(CancellationToken cancellationToken)
    {
        var buffer = TrafficBuffers.Rent(DrainBytes);
        try
        {
            while (await ReadAsync(buffer, cancellationToken) > 0)
            {
            }
        }
        catch (OperationCanceledException)
        {
            // Long enough.
        }
        finally
        {
            TrafficBuffers.Return(buffer);
        }
    }

    public void Dispose() => _writing.Dispose();

    /// <summary>What streams throw whose other end went away; a cancellation that nobody asked for is the server's own word for it.</summary>
    private static bool IsGone(Exception e, CancellationToken asked) =>
        e is IOException or ObjectDisposedException or InvalidOperationException || (e is OperationCanceledException && !asked.IsCancellationRequested);
}
