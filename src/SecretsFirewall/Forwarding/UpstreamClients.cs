using System.Net;
using System.Text;

namespace SecretsFirewall.Forwarding;

/// <summary>
/// The upstream connections, pooled per destination and shared by all agents. Two pools, because a connection to a private address may be
/// reused only by an exchange whose policy allows one.
/// </summary>
internal sealed class UpstreamClients : IDisposable
{
    private readonly HttpMessageInvoker _public;
    private readonly HttpMessageInvoker _private;

    public UpstreamClients(ForwardingOptions options, UpstreamConnector connector, UpstreamTrust trust)
    {
        Options = options;
        _public = Create(options, connector, trust, allowPrivate: false);
        _private = Create(options, connector, trust, allowPrivate: true);
    }

    public ForwardingOptions Options { get; }

    public HttpMessageInvoker For(bool allowPrivate) => allowPrivate ? _private : _public;

    public void Dispose()
    {
        _public.Dispose();
        _private.Dispose();
    }

    private static HttpMessageInvoker Create(ForwardingOptions options, UpstreamConnector connector, UpstreamTrust trust, bool allowPrivate)
    {
        var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            ActivityHeadersPropagator = null,
            EnableMultipleHttp2Connections = true,
            PooledConnectionLifetime = options.ConnectionLifetime,
            ConnectTimeout = options.ConnectTimeout,
            SslOptions = trust.Options,
            MaxResponseHeadersLength = 128, // KB
            RequestHeaderEncodingSelector = (_, _) => Encoding.Latin1,
            ResponseHeaderEncodingSelector = (_, _) => Encoding.Latin1,
            InitialHttp2StreamWindowSize = 1024 * 1024,
            Expect100ContinueTimeout = TimeSpan.FromMilliseconds(1),
            ConnectCallback = (context, cancellationToken) => connector.ConnectAsync(context.DnsEndPoint, allowPrivate, cancellationToken),
        };
        return new HttpMessageInvoker(new PromptFlushHandler(handler), disposeHandler: true);
    }
}
