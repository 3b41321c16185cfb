using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace SecretsFirewall.Cli.Demo;

/// <summary>
/// The answers that a <see cref="LoopbackUpstream"/> knows by path:
/// <list type="bullet">
/// <item><c>/bytes/N</c>: N bytes of text;</item>
/// <item><c>/sink</c>: reads the body, answers how many bytes it held;</item>
/// <item><c>/v1/messages</c>: a model's answer in Anthropic's shape, as server-sent events if the request says <c>"stream":true</c>
/// (see <see cref="UpstreamEvents"/>);</item>
/// <item>anything else: an echo tool that answers what it received as JSON.</item>
/// </list>
/// </summary>
internal static class UpstreamAnswers
{
    private const string BytesPrefix = "/bytes/";

    // Where a client that means to stream says so; SDKs write it within the first members.
    private const int StreamFlagWithin = 512;

    private const int BlockSize = 64 * 1024;

    private static readonly byte[] Block = MakeBlock();

    public static RequestDelegate For(string path) => path switch
    {
        "/sink" => SinkAsync,
        "/v1/messages" => ModelAsync,
        _ when path.StartsWith(BytesPrefix, StringComparison.Ordinal) => BytesAsync,
        _ => EchoAsync,
    };

    private static async Task BytesAsync(HttpContext context)
    {
        if (!long.TryParse(context.Request.Path.Value.AsSpan(BytesPrefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var left))
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            return;
        }

        context.Response.ContentType = left > BlockSize ? "application/octet-stream" : "text/plain; charset=utf-8";
        context.Response.ContentLength = left;
        while (left > 0)
        {
            var count = (int)Math.Min(left, BlockSize);
            await context.Response.BodyWriter.WriteAsync(Block.AsMemory(0, count), context.RequestAborted);
            left -= count;
        }
    }

    private static async Task SinkAsync(HttpContext context)
    {
        var (received, _) = await DrainAsync(context);
        await WriteJsonAsync(context, writer => writer.WriteNumber("received", received));
    }

    private static async Task ModelAsync(HttpContext context)
    {
        var (received, start) = await DrainAsync(context);
        if (start.AsSpan().IndexOf("\"stream\":true"u8) >= 0)
        {
            await UpstreamEvents.SendAsync(context);
            return;
        }

        await WriteJsonAsync(context, writer =>
        {
            writer.WriteString("id", "msg_demo");
            writer.WriteString("type", "message");
            writer.WriteString("role", "assistant");
            writer.WriteString("model", "demo-model");
            writer.WriteStartArray("content");
            writer.WriteStartObject();
            writer.WriteString("type", "text");
            writer.WriteString("text", "Understood. I will open the issue with the tool.");
            writer.WriteEndObject();
            writer.WriteEndArray();
            writer.WriteString("stop_reason", "end_turn");
            writer.WriteStartObject("usage");
            writer.WriteNumber("input_tokens", received / 4);
            writer.WriteNumber("output_tokens", 11);
            writer.WriteEndObject();
        });
    }

    private static async Task EchoAsync(HttpContext context)
    {
        var request = context.Request;
        var body = await new StreamReader(request.Body).ReadToEndAsync(context.RequestAborted);
        await WriteJsonAsync(context, writer =>
        {
            writer.WriteString("method", request.Method);
            writer.WriteString("target", request.Path + request.QueryString);
            writer.WriteStartObject("headers");
            foreach (var header in request.Headers)
            {
                writer.WriteString(header.Key, header.Value.ToString());
            }

            writer.WriteEndObject();
            writer.WriteString("body", body);
        });
    }

    /// <summary>Reads the body to its end; keeps only its start.</summary>
    private static async Task<(long Received, byte[] Start)> DrainAsync(HttpContext context)
    {
        var reader = context.Request.BodyReader;
        var received = 0L;
        var start = new ArrayBufferWriter<byte>(StreamFlagWithin);
        ReadResult result;
        do
        {
            result = await reader.ReadAsync(context.RequestAborted);
            var wanted = Math.Min(result.Buffer.Length, StreamFlagWithin - start.WrittenCount);
            foreach (var segment in result.Buffer.Slice(0, wanted))
            {
                start.Write(segment.Span);
            }

            received += result.Buffer.Length;
            reader.AdvanceTo(result.Buffer.End);
        }
        while (!result.IsCompleted);
        return (received, start.WrittenSpan.ToArray());
    }

    private static async Task WriteJsonAsync(HttpContext context, Action<Utf8JsonWriter> members)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            members(writer);
            writer.WriteEndObject();
        }

        context.Response.ContentType = "application/json";
        context.Response.ContentLength = buffer.WrittenCount;
        await context.Response.BodyWriter.WriteAsync(buffer.WrittenMemory, context.RequestAborted);
    }

    private static byte[] MakeBlock()
    {
        var line = "The quick brown fox jumps over the lazy dog and fetches the report.\n"u8;
        var block = new byte[BlockSize];
        for (var at = 0; at < block.Length; at += line.Length)
        {
            line[..Math.Min(line.Length, block.Length - at)].CopyTo(block.AsSpan(at));
        }

        return block;
    }
}
