using SecretsFirewall.Inspection.WebSockets;
using SecretsFirewall.Model;

namespace SecretsFirewall.Enforcement;

/// <summary>One direction of a WebSocket: reads, lets the transformer work, writes what may leave. It holds no buffer while it waits.</summary>
/// <param name="mayMove">Is told how many bytes came, and says whether they may go on.</param>
internal sealed class WebSocketPump(
    WebSocketLeg source, WebSocketLeg sink, WebSocketTransformer transformer, Exchange exchange, BufferBudget budget, Func<int, bool> mayMove)
{
    private const int ChunkBytes = 16 * 1024;

    private readonly Lock _transforming = new();
    private long _taken;

    /// <summary>
    /// Waits for the end of an inspection that is under way. What is found may end the socket from outside, and then it is the finding that says why.
    /// </summary>
    public void WaitForInspection()
    {
        lock (_transforming)
        {
        }
    }

    /// <summary>Returns once the direction has ended, whatever happens.</summary>
    public async Task<WebSocketEnd> RunAsync(CancellationToken ending)
    {
        using var output = new PooledOutput();
        try
        {
            while (true)
            {
                if (await MoveAsync(output, ending) is { } end)
                {
                    return end;
                }
            }
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            return WebSocketEnd.Cancelled;
        }
        finally
        {
            budget.GiveBack(exchange.Agent.Name, _taken);
        }
    }

    private async Task<WebSocketEnd?> MoveAsync(PooledOutput output, CancellationToken ending)
    {
        WebSocketEnd? end;
        await source.WaitAsync(ending);
        var chunk = TrafficBuffers.Rent(ChunkBytes);
        var count = 0;
        try
        {
            count = await source.ReadAsync(chunk.AsMemory(0, ChunkBytes), ending);
            end = count == 0 ? WebSocketEnd.SourceGone : mayMove(count) ? Transform(chunk.AsSpan(0, count), output) : WebSocketEnd.OverLimit;
        }
        finally
        {
            TrafficBuffers.Return(chunk, count);
        }

        if (output.Count > 0 && !await sink.TrySendAsync(output.Written, ending))
        {
            return WebSocketEnd.SinkGone;
        }

        output.Dispose();
        return end;
    }

    private WebSocketEnd? Transform(ReadOnlySpan<byte> chunk, PooledOutput output)
    {
        try
        {
            lock (_transforming)
            {
                if (!transformer.Write(chunk, output))
                {
                    return WebSocketEnd.Faulted;
                }
            }
        }
        catch (Exception e)
        {
            exchange.Fault ??= e; // whatever it is, what was not read to its end does not pass
            output.Dispose();
            return WebSocketEnd.Failed;
        }

        return transformer.IsClosed ? WebSocketEnd.Closed
            : HasRoom() ? null
            : WebSocketEnd.Overloaded;
    }

    /// <summary>Counts what the transformer holds among the agent's bodies.</summary>
    private bool HasRoom()
    {
        var more = transformer.HeldBytes - _taken;
        if (more > 0 && budget.Take(exchange.Agent.Name, more) is not null)
        {
            return false;
        }

        if (more < 0)
        {
            budget.GiveBack(exchange.Agent.Name, -more);
        }

        _taken += more;
        return true;
    }
}
