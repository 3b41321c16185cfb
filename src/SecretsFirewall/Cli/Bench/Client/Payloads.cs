using System.Globalization;
using System.Text;

namespace SecretsFirewall.Cli.Bench.Client;

/// <summary>
/// Everything that a bench sends, made from a seed: the same seed gives the same bytes on every machine. The text is prose and
/// code as an agent would send it, without anything secret in it: what is measured is the clean path, which is nearly all traffic.
/// </summary>
internal static class Payloads
{
    private const string Base62 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    private static readonly string[] Words =
    [
        "the", "agent", "reads", "a", "file", "and", "writes", "its", "answer", "to", "issue", "request", "with", "tests", "that", "fail",
        "when", "return", "value", "is", "null;", "public", "static", "void", "for", "each", "customer", "order", "update", "table", "set",
        "\\n", "\\t", "\\\"quoted\\\"", "src/main/app.ts", "https://example.com/docs?page=2", "=>", "{}", "if", "(count", ">", "0)", "2026-03-14",
    ];

    /// <summary>One GET, POST or streamed prompt, head and body, ready to be written as it is.</summary>
    public static byte[] Request(ClientJob job) => job.Request switch
    {
        RequestKind.Get => Get(job.HostField(job.Host), job.Size),
        RequestKind.Post => Post(job.HostField(job.Host), "/sink", "application/json", Json("title", job.Size, job.Seed)),
        RequestKind.Conversation => Post(job.HostField(job.Host), "/v1/messages", "application/json", Conversation((int)job.Size, job.Seed)),
        RequestKind.Prompt => Post(job.HostField(job.Host), "/v1/messages", "application/json", Prompt(job.Size, streams: false, job.Seed)),
        RequestKind.StreamedPrompt => Post(
            job.HostField(job.Host),
            string.Create(CultureInfo.InvariantCulture, $"/v1/messages?events={(job.Kind == JobKind.Events ? job.Count : 1)}&interval_ms=10"),
            "application/json",
            Prompt(job.Size, streams: true, job.Seed)),
        _ => throw new ArgumentOutOfRangeException(nameof(job), job.Request, "Has no prebuilt form."),
    };

    public static byte[] Get(string host, long size) =>
        Encoding.ASCII.GetBytes(string.Create(
            CultureInfo.InvariantCulture,
            $"GET /bytes/{size} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: load/1\r\nAccept: */*\r\n\r\n"));

    public static byte[] IdleStream(string host, int seed) =>
        Post(host, "/v1/messages?events=0", "application/json", Prompt(256, streams: true, seed));

    /// <summary>A JSON body that holds a registered value, to a tool that gives it back.</summary>
    public static byte[] PostWith(string host, string value, long size, int seed) =>
        Post(host, "/echo", "application/json", Json("title", size, seed)[..^1] + $",\"note\":\"{value}\"}}");

    /// <summary>A reference that nobody bound: refused.</summary>
    public static byte[] Refused(string host) => Post(host, "/echo", "application/json", """{"note":"SECRET_REF(nobody)"}""");

    public static byte[] Socket(string host) => Encoding.ASCII.GetBytes(
        $"GET /socket HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: bG9hZC1sb2FkLWxvYWQtMQ==\r\n\r\n");

    public static byte[] UploadHead(string host, long size) =>
        Head(host, "/sink", "application/octet-stream", size);

    /// <summary>Text of <paramref name="size"/> bytes that is valid inside a JSON string.</summary>
    public static string Prose(long size, int seed)
    {
        var random = new Random(seed);
        var text = new StringBuilder((int)size);
        while (text.Length < size)
        {
            text.Append(Words[random.Next(Words.Length)]).Append(' ');
        }

        // Never cut within an escape.
        text.Length = (int)size;
        if (text[^1] == '\\')
        {
            text[^1] = ' ';
        }

        return text.ToString();
    }

    /// <summary>Names and values for the vault: 24 to 40 characters, as tokens have them, and of no provider's format.</summary>
    public static IEnumerable<(string Name, string Value)> Secrets(int count, int seed)
    {
        var random = new Random(seed);
        for (var i = 0; i < count; i++)
        {
            var value = new string([.. Enumerable.Range(0, random.Next(24, 41)).Select(_ => Base62[random.Next(Base62.Length)])]);
            yield return (string.Create(CultureInfo.InvariantCulture, $"BENCH_{i:D5}"), value);
        }
    }

    private static string Json(string key, long size, int seed)
    {
        var open = $$"""{"{{key}}":" """.TrimEnd();
        return open + Prose(size - open.Length - 2, seed) + "\"}";
    }

    private static string Prompt(long size, bool streams, int seed)
    {
        var open = $$"""
            {"model":"demo-model","stream":{{(streams ? "true" : "false")}},"max_tokens":1024,"messages":[{"role":"user","content":"
            """;
        const string Close = "\"}]}";
        return open + Prose(Math.Max(1, size - open.Length - Close.Length), seed) + Close;
    }

    // As agents send it: a question, then a tool's call and its result, over and over; the last one is a result.
    private static string Conversation(int messages, int seed)
    {
        const int Bytes = 1024;
        var text = new StringBuilder("""{"model":"demo-model","stream":false,"max_tokens":1024,"messages":[""");
        for (var i = 0; i < messages; i++)
        {
            var prose = Prose(Bytes, seed + i);
            text.Append(i == 0 ? "" : ",").Append(i == 0 ? Question(prose) : i % 2 == 1 ? Call(i, prose) : Result(i - 1, prose));
        }

        return text.Append("]}").ToString();

        static string Question(string prose) => $$"""{"role":"user","content":"{{prose}}"}""";
        static string Call(int id, string prose) =>
            $$$"""{"role":"assistant","content":[{"type":"tool_use","id":"toolu_{{{id}}}","name":"read_file","input":{"path":"{{{prose}}}"}}]}""";
        static string Result(int id, string prose) =>
            $$"""{"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_{{id}}","content":"{{prose}}"}]}""";
    }

    private static byte[] Post(string host, string target, string type, string body) =>
        [.. Head(host, target, type, Encoding.UTF8.GetByteCount(body)), .. Encoding.UTF8.GetBytes(body)];

    private static byte[] Head(string host, string target, string type, long length) =>
        Encoding.ASCII.GetBytes(string.Create(
            CultureInfo.InvariantCulture,
            $"POST {target} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: load/1\r\nAccept: */*\r\nContent-Type: {type}\r\nContent-Length: {length}\r\n\r\n"));
}
