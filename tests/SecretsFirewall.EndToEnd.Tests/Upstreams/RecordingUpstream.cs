using System.Collections.Concurrent;
using System.Net;
using System.Security.Authentication;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace SecretsFirewall.EndToEnd.Tests.Upstreams;

/// <summary>
/// A real upstream on loopback: TLS with HTTP/2 and HTTP/1.1 by ALPN for every name that is asked for, and cleartext HTTP/1.1 beside it.
/// It records what it receives and answers as <see cref="Script"/> says.
/// </summary>
internal sealed class RecordingUpstream : IAsyncDisposable
{
    /// <summary>Bytes kept of one body or connection; what comes beyond is counted only.</summary>
    private const int KeepBytes = 16 * 1024 * 1024;

    private readonly WebApplication _app;
    private readonly ConcurrentQueue<RecordedRequest> _requests = new();
    private readonly ConcurrentQueue<WireTap> _connections = new();
    private readonly ConcurrentQueue<WireTap> _everyConnection = new();
    private Channel<RecordedRequest> _arrivals = Channel.CreateUnbounded<RecordedRequest>();

    private RecordingUpstream(WebApplication app) => _app = app;

    public int TlsPort { get; private set; }

    public int PlainPort { get; private set; }

    public UpstreamScript Script { get; set; } = Answer.Ok;

    /// <summary>In the order of arrival.</summary>
    public IReadOnlyList<RecordedRequest> Requests => [.. _requests];

    /// <summary>Everything that came over any connection since the last <see cref="Reset"/>, cleartext and decrypted.</summary>
    public IReadOnlyList<WireTap> Connections => [.. _connections];

    /// <summary>Bytes that came over every connection since the start, <see cref="Reset"/> or not: pooled connections stay open.</summary>
    public long ReceivedBytes => _everyConnection.Sum(tap => tap.Count);

    /// <summary>The one request that arrived.</summary>
    public RecordedRequest Single => Assert.Single(Requests);

    public static async Task<RecordingUpstream> StartAsync(TestAuthority authority, HttpProtocols protocols = HttpProtocols.Http1AndHttp2)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(1));
        RecordingUpstream? self = null;
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.Limits.MaxRequestLineSize = 64 * 1024;
            kestrel.Limits.MaxRequestHeadersTotalSize = 256 * 1024;
            kestrel.AddServerHeader = false;
            kestrel.RequestHeaderEncodingSelector = _ => System.Text.Encoding.Latin1;
            kestrel.Listen(IPAddress.Loopback, 0, listen =>
            {
                listen.Protocols = protocols;
                listen.UseHttps(https =>
                {
                    https.SslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13;
                    https.ServerCertificateSelector = (_, name) => authority.Leaf(name ?? "127.0.0.1");
                });
                listen.Use(next => WireTap.Install(next, tap => self!.Opened(tap), KeepBytes));
            });
            kestrel.Listen(IPAddress.Loopback, 0, listen =>
            {
                listen.Protocols = HttpProtocols.Http1;
                listen.Use(next => WireTap.Install(next, tap => self!.Opened(tap), KeepBytes));
            });
        });

        var app = builder.Build();
        self = new RecordingUpstream(app);
        app.Run(self.ServeAsync);
        await app.StartAsync();
        var ports = app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses
            .Select(address => new Uri(address)).ToList();
        self.TlsPort = ports.Single(address => address.Scheme == "https").Port;
        self.PlainPort = ports.Single(address => address.Scheme == "http").Port;
        return self;
    }

    /// <summary>Forgets what was recorded and answers as <paramref name="script"/> says from now on.</summary>
    public void Reset(UpstreamScript? script = null)
    {
        Script = script ?? Answer.Ok;
        _requests.Clear();
        _connections.Clear();
        _arrivals = Channel.CreateUnbounded<RecordedRequest>();
    }

    /// <summary>Waits for a request's head.</summary>
    public async Task<RecordedRequest> NextAsync() => await _arrivals.Reader.ReadAsync().AsTask().WaitAsync(Harness.Patience.Long);

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private void Opened(WireTap tap)
    {
        _connections.Enqueue(tap);
        _everyConnection.Enqueue(tap);
    }

    private async Task ServeAsync(HttpContext context)
    {
        var request = new RecordedRequest(context);
        var script = Script;
        _requests.Enqueue(request);
        _arrivals.Writer.TryWrite(request);
        try
        {
            await script(new UpstreamExchange(context, request, KeepBytes));
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // The proxy went away, which some tests are about.
            context.Abort();
        }
        finally
        {
            request.End(BodyEnd.Aborted);
        }
    }
}
