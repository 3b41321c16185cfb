using System.Buffers.Binary;
using System.Text;
using System.Text.Json.Nodes;
using SecretsFirewall.Protocols.ToolCalls;
using static SecretsFirewall.Tests.Inspection.AmazonStreams.AmazonFrames;

namespace SecretsFirewall.Tests.Protocols.ToolCalls;

/// <summary>
/// A provider's stream: words, then one call for each tool, then the end. Each part is what leaves at once: an event, a frame or a line.
/// </summary>
internal sealed record Shape(AnswerFraming Framing, Func<string[], (byte[][] Words, byte[][] Calls, byte[][] End)> Parts)
{
    public static IReadOnlyDictionary<string, Shape> All { get; } = new Dictionary<string, Shape>
    {
        ["anthropic"] = Events(tools => (
            [Wire.MessageStart, Wire.TextBlock(0, "Hm.")],
            [.. tools.Select((tool, i) => Wire.ToolBlock(i + 1, tool))],
            [Wire.MessageEnd("tool_use")])),
        ["chat"] = Events(tools => ([Wire.ChatStart], [.. tools.Select((tool, i) => Wire.ChatCall(i, tool))], [Wire.ChatEnd()])),
        ["mistral"] = Events(tools => (
            [Wire.Chunk("""{"role":"assistant","content":[{"type":"text","text":"Hm."}]}""")],
            [.. tools.Select((tool, i) => Wire.Chunk($$$"""{"tool_calls":[{"id":"c{{{i}}}","function":{"name":"{{{tool}}}","arguments":{"path": "/tmp/a\u00e9", "n":1}},"index":{{{i}}}}]}"""))],
            [Wire.Chunk("""{"content":""}""", "\"tool_calls\""), Wire.Done])),
        ["responses"] = Events(tools => Numbered(tools)),
        ["gemini"] = Events(tools => (
            [Candidate("""{"text":"Hm."}""")],
            [.. tools.Select(tool => Candidate($$$"""{"functionCall":{"name":"{{{tool}}}","args":{"path": "/tmp/a\u00e9", "n":1}},"thoughtSignature":"c2ln"}"""))],
            ["data: {\"candidates\":[{\"index\":0,\"content\":{\"role\":\"model\",\"parts\":[{\"text\":\"\"}]},\"finishReason\":\"STOP\"}],\"usageMetadata\":{\"totalTokenCount\":3}}\r\n\r\n"])),
        ["gemini in pieces"] = Events(tools => (
            [Candidate("""{"text":"Hm."}""")],
            [.. tools.Select(tool =>
                Candidate($$$"""{"functionCall":{"name":"{{{tool}}}","willContinue":true}}""")
                + Candidate("""{"functionCall":{"partialArgs":[{"jsonPath":"$.path","stringValue":"/tmp","willContinue":true}],"willContinue":true}}""")
                + Candidate("""{"functionCall":{"partialArgs":[{"jsonPath":"$.path","stringValue":"/a\u00e9"},{"jsonPath":"$['n']","numberValue":1}],"willContinue":true}}""")
                + Candidate("""{"functionCall":{}}"""))],
            [Candidate("""{"text":""}""", "STOP")])),
        ["converse"] = new(AnswerFraming.Frames, tools => (
            [Event("messageStart", """{"role":"assistant","p":"abc"}"""), Delta("Hm."), Stop()],
            [.. tools.Select((tool, i) => (byte[])[.. CallStart(i + 1, tool), .. Wire.Pieces.SelectMany(piece => CallDelta(i + 1, piece)), .. Stop(i + 1)])],
            [Event("messageStop", """{"stopReason":"tool_use","p":"ab"}"""), Event("metadata", """{"usage":{"inputTokens":1,"outputTokens":2,"totalTokens":3},"metrics":{"latencyMs":1}}""")])),
        ["converse in chunks"] = new(AnswerFraming.Frames, tools => (
            [Chunk("""{"messageStart":{"role":"assistant"}}"""), Chunk("""{"contentBlockDelta":{"contentBlockIndex":0,"delta":{"text":"Hm."}}}"""), Chunk("""{"contentBlockStop":{"contentBlockIndex":0}}""")],
            [.. tools.Select((tool, i) => (byte[])[
                .. Chunk($$$$$"""{"contentBlockStart":{"contentBlockIndex":{{{{{i + 1}}}}},"start":{"toolUse":{"toolUseId":"t{{{{{i}}}}}","name":"{{{{{tool}}}}}"}}}}"""),
                .. Wire.Pieces.SelectMany(piece => Chunk($$$$$"""{"contentBlockDelta":{"contentBlockIndex":{{{{{i + 1}}}}},"delta":{"toolUse":{"input":{{{{{Wire.Json(piece)}}}}}}}}}""")),
                .. Chunk($$$"""{"contentBlockStop":{"contentBlockIndex":{{{i + 1}}}}}""")])],
            [Chunk("""{"messageStop":{"stopReason":"tool_use"}}"""), Chunk("""{"metadata":{"usage":{"totalTokens":3}},"amazon-bedrock-invocationMetrics":{"inputTokenCount":1}}""")])),
        ["anthropic in chunks"] = new(AnswerFraming.Frames, tools => (
            Chunks(Wire.MessageStart + Wire.TextBlock(0, "Hm.")),
            [.. tools.Select((tool, i) => (byte[])[.. Chunks(Wire.ToolBlock(i + 1, tool)).SelectMany(chunk => chunk)])],
            Chunks(Wire.MessageEnd("tool_use")))),
        ["ollama"] = new(AnswerFraming.JsonLines, tools => (
            [Line("""{"role":"assistant","content":"Hm.","thinking":"x"}""")],
            [.. tools.Select((tool, i) => Line($$$$"""{"role":"assistant","content":"","tool_calls":[{"function":{"index":{{{{i}}}},"name":"{{{{tool}}}}","arguments":{"path": "/tmp/a\u00e9", "n":1}}}]}"""))],
            [Encoding.UTF8.GetBytes("{\"model\":\"m\",\"message\":{\"role\":\"assistant\",\"content\":\"\"},\"done\":true,\"done_reason\":\"stop\",\"eval_count\":7}\n")])),
    };

