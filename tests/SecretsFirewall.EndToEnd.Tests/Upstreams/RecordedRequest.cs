using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace SecretsFirewall.EndToEnd.Tests.Upstreams;

internal enum BodyEnd
{
    /// <summary>The client gave up, or the connection broke, before the body was complete.</summary>
    Aborted = 0,
    Complete,
}

/// <summary>One request as the upstream received it.</summary>
internal sealed class RecordedRequest
{
    private readonly Lock _lock = new();
    private readonly MemoryStream _body = new();
    private readonly TaskCompletionSource<BodyEnd> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public RecordedRequest(HttpContext context)
    {
        Method = context.Request.Method;
        Target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        Protocol = context.Request.Protocol;
        Authority = context.Request.Host.Value ?? "";
        Headers = [.. context.Request.Headers.SelectMany(h => h.Value.Select(v => KeyValuePair.Create(h.Key, v ?? "")))];
        Wire = context.Features.GetRequiredFeature<WireTap>();
    }

    public string Method { get; }

    /// <summary>The target as it stood on the wire, not decoded.</summary>
    public string Target { get; }

    /// <summary><c>HTTP/1.1</c> or <c>HTTP/2</c>.</summary>
    public string Protocol { get; }

    public string Authority { get; }

    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; }

    /// <summary>All that the connection of this request has carried.</summary>
    public WireTap Wire { get; }

    /// <summary>How the body ended; set once.</summary>
    public Task<BodyEnd> Ended => _ended.Task;

    public long BodyLength { get; private set; }

    public byte[] Body
    {
        get
        {
            lock (_lock)
            {
                return _body.ToArray();
            }
        }
    }

    public string BodyText => Encoding.UTF8.GetString(Body);

    /// <summary>A header's values joined by comma and blank, or null where it is absent.</summary>
    public string? Header(string name)
    {
        var values = Headers.Where(h => h.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(h => h.Value).ToList();
        return values.Count == 0 ? null : string.Join(", ", values);
    }

    /// <summary>The head as it stood on the wire. HTTP/1.1 only: in HTTP/2 it is compressed.</summary>
    public string RawHead()
    {
        var wire = Encoding.Latin1.GetString(Wire.ToArray());
        var start = wire.LastIndexOf($"{Method} {Target} HTTP/1.1\r\n", StringComparison.Ordinal);
        return wire[start..(wire.IndexOf("\r\n\r\n", start, StringComparison.Ordinal) + 4)];
    }

    public void Append(ReadOnlySpan<byte> bytes, int keepBytes)
    {
        lock (_lock)
        {
            BodyLength += bytes.Length;
            if (_body.Length < keepBytes)
            {
                _body.Write(bytes);
            }
        }
    }

    public void End(BodyEnd end) => _ended.TrySetResult(end);
}
