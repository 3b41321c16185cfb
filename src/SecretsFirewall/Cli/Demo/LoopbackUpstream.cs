using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace SecretsFirewall.Cli.Demo;

/// <summary>
/// A small real upstream on loopback: TLS with a CA of its own, HTTP/1.1 and HTTP/2, answers by path (<see cref="UpstreamAnswers"/>).
/// It stands in for a model or a tool in <c>sfw demo</c> and in <c>bench/load</c>, and needs no network.
/// </summary>
internal sealed class LoopbackUpstream : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly LoopbackCertificates _certificates;
    private readonly ConcurrentQueue<ReceivedRequest> _received = new();
    private readonly Dictionary<string, RequestDelegate> _scripts;
    private readonly bool _records;

    private LoopbackUpstream(LoopbackUpstreamOptions options)
    {
        _records = options.Records;
        _scripts = new(options.Answers, StringComparer.Ordinal);
        _certificates = LoopbackCertificates.Create(options.Names, options.Time);

        // The empty builder: no configuration from files or the environment may move a stand-in's port, and it logs nothing.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(ConfigureKestrel);
        _app = builder.Build();
        _app.Run(AnswerAsync);
    }

    /// <summary>Where it listens; valid once started.</summary>
    public IPEndPoint EndPoint { get; private set; } = new(IPAddress.Loopback, 0);

    /// <summary>What a client must trust to talk to it.</summary>
    public string CaPem => _certificates.AuthorityPem;

    /// <summary>Everything received so far, oldest first; empty unless <see cref="LoopbackUpstreamOptions.Records"/>.</summary>
    public IReadOnlyList<ReceivedRequest> Received => [.. _received];

    public static async Task<LoopbackUpstream> StartAsync(LoopbackUpstreamOptions options, CancellationToken cancellationToken)
    {
        var upstream = new LoopbackUpstream(options);
        await upstream._app.StartAsync(cancellationToken);
        upstream.EndPoint = new IPEndPoint(IPAddress.Loopback, new Uri(upstream._app.Urls.Single()).Port);
        return upstream;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _certificates.Dispose();
    }

    private void ConfigureKestrel(KestrelServerOptions kestrel)
    {
        // A stand-in neither limits nor hurries anyone: what is measured is the proxy between.
        kestrel.Limits.MaxRequestBodySize = null;
        kestrel.Limits.MinRequestBodyDataRate = null;
        kestrel.Limits.MinResponseDataRate = null;
        kestrel.Limits.MaxRequestHeadersTotalSize = 1 << 20;
        kestrel.AddServerHeader = false;
        kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            listen.Protocols = HttpProtocols.Http1AndHttp2;
            listen.UseHttps(_certificates.Leaf);
        });
    }

    private async Task AnswerAsync(HttpContext context)
    {
        if (_records)
        {
            await RecordAsync(context);
        }

        var path = context.Request.Path.Value ?? "/";
        var answer = _scripts.TryGetValue(path, out var scripted) ? scripted : UpstreamAnswers.For(path);
        await answer(context);
    }

    private async Task RecordAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        var request = context.Request;
        _received.Enqueue(new ReceivedRequest(
            request.Method,
            request.Host.Value ?? "",
            request.Path + request.QueryString,
            [.. request.Headers.SelectMany(h => h.Value, (h, value) => KeyValuePair.Create(h.Key, value ?? ""))],
            body.ToArray()));
        request.Body = new MemoryStream(body.ToArray());
    }
}
