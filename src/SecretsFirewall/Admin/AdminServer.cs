using System.Buffers;
using System.Net;
using System.Reflection;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using SecretsFirewall.Bundles;

namespace SecretsFirewall.Admin;

/// <summary>
/// The admin plane, a server of its own beside the proxy:
/// <code>
///   TCP          GET /healthz, /version, /metrics     checked Host, no Origin
///                /v1/…                               the same, and a token (Api); TLS outside loopback
///   Unix socket  POST /control/&lt;operation&gt;      0600 in the home: who may open it owns the home
/// </code>
/// Each connection is marked with the listener that took it before HTTP reads a byte, so that no request, whatever it says, moves from one
/// to the other.
/// </summary>
internal sealed class AdminServer : IAsyncDisposable
{
    // The longest request is an imported .env file: 16 KiB values, base64, a few thousand at most.
    private const int MaxRequestBytes = 64 * 1024 * 1024;

    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(2);

    private readonly WebApplication _app;
    private readonly ControlDispatcher _dispatcher;
    private readonly AdminOptions _options;

    private AdminServer(AdminOptions options, ControlDispatcher dispatcher, ILoggerFactory loggers)
    {
        _options = options;
        _dispatcher = dispatcher;

        // The empty builder: no variable and no appsettings.json may open a port of its own.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(loggers);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = ShutdownTimeout);
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(Configure);
        _app = builder.Build();
        _app.Run(AnswerAsync);
    }

    /// <summary>Without the commit that the build appends.</summary>
    public static string Version { get; } =
        typeof(AdminServer).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    /// <summary>Where TCP listens; the port is known once started.</summary>
    public IPEndPoint EndPoint { get; private set; } = new(IPAddress.Loopback, 0);

    /// <exception cref="IOException">A port or the socket is in use or may not be opened.</exception>
    public static async Task<AdminServer> StartAsync(
        AdminOptions options, ControlDispatcher dispatcher, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        var server = new AdminServer(options, dispatcher, loggers);

        // A socket file that a killed process left; whoever starts a server holds the home's lock.
        File.Delete(options.ControlSocket);
        try
        {
            await server._app.StartAsync(cancellationToken);
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(options.ControlSocket, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            }
        }
        catch (IOException)
        {
            await server._app.DisposeAsync();
            throw;
        }

        server.EndPoint = new IPEndPoint(options.Tcp.Address, server.TcpPort());
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
        File.Delete(_options.ControlSocket);
    }

    private void Configure(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = MaxRequestBytes;
        kestrel.Limits.MinResponseDataRate = null;
        kestrel.Listen(_options.Tcp, listen =>
        {
            listen.Protocols = HttpProtocols.Http1;
            if (_options.Certificate is { } certificate)
            {
                listen.UseHttps(certificate);
            }
        });
        kestrel.ListenUnixSocket(_options.ControlSocket, listen =>
        {
            listen.Protocols = HttpProtocols.Http1;
            listen.Use(next => connection =>
            {
                connection.Features.Set(ControlConnection.Instance);
                return next(connection);
            });
        });
    }

    private int TcpPort() => _app.Services.GetRequiredService<IServer>().Features
        .GetRequiredFeature<IServerAddressesFeature>().Addresses
        .Where(address => !address.StartsWith("http://unix:", StringComparison.Ordinal))
        .Select(address => BindingAddress.Parse(address).Port)
        .Single();

    private Task AnswerAsync(HttpContext context) =>
        context.Features.Get<ControlConnection>() is not null ? AnswerControlAsync(context) : AnswerPublicAsync(context);

    private Task AnswerPublicAsync(HttpContext context)
    {
        var request = context.Request;
        context.Response.Headers.CacheControl = "no-store";
        if (!PublicRequests.IsAllowed(request, _options.Hosts))
        {
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            return Task.CompletedTask;
        }

        if (_options.Api is { } api && request.Path.StartsWithSegments("/v1", StringComparison.Ordinal))
        {
            return api.AnswerAsync(context);
        }

        if (!HttpMethods.IsGet(request.Method))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        }

        switch (request.Path.Value)
        {
            case "/healthz":
                context.Response.ContentType = "text/plain";
                var health = _options.Health?.Invoke() ?? PolicyHealth.Well;
                context.Response.StatusCode = health.Serves ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
                return context.Response.WriteAsync(health + "\n", context.RequestAborted);
            case "/metrics" when _options.Metrics is { } metrics && (_options.OpenMetrics || _options.Api?.IsKnown(request) is true):
                context.Response.ContentType = AdminOptions.MetricsType;
                return context.Response.WriteAsync(metrics(), context.RequestAborted);
            case "/version":
                context.Response.ContentType = "application/json";
                return context.Response.WriteAsync($"{{\"product\":\"sfw\",\"version\":\"{Version}\"}}\n", context.RequestAborted);
            default:
                context.Response.StatusCode = StatusCodes.Status404NotFound;
                return Task.CompletedTask;
        }
    }

    private async Task AnswerControlAsync(HttpContext context)
    {
        const string Prefix = "/control/";
        var path = context.Request.Path.Value ?? "";
        if (!HttpMethods.IsPost(context.Request.Method) || !path.StartsWith(Prefix, StringComparison.Ordinal))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        var body = await ReadAsync(context);
        ControlReply reply;
        try
        {
            reply = await _dispatcher.DispatchAsync(path[Prefix.Length..], body, context.RequestAborted);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(body);
        }

        if (context.RequestAborted.IsCancellationRequested)
        {
            return;
        }

        context.Response.StatusCode = reply.Done ? StatusCodes.Status200OK : StatusCodes.Status422UnprocessableEntity;
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = reply.Json.Length;
        await context.Response.Body.WriteAsync(reply.Json, context.RequestAborted);
        CryptographicOperations.ZeroMemory(reply.Json);
    }

    private static async Task<byte[]> ReadAsync(HttpContext context)
    {
        var reader = context.Request.BodyReader;
        while (true)
        {
            var result = await reader.ReadAsync(context.RequestAborted);
            if (result.IsCompleted)
            {
                var body = result.Buffer.ToArray();
                reader.AdvanceTo(result.Buffer.End);
                return body;
            }

            reader.AdvanceTo(result.Buffer.Start, result.Buffer.End);
        }
    }

    /// <summary>The mark of a connection that came over the Unix socket.</summary>
    private sealed class ControlConnection
    {
        public static readonly ControlConnection Instance = new();
    }
}
