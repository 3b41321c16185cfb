using System.Net;
using System.Net.Sockets;
using SecretsFirewall.Forwarding;

namespace SecretsFirewall.Cli.Running;

/// <summary>Requests of the firewall's own: direct, over TLS to whom the upstream leg believes too (<c>upstream.ca_files</c>, <c>upstream.hosts</c>).</summary>
internal static class OwnRequests
{
    /// <exception cref="InvalidDataException">A CA file cannot be read.</exception>
    public static HttpMessageInvoker Invoker(ForwardingOptions options) => new(new SocketsHttpHandler
    {
        UseProxy = false, // a variable may name ourselves
        UseCookies = false,
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        ConnectTimeout = options.ConnectTimeout,
        SslOptions = UpstreamTrust.Load(options.CaFiles).Options,
        ConnectCallback = (context, cancellation) => ConnectAsync(options, context.DnsEndPoint, cancellation),
    });

    private static async ValueTask<Stream> ConnectAsync(ForwardingOptions options, DnsEndPoint to, CancellationToken cancellation)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            EndPoint target = options.Hosts.TryGetValue($"{to.Host}:{to.Port}", out var address) ? IPEndPoint.Parse(address) : to;
            await socket.ConnectAsync(target, cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
