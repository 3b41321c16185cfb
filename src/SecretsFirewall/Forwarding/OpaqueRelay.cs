using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using SecretsFirewall.Model;

namespace SecretsFirewall.Forwarding;

/// <summary>
/// Carries a tunnel that nobody reads. Its connection is made like every other: the name is resolved once, its addresses are checked, and one of
/// those is connected to.
/// </summary>
internal sealed class OpaqueRelay(UpstreamConnector connector, ForwardingOptions options, TimeProvider time)
{
    private const int PieceLength = 16 * 1024;

    /// <param name="stop">Cuts both sides.</param>
    /// <returns>Null where both sides were connected until one ended, else why they were not.</returns>
    public async Task<Refusal?> RunAsync(IDuplexPipe client, Destination destination, bool allowPrivate, TunnelBytes bytes, CancellationToken stop)
    {
        Stream upstream;
        try
        {
            using var connecting = CancellationTokenSource.CreateLinkedTokenSource(stop);
            using var limit = new CancellationTokenSource(options.ConnectTimeout, time);
            await using var registration = limit.Token.Register(connecting.Cancel);
            upstream = await connector.ConnectAsync(new DnsEndPoint(destination.Host, destination.Port), allowPrivate, connecting.Token);
        }
        catch (RefusedException e)
        {
            return e.Refusal;
        }
        catch (OperationCanceledException)
        {
            return new Refusal(RefusalCode.UpstreamTimeout, "The upstream could not be reached in time.");
        }

        await using (upstream)
        {
            await RelayAsync(client, upstream, bytes, stop);
        }

        return null;
    }

    private async Task RelayAsync(IDuplexPipe client, Stream upstream, TunnelBytes bytes, CancellationToken stop)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stop);
        await using var silence = time.CreateTimer(static state => ((CancellationTokenSource)state!).Cancel(), ended, options.ActivityTimeout, Timeout.InfiniteTimeSpan);
        void Heard() => silence.Change(options.ActivityTimeout, Timeout.InfiniteTimeSpan);

        var sending = SendAsync(client.Input, upstream, count => { bytes.AddRequest(count); Heard(); }, ended.Token);
        var receiving = ReceiveAsync(upstream, client.Output, count => { bytes.AddResponse(count); Heard(); }, ended.Token);

        // A client that has said all still waits for the answer; an upstream that has said all leaves nothing to wait for.
        if (await Task.WhenAny(sending, receiving) == sending && await sending)
        {
            await receiving;
        }

        await ended.CancelAsync();
        await Task.WhenAll(sending, receiving);
    }

    /// <returns>False where a side broke off.</returns>
    private static async Task<bool> SendAsync(PipeReader client, Stream upstream, Action<int> count, CancellationToken ended)
    {
        try
        {
            while (true)
            {
                var read = await client.ReadAsync(ended);
                foreach (var segment in read.Buffer)
                {
                    await upstream.WriteAsync(segment, ended);
                    count(segment.Length);
                }

                client.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted)
                {
                    (upstream as NetworkStream)?.Socket.Shutdown(SocketShutdown.Send);
                    return true;
                }
            }
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
            return false;
        }
    }

    /// <returns>False where a side broke off.</returns>
    private static async Task<bool> ReceiveAsync(Stream upstream, PipeWriter client, Action<int> count, CancellationToken ended)
    {
        try
        {
            while (true)
            {
                var read = await upstream.ReadAsync(client.GetMemory(PieceLength), ended);
                if (read == 0)
                {
                    return true;
                }

                client.Advance(read);
                count(read);
                if ((await client.FlushAsync(ended)).IsCompleted)
                {
                    return false;
                }
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            return false;
        }
    }
}
