using System.Net.Http.Headers;
using System.Net.Sockets;
using SecretsFirewall.Admin;

namespace SecretsFirewall.Cli.Control;

/// <summary>To the running process, over its Unix socket.</summary>
internal sealed class SocketTransport : IControlTransport
{
    private readonly HttpClient _http;

    private SocketTransport(HttpClient http) => _http = http;

    /// <summary>Null if nobody listens.</summary>
    public static async Task<SocketTransport?> TryConnectAsync(FirewallHome home, CancellationToken cancellationToken)
    {
        var path = ControlSocketPath.Find(home);
        if (!File.Exists(path))
        {
            return null;
        }

        try
        {
            (await ConnectAsync(path, cancellationToken)).Dispose();
        }
        catch (SocketException)
        {
            // Left by a process that was killed.
            return null;
        }

        var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            ConnectCallback = async (_, token) => new NetworkStream(await ConnectAsync(path, token), ownsSocket: true),
        };
        return new SocketTransport(new HttpClient(handler) { BaseAddress = new Uri("http://control/control/"), Timeout = Timeout.InfiniteTimeSpan });
    }

    public async Task<ControlReply> SendAsync(string operation, ReadOnlyMemory<byte> request, CancellationToken cancellationToken)
    {
        using var content = new ReadOnlyMemoryContent(request);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var response = await _http.PostAsync(operation, content, cancellationToken);
        return new ControlReply(response.IsSuccessStatusCode, await response.Content.ReadAsByteArrayAsync(cancellationToken));
    }

    public ValueTask DisposeAsync()
    {
        _http.Dispose();
        return ValueTask.CompletedTask;
    }

    private static async Task<Socket> ConnectAsync(string path, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
            return socket;
        }
        catch (SocketException)
        {
            socket.Dispose();
            throw;
        }
    }
}