    public static TheoryData<string> Names => [.. All.Keys];

    public byte[] Stream(params string[] tools)
    {
        var (words, calls, end) = Parts(tools);
        return [.. words.Concat(calls).Concat(end).SelectMany(part => part)];
    }

    /// <summary>Everything that a client can read in it, base64 undone; only whole frames.</summary>
    public string Read(byte[] output)
    {
        if (Framing is not AnswerFraming.Frames)
        {
            return Encoding.UTF8.GetString(output);
        }

        return string.Join('\n', Payloads(output).Select(payload =>
            JsonNode.Parse(payload)!["bytes"] is { } carried ? Encoding.UTF8.GetString(Convert.FromBase64String((string)carried!)) : payload));
    }

    public static byte[] CallStart(int index, string tool) =>
        Event("contentBlockStart", $$$$"""{"contentBlockIndex":{{{{index}}}},"start":{"toolUse":{"toolUseId":"t{{{{index}}}}","name":"{{{{tool}}}}"}},"p":"abcd"}""");

    public static byte[] CallDelta(int index, string piece) =>
        Event("contentBlockDelta", $$$$"""{"contentBlockIndex":{{{{index}}}},"delta":{"toolUse":{"input":{{{{Wire.Json(piece)}}}}}},"p":"a"}""");

    public static byte[] Line(string message) => Encoding.UTF8.GetBytes($$"""{"model":"m","created_at":"2026-01-01T00:00:00Z","message":{{message}},"done":false}""" + "\n");

    public static string Candidate(string part, string? finish = null) =>
        $$$"""data: {"candidates":[{"index":0,"content":{"role":"model","parts":[{{{part}}}]}{{{(finish is null ? "" : $",\"finishReason\":\"{finish}\"")}}}}]}""" + "\r\n\r\n";

    /// <summary>The same stream cut where its framing has a unit.</summary>
    public List<byte[]> Units(byte[] stream)
    {
        var units = new List<byte[]>();
        for (ReadOnlySpan<byte> rest = stream; !rest.IsEmpty;)
        {
            var length = Framing switch
            {
                AnswerFraming.Frames => BinaryPrimitives.ReadInt32BigEndian(rest),
                AnswerFraming.JsonLines => rest.IndexOf((byte)'\n') + 1,
                _ => rest.IndexOf("\r\n\r\n"u8) is var end and >= 0 ? end + 4 : rest.IndexOf("\n\n"u8) + 2,
            };
            units.Add(rest[..length].ToArray());
            rest = rest[length..];
        }

        return units;
    }

    /// <summary>A unit with one byte changed; of a frame in its headers or payload, under right checksums.</summary>
    public byte[] Change(byte[] unit, Random random)
    {
        var changed = unit.ToArray();
        var (start, length) = Framing is AnswerFraming.Frames ? (12, unit.Length - 16) : (0, unit.Length);
        if (length <= 0)
        {
            return changed;
        }

        changed[start + random.Next(length)] = "{}[]\",:\\0x tr\n"u8[random.Next(14)];
        var headers = Framing is AnswerFraming.Frames ? BinaryPrimitives.ReadInt32BigEndian(unit.AsSpan(4)) : 0;
        return Framing is AnswerFraming.Frames ? Frame(changed[12..(12 + headers)], changed[(12 + headers)..^4]) : changed;
    }

    /// <summary>The data of server-sent events, each in a frame.</summary>
    public static byte[][] Chunks(string events) => [.. Wire.Events(events).Select(data => Chunk(data.ToJsonString()))];

    private static Shape Events(Func<string[], (string[] Words, string[] Calls, string[] End)> parts) => new(AnswerFraming.Events, tools =>
    {
        var (words, calls, end) = parts(tools);
        return (Bytes(words), Bytes(calls), Bytes(end));
    });

    private static byte[][] Bytes(string[] texts) => [.. texts.Select(Encoding.UTF8.GetBytes)];

    // Numbers go on over all parts.
    private static (string[] Words, string[] Calls, string[] End) Numbered(string[] tools)
    {
        var words = Wire.MessageItemEvents(0, "Hm.").Prepend(Wire.Created).ToList();
        var calls = tools.Select((tool, i) => Wire.FunctionCall(i + 1, tool).ToList()).ToList();
        var end = Wire.Completed([Wire.MessageItem("Hm."), .. tools.Select((tool, i) => Wire.FunctionItem(i + 1, tool, string.Concat(Wire.Pieces)))]);
        var all = Wire.Numbered([.. words, .. calls.SelectMany(one => one), end]).Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Select(one => one + "\n\n").ToList();
        var at = words.Count;
        return (
            [.. all.Take(at)],
            [.. calls.Select(one =>
            {
                at += one.Count;
                return string.Concat(all.Skip(at - one.Count).Take(one.Count));
            })],
            [all[^1]]);
    }
}
