using SecretsFirewall.Model;

namespace SecretsFirewall.Enforcement;

/// <summary>How reading a body into memory ended.</summary>
internal enum WholeBodyResult
{
    /// <summary>More than the limit.</summary>
    TooLarge = 0,

    /// <summary>The client stopped sending for too long.</summary>
    TimedOut,

    /// <summary>More than may be held now.</summary>
    NoRoom,

    Read,
}

/// <summary>A body in memory, cleared when it is let go.</summary>
internal sealed class WholeBody : IDisposable
{
    private byte[] _buffer;
    private int _length;

    /// <param name="expected">The declared length, or a guess.</param>
    public WholeBody(int expected) => _buffer = TrafficBuffers.Rent(Math.Max(expected, 1024));

    public ReadOnlyMemory<byte> Bytes => _buffer.AsMemory(0, _length);

    /// <summary>Appends what <paramref name="source"/> gives, up to <paramref name="limit"/> bytes in all.</summary>
    /// <param name="mayGrow">Whether so many bytes more may be held than the length that was expected.</param>
    public async Task<WholeBodyResult> ReadAsync(Stream source, int limit, Func<long, bool> mayGrow, TimeSpan idle, TimeProvider time, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(idle, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        while (true)
        {
            if (_length == _buffer.Length)
            {
                if (!mayGrow(_buffer.Length))
                {
                    return WholeBodyResult.NoRoom;
                }

                Grow();
            }

            timeout.CancelAfter(idle);
            int count;
            try
            {
                count = await source.ReadAsync(_buffer.AsMemory(_length), either.Token);
            }
            catch (OperationCanceledException) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
            {
                return WholeBodyResult.TimedOut;
            }

            _length += count;
            switch (count)
            {
                case 0:
                    return WholeBodyResult.Read;
                default:
                    if (_length > limit)
                    {
                        return WholeBodyResult.TooLarge;
                    }

                    break;
            }
        }
    }

    /// <summary>One read; null where nothing came in time.</summary>
    public async Task<int?> ReadOnceAsync(Stream source, TimeSpan idle, TimeProvider time, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(idle, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            var count = await source.ReadAsync(_buffer.AsMemory(_length), either.Token);
            _length += count;
            return count;
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    public void Dispose()
    {
        if (_buffer.Length > 0)
        {
            TrafficBuffers.Return(_buffer, _length);
            (_buffer, _length) = ([], 0);
        }
    }

    private void Grow()
    {
        var grown = TrafficBuffers.Rent(checked(_buffer.Length * 2));
        _buffer.CopyTo(grown, 0);
        TrafficBuffers.Return(_buffer);
        _buffer = grown;
    }
}
