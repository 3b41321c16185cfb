using System.Buffers;
using System.Text;
using System.Text.Json;
using SecretsFirewall.Inspection.Detection;
using SecretsFirewall.Inspection.EventStreams;
using SecretsFirewall.Inspection.Redaction;
using SecretsFirewall.Model;
using static SecretsFirewall.Tests.Inspection.Samples;

namespace SecretsFirewall.Tests.Inspection.EventStreams;

/// <summary>Event streams as providers send them, and what comes out of joiner and redactor.</summary>
internal static class EventStreams
{
    /// <summary>One event of each shape of WIRE.md whose string <c>{piece}</c> continues a text; <c>#</c> is the text's index.</summary>
    public static readonly Dictionary<string, string> Shapes = new(StringComparer.Ordinal)
    {
        ["anthropic text"] = """event: content_block_delta|data: {"type":"content_block_delta","index":#,"delta":{"type":"text_delta","text":"{piece}"}}""",
        ["anthropic tool"] = """event: content_block_delta|data: {"type":"content_block_delta","index":#,"delta":{"type":"input_json_delta","partial_json":"{piece}"}}""",
        ["anthropic thinking"] = """data: {"type":"content_block_delta","index":#,"delta":{"type":"thinking_delta","thinking":"{piece}"}}""",
        ["chat content"] = """data: {"id":"chatcmpl-1","object":"chat.completion.chunk","model":"m","choices":[{"index":#,"delta":{"content":"{piece}"},"finish_reason":null}],"obfuscation":"aQ7x"}""",
        ["chat tool call"] = """data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":#,"function":{"arguments":"{piece}"}}]}}]}""",
        ["chat function call"] = """data: {"choices":[{"delta":{"function_call":{"arguments":"{piece}"}},"index":#}]}""",
        ["chat reasoning"] = """data: {"choices":[{"index":#,"delta":{"reasoning_content":"{piece}"}}]}""",
        ["chat logprobs"] = """data: {"choices":[{"index":#,"delta":{},"logprobs":{"content":[{"token":"{piece}","logprob":-0.1,"bytes":[1],"top_logprobs":[]}]}}]}""",
        ["completions"] = """data: {"object":"text_completion","choices":[{"text":"{piece}","index":#,"finish_reason":null}]}""",
        ["mistral content"] = """data: {"choices":[{"index":#,"delta":{"content":[{"type":"text","text":"{piece}"}]}}]}""",
        ["mistral conversation"] = """data: {"type":"message.output.delta","output_index":#,"id":"msg_1","content":"{piece}","role":"assistant"}""",
        ["mistral call"] = """data: {"type":"function.call.delta","output_index":#,"tool_call_id":"a1","name":"f","arguments":"{piece}"}""",
        ["responses text"] = """event: response.output_text.delta|data: {"type":"response.output_text.delta","sequence_number":4,"item_id":"msg_1","output_index":#,"content_index":0,"delta":"{piece}","logprobs":[]}""",
        ["responses call"] = """event: response.function_call_arguments.delta|data: {"delta":"{piece}","item_id":"fc_1","output_index":#,"type":"response.function_call_arguments.delta"}""",
        ["responses reasoning"] = """data: {"type":"response.reasoning_summary_text.delta","output_index":0,"summary_index":#,"delta":"{piece}"}""",
        ["responses shell"] = """data: {"type":"response.shell_call_command.delta","output_index":#,"delta":"{piece}"}""",
        ["gemini text"] = """data: {"candidates":[{"index":#,"content":{"role":"model","parts":[{"text":"{piece}"}]}}],"usageMetadata":{"totalTokenCount":3},"modelVersion":"g"}""",
        ["gemini wrapped"] = """data: {"response":{"candidates":[{"content":{"parts":[{"text":"{piece}"}]},"index":#}]}}""",
        ["gemini call"] = """data: {"candidates":[{"index":#,"content":{"parts":[{"functionCall":{"name":"f","partialArgs":[{"jsonPath":"$.a","stringValue":"{piece}","willContinue":true}]}}]}}]}""",
        ["gemini interactions"] = """data: {"event_type":"step.delta","index":#,"delta":{"type":"arguments_delta","arguments":"{piece}"}}""",
        ["several lines"] = """data: {"choices":[{"index":#,|data:"delta":|data: {"content":|data:"{piece}"|data:}}]}""",
    };

    public static TheoryData<string> ShapeNames => [.. Shapes.Keys];

    /// <summary>One event; <paramref name="piece"/> is spelled as a JSON writer does.</summary>
    public static string Event(string shape, string piece, int index = 0, string newLine = "\n") =>
        Raw(shape, JsonEncodedText.Encode(piece).ToString(), index, newLine);

    /// <summary>One event; <paramref name="spelling"/> stands in it as it is.</summary>
    public static string Raw(string shape, string spelling, int index = 0, string newLine = "\n") =>
        Shapes[shape].Replace("|", newLine, StringComparison.Ordinal).Replace("#", $"{index}", StringComparison.Ordinal)
            .Replace("{piece}", spelling, StringComparison.Ordinal) + newLine + newLine;

    public static string Mask(this DetectionSnapshot snapshot, string stream, params IEnumerable<int> cuts)
    {
        using var pair = new JoinerAndRedactor(snapshot, MaskAll);
        var bytes = Bytes(stream);
        var from = 0;
        foreach (var cut in cuts.Append(bytes.Length))
        {
            Assert.True(pair.Write(bytes.AsSpan(from, cut - from)));
            from = cut;
        }

        Assert.True(pair.Complete());
        return pair.Text;
    }

    public static string MaskEveryByte(this DetectionSnapshot snapshot, string stream) =>
        snapshot.Mask(stream, Enumerable.Range(1, Bytes(stream).Length - 1));
}

/// <summary>As a response's body has them: the joiner, and behind it the redactor.</summary>
internal sealed class JoinerAndRedactor(DetectionSnapshot snapshot, RedactionPlan plan, Action<Detection, FindingAction>? onFinding = null) : IDisposable
{
    private readonly StreamRedactor _redactor = new(snapshot, plan, onFinding);
    private readonly ArrayBufferWriter<byte> _output = new();

    public EventStreamJoiner Joiner { get; } = new(snapshot, plan, onFinding);

    public string Text => Encoding.UTF8.GetString(_output.WrittenSpan);

    public bool Write(ReadOnlySpan<byte> chunk)
    {
        var joined = new ArrayBufferWriter<byte>();
        var goesOn = Joiner.Write(chunk, joined);
        return _redactor.Write(joined.WrittenSpan, _output) && goesOn;
    }

    public bool Complete()
    {
        var joined = new ArrayBufferWriter<byte>();
        return Joiner.Complete(joined) && _redactor.Write(joined.WrittenSpan, _output) && _redactor.Complete(_output);
    }

    public void Dispose()
    {
        Joiner.Dispose();
        _redactor.Dispose();
    }
}
