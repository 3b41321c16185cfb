using System.IO.Compression;
using System.Text;

namespace SecretsFirewall.EndToEnd.Tests.Upstreams;

/// <summary>The usual scripts.</summary>
internal static class Answer
{
    /// <summary>Reads the request to its end and says <c>ok</c>.</summary>
    public static UpstreamScript Ok { get; } = Text("text/plain", "ok");

    public static UpstreamScript Text(string contentType, string body) => Bytes(contentType, Encoding.UTF8.GetBytes(body));

    public static UpstreamScript Json(string body) => Text("application/json", body);

    /// <summary>A body of known length.</summary>
    public static UpstreamScript Bytes(string contentType, byte[] body, params (string Name, string Value)[] headers) => async exchange =>
    {
        await exchange.ReadBodyAsync();
        exchange.Header("Content-Type", contentType).Header("Content-Length", body.Length.ToString());
        foreach (var (name, value) in headers)
        {
            exchange.Header(name, value);
        }

        await exchange.SendAsync(body);
    };

    /// <summary>A body of unknown length, each part flushed on its own.</summary>
    public static UpstreamScript Parts(string contentType, params IReadOnlyList<byte[]> parts) => async exchange =>
    {
        await exchange.ReadBodyAsync();
        exchange.Header("Content-Type", contentType);
        foreach (var part in parts)
        {
            await exchange.SendAsync(part);
        }
    };

    /// <summary>Server-sent events, each flushed on its own. Each text is one event without its closing blank line.</summary>
    public static UpstreamScript Events(params IReadOnlyList<string> events) =>
        Parts("text/event-stream", [.. events.Select(e => Encoding.UTF8.GetBytes(e + "\n\n"))]);

    /// <summary>Parts that wait: each part after the first leaves only when the test has released the one before it.</summary>
    public static UpstreamScript Gated(string contentType, Harness.Gate gate, params IReadOnlyList<byte[]> parts) => async exchange =>
    {
        await exchange.ReadBodyAsync();
        exchange.Header("Content-Type", contentType);
        for (var i = 0; i < parts.Count; i++)
        {
            if (i > 0)
            {
                await gate.PassAsync();
            }

            await exchange.SendAsync(parts[i]);
        }
    };

    /// <summary>A coded body; <paramref name="coding"/> is <c>gzip</c>, <c>deflate</c> or <c>br</c>.</summary>
    public static UpstreamScript Coded(string coding, string contentType, byte[] body) =>
        Bytes(contentType, Encode(coding, body), ("Content-Encoding", coding));

    /// <summary>Gives back the value of a request header as the body, and as a header.</summary>
    public static UpstreamScript EchoHeader(string name) => async exchange =>
    {
        await exchange.ReadBodyAsync();
        var value = exchange.Request.Header(name) ?? "(absent)";
        exchange.Header("Content-Type", "text/plain; charset=utf-8").Header("X-Echo", value);
        await exchange.SendAsync(Encoding.UTF8.GetBytes(value));
    };

    /// <summary>Gives back the request's body.</summary>
    public static UpstreamScript EchoBody { get; } = async exchange =>
    {
        var body = await exchange.ReadBodyAsync();
        exchange.Header("Content-Type", exchange.Request.Header("Content-Type") ?? "application/octet-stream");
        await exchange.SendAsync(body);
    };

    public static byte[] Encode(string coding, byte[] plain, CompressionLevel level = CompressionLevel.Fastest)
    {
        var coded = new MemoryStream();
        using (Stream encoder = coding switch
        {
            "gzip" => new GZipStream(coded, level, leaveOpen: true),
            "deflate" => new ZLibStream(coded, level, leaveOpen: true),
            "br" => new BrotliStream(coded, level, leaveOpen: true),
            _ => throw new ArgumentOutOfRangeException(nameof(coding)),
        })
        {
            encoder.Write(plain);
        }

        return coded.ToArray();
    }

    public static byte[] Decode(string coding, byte[] coded)
    {
        using Stream decoder = coding switch
        {
            "gzip" => new GZipStream(new MemoryStream(coded), CompressionMode.Decompress),
            "deflate" => new ZLibStream(new MemoryStream(coded), CompressionMode.Decompress),
            "br" => new BrotliStream(new MemoryStream(coded), CompressionMode.Decompress),
            _ => throw new ArgumentOutOfRangeException(nameof(coding)),
        };
        var plain = new MemoryStream();
        decoder.CopyTo(plain);
        return plain.ToArray();
    }
}
