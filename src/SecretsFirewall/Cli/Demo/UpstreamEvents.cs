using System.Diagnostics;
using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace SecretsFirewall.Cli.Demo;

/// <summary>
/// A model's streamed answer: <c>?events=N&amp;interval_ms=M</c> says how many events and how far apart; <c>events=0</c> sends a ping
/// and then stays open until the client leaves. Each other event ends in <c>"t":T</c>, the machine's monotonic clock in
/// <see cref="Stopwatch"/> ticks when it was written, which another process on the same machine can compare with its own.
/// </summary>
internal static class UpstreamEvents
{
    private const int DefaultEvents = 5;

    private const int DefaultIntervalMs = 20;

    private static readonly byte[] Ping = "event: ping\ndata: {\"type\":\"ping\"}\n\n"u8.ToArray();

    public static async Task SendAsync(HttpContext context)
    {
        var events = Query(context, "events", DefaultEvents);
        var interval = TimeSpan.FromMilliseconds(Query(context, "interval_ms", DefaultIntervalMs));

        context.Response.ContentType = "text/event-stream; charset=utf-8";
        context.Response.Headers.CacheControl = "no-cache";
        try
        {
            if (events == 0)
            {
                // Not a word of the answer: the end of one is held until the next says whether a value goes on there.
                await context.Response.BodyWriter.WriteAsync(Ping, context.RequestAborted);
                await Task.Delay(Timeout.Infinite, context.RequestAborted);
            }

            await WriteAsync(context, 0);
            using var timer = new PeriodicTimer(interval);
            for (var i = 1; i < events && await timer.WaitForNextTickAsync(context.RequestAborted); i++)
            {
                await WriteAsync(context, i);
            }
        }
        catch (OperationCanceledException)
        {
            // The client left: there is nobody to finish for.
        }
    }

    private static async Task WriteAsync(HttpContext context, int index)
    {
        var text = string.Create(CultureInfo.InvariantCulture, $$"""
            event: content_block_delta
            data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":" and then the report number {{index}}"},"t":{{Stopwatch.GetTimestamp()}}}


            """);
        await context.Response.BodyWriter.WriteAsync(Encoding.UTF8.GetBytes(text), context.RequestAborted);
    }

    private static int Query(HttpContext context, string key, int otherwise) =>
        int.TryParse(context.Request.Query[key], NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : otherwise;
}
