using System.Net;
using System.Net.Sockets;

namespace SecretsFirewall.EndToEnd.Tests.Drivers;

/// <summary>A port for clients that know no proxy: each connection to it becomes a tunnel to one host through the proxy, byte for byte.</summary>
internal sealed class TunnelRelay : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly IPEndPoint _proxy;
    private readonly string _host;
    private readonly string _credentials;
    private readonly Task _accepting;

    public TunnelRelay(IPEndPoint proxy, string host, string credentials)
    {
        (_proxy, _host, _credentials) = (proxy, host, credentials);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public EndPoint EndPoint => _listener.LocalEndpoint;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = RelayAsync(await _listener.AcceptTcpClientAsync(_stop.Token));
            }
        }
        catch (OperationCanceledException)
        {
            // Stopped.
        }
    }

    private async Task RelayAsync(TcpClient accepted)
    {
        using (accepted)
        {
            await using var tunnel = await RawClient.DialAsync(_proxy);
            Assert.Equal(200, (await tunnel.ConnectAsync($"{_host}:443", _credentials)).Status);
            try
            {
                var client = accepted.GetStream();
                await Task.WhenAny(client.CopyToAsync(tunnel.Stream, _stop.Token), tunnel.Stream.CopyToAsync(client, _stop.Token));
            }
            catch (Exception e) when (e is IOException or OperationCanceledException)
            {
                // Either side left.
            }
        }
    }
}
