using System.Net;
using System.Net.Sockets;
using SecretsFirewall.Model;

namespace SecretsFirewall.Cli.Exec.Locking;

/// <summary>
/// Carries connections from one address to another, byte for byte. A network namespace has no way out but a Unix socket:
/// <code>
///   command ─ 127.0.0.1 ─► relay inside ─ Unix socket ─► relay outside ─ TCP ─► the firewall
/// </code>
/// </summary>
internal sealed class ProxyRelay : IAsyncDisposable
{
    private const int BufferBytes = 32 * 1024;

    private readonly Socket _listener;
    private readonly EndPoint _target;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _accepting;

    private ProxyRelay(Socket listener, EndPoint target)
    {
        (_listener, _target) = (listener, target);
        _accepting = AcceptAsync();
    }

    public static ProxyRelay Start(EndPoint listen, EndPoint target)
    {
        var listener = SocketFor(listen);
        try
        {
            listener.Bind(listen);
            listener.Listen();
            return new ProxyRelay(listener, target);
        }
        catch
        {
            listener.Dispose();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _accepting;
        _stop.Dispose();
    }

    private static Socket SocketFor(EndPoint point) => point is UnixDomainSocketEndPoint
        ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
        : new Socket(point.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

    private async Task AcceptAsync()
    {
        var open = new List<Task>();
        try
        {
            while (true)
            {
                var client = await _listener.AcceptAsync(_stop.Token);
                open.RemoveAll(static one => one.IsCompleted);
                open.Add(CarryAsync(client));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(open);
        }
    }

    private async Task CarryAsync(Socket client)
    {
        using var server = SocketFor(_target);
        using (client)
        {
            try
            {
                await server.ConnectAsync(_target, _stop.Token);
                await Task.WhenAll(CopyAsync(client, server), CopyAsync(server, client));
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                // Both ends see their connection closed, which is all there is to say.
            }
        }
    }

    /// <summary>One direction. Its end is passed on as such: the other direction may go on.</summary>
    private async Task CopyAsync(Socket from, Socket to)
    {
        var buffer = TrafficBuffers.Rent(BufferBytes);
        try
        {
            int count;
            while ((count = await from.ReceiveAsync(buffer, _stop.Token)) > 0)
            {
                for (var sent = 0; sent < count;)
                {
                    sent += await to.SendAsync(buffer.AsMemory(sent, count - sent), _stop.Token);
                }
            }

            to.Shutdown(SocketShutdown.Send);
        }
        catch
        {
            // The other direction cannot go on without this one's end being told.
            from.Dispose();
            to.Dispose();
            throw;
        }
        finally
        {
            TrafficBuffers.Return(buffer);
        }
    }
}
