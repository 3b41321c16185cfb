using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace SecretsFirewall.EndToEnd.Tests.Upstreams;

/// <summary>What the upstream does with one request. <see cref="Answer"/> has the usual ones.</summary>
internal delegate Task UpstreamScript(UpstreamExchange exchange);

/// <summary>The upstream's side of one exchange, as a script drives it.</summary>
internal sealed class UpstreamExchange(HttpContext context, RecordedRequest request, int keepBytes)
{
    private readonly byte[] _buffer = new byte[64 * 1024];

    public RecordedRequest Request => request;

    /// <summary>Set when the peer resets the stream or closes the connection.</summary>
    public CancellationToken PeerGone => context.RequestAborted;

    /// <summary>Reads and records the body to its end. A body that breaks off ends the script.</summary>
    public async Task<byte[]> ReadBodyAsync()
    {
        while (await ReadSomeAsync() > 0)
        {
        }

        return request.Body;
    }

    /// <summary>The same, and hands each piece on as it comes.</summary>
    public async Task CopyBodyAsync(Stream target)
    {
        while (await ReadSomeAsync() is var count and > 0)
        {
            await target.WriteAsync(_buffer.AsMemory(0, count), context.RequestAborted);
        }
    }

    /// <summary>Reads and records what is there; 0 at the end of the body.</summary>
    public async Task<int> ReadSomeAsync()
    {
        try
        {
            var count = await context.Request.Body.ReadAsync(_buffer, context.RequestAborted);
            request.Append(_buffer.AsSpan(0, count), keepBytes);
            if (count == 0)
            {
                request.End(BodyEnd.Complete);
            }

            return count;
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            request.End(BodyEnd.Aborted);
            throw new OperationCanceledException("The body broke off.", e);
        }
    }

    public UpstreamExchange Status(int status)
    {
        context.Response.StatusCode = status;
        return this;
    }

    public UpstreamExchange Header(string name, string value)
    {
        context.Response.Headers.Append(name, value);
        return this;
    }

    /// <summary>Answers 101 to a WebSocket's handshake.</summary>
    /// <param name="extensions">What it says it agrees to.</param>
    /// <param name="accept">Null for the right answer to the key.</param>
    public async Task<Drivers.FrameStream> AcceptWebSocketAsync(string? extensions = null, string? protocol = null, string? accept = null)
    {
        var headers = context.Response.Headers;
        headers.Upgrade = "websocket";
        headers.SecWebSocketAccept = accept ?? Drivers.FrameStream.AcceptFor(request.Header("Sec-WebSocket-Key")!);
        headers.SecWebSocketExtensions = extensions;
        headers.SecWebSocketProtocol = protocol;
        return new Drivers.FrameStream(await context.Features.GetRequiredFeature<IHttpUpgradeFeature>().UpgradeAsync());
    }

    public void DeclareTrailer(string name) => context.Response.DeclareTrailer(name);

    public void Trailer(string name, string value) => context.Response.AppendTrailer(name, value);

    /// <summary>Sends the head now, before any byte of the body.</summary>
    public Task SendHeadAsync() => context.Response.StartAsync();

    /// <summary>Writes and flushes, so that the bytes leave on their own.</summary>
    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        await context.Response.Body.WriteAsync(bytes, context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
    }

    /// <summary>Breaks the connection (HTTP/1.1) or resets the stream (HTTP/2).</summary>
    public void Break() => context.Features.GetRequiredFeature<IHttpRequestLifetimeFeature>().Abort();
}
