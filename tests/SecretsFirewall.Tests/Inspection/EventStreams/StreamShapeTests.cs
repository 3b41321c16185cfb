using System.Buffers;
using System.Text;
using SecretsFirewall.Inspection.EventStreams;
using SecretsFirewall.Inspection.Redaction;
using SecretsFirewall.Tests.Inspection.WebSockets;
using static SecretsFirewall.Tests.Inspection.Samples;

namespace SecretsFirewall.Tests.Inspection.EventStreams;

/// <summary>Streams of models that nobody called event streams: told by their first bytes, and joined as those are.</summary>
public class StreamShapeTests
{
    private const string Value = "Xk29fjwLQ0vmz81Tq7bN";
    private const string Reference = "SECRET_REF(it)";

    /// <summary>One event around <c>{piece}</c>, with what stands before the first, between two, and behind the last.</summary>
    private static readonly Dictionary<string, (string First, string Event, string Between, string Last)> Shapes = new(StringComparer.Ordinal)
    {
        ["ollama chat"] = ("", """{"model":"m","created_at":"2026-01-01T00:00:00.1Z","message":{"role":"assistant","content":"{piece}"},"done":false}""", "\n", "\n"),
        ["ollama thinking"] = ("", """{"model":"m","message":{"role":"assistant","content":"","thinking":"{piece}"},"done":false}""", "\n", "\n"),
        ["ollama generate"] = ("", """{"done":false,"model":"m","response":"{piece}"}""", "\r\n", ""),
        ["chat in lines"] = ("", """{"choices":[{"index":0,"delta":{"content":"{piece}"}}]}""", "\n", "\n"),
        ["one behind the other"] = (" \n", """{"choices":[{"index":0,"delta":{"content":"{piece}"}}]}""", "", ""),
        ["gemini array"] = ("[", """{"candidates":[{"content":{"parts":[{"text":"{piece}"}],"role":"model"},"index":0}]}""", ",\r\n", "]"),
        ["gemini array, indented"] = ("[{\"promptFeedback\": {}\n}\n,\n", "{\n  \"candidates\": [\n    {\n      \"content\": {\n        \"parts\": [\n          { \"text\": \"{piece}\" }\n        ]\n      }\n    }\n  ]\n}", "\n,\n", "\n]\n"),
        ["events"] = ("", "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"{piece}\"}}]}", "\n\n", "\n\ndata: [DONE]\n\n"),
        ["events behind a byte order mark"] = ("\uFEFF: hello\n\n", "event: x\r\ndata: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"{piece}\"}}]}", "\r\n\r\n", "\r\n\r\n"),
        ["events behind blank lines"] = ("\n\n\n", "id: 1\ndata: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"{piece}\"}}]}", "\n\n", "\n\n"),
    };

    public static TheoryData<string> ShapeNames => [.. Shapes.Keys];

    [Theory]
    [MemberData(nameof(ShapeNames))]
    public void Write_ValueInPieces_ReferenceStandsWhereItStarts(string shape)
    {
        for (var cut = 1; cut < Value.Length - 1; cut++)
        {
            var stream = Stream(shape, "a " + Value[..cut], Value[cut..^1], Value[^1..] + " b");
            Assert.Equal(Stream(shape, "a " + Reference, "", " b"), Mask(stream, 4096));
        }
    }

    [Theory]
    [MemberData(nameof(ShapeNames))]
    public void Write_ByteByByte_GivesTheSame(string shape)
    {
        Assert.Equal(Stream(shape, Reference, "", "."), Mask(Stream(shape, Value[..5], Value[5..11], Value[11..] + "."), 1));
        var clean = Stream(shape, "Hello, ", "world \\\"}{][", " \\\\");
        Assert.Equal(clean, Mask(clean, 1));
    }

    [Theory]
    [MemberData(nameof(ShapeNames))]
    public void Write_EventWithNothingOpen_LeavesWithAllThatEndsIt(string shape)
    {
        var (first, one, between, _) = Shapes[shape];
        using var pair = new Pair();
        var text = first + one.Replace("{piece}", "Hello.", StringComparison.Ordinal) + between;
        Assert.True(pair.Write(Bytes(text)));
        Assert.Equal(text, pair.Text);
        Assert.Equal(0, pair.Joiner.HeldBack);
    }

    [Fact]
    public void Write_LineEndBehindAnEventThatLeft_DoesNotWaitForTheNextLine()
    {
        using var pair = new Pair();
        Assert.True(pair.Write("""{"message":{"content":"Hi."},"done":false}"""u8));
        Assert.True(pair.Write("\n"u8));
        Assert.EndsWith("}\n", pair.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_OllamaThatIsDone_LeavesWithWhatIsOpen()
    {
        using var pair = new Pair();
        var stream = $$$"""{"message":{"content":"{{{Value[..9]}}}"},"done":false}{{{'\n'}}}{"message":{"content":""},"done_reason":"stop","done":true}""";
        Assert.True(pair.Write(Bytes(stream)));
        Assert.Equal(stream, pair.Text);
    }

    [Theory]
    [InlineData("<html>data: x</html>")]
    [InlineData("dat")]
    [InlineData("date: Xk29fjwL")]
    [InlineData("plain words, and more of them")]
    [InlineData("\"a string\" alone")]
    [InlineData("12345")]
    public void Write_WhatIsNoStream_PassesAsItIs(string text)
    {
        foreach (var piece in (int[])[1, 4096])
        {
            Assert.Equal(text, Mask(text, piece));
        }
    }

    [Theory]
    [InlineData("{\"a\": \"never ends")]
    [InlineData("[\"it's\" a 'quote\" in a log\n[next] {line} 1, 2]]}} x\n")]
    [InlineData("{\"text\":\"raw\nline\"} {\"choices\":[{\"delta\":{\"content\":\"x\"}}]}")]
    [InlineData("[[1,2],[3]]\n{}")]
    public void Write_MalformedJson_PassesAsItIs(string text)
    {
        foreach (var piece in (int[])[1, 4096])
        {
            Assert.Equal(text, Mask(text, piece));
        }
    }

    [Fact]
    public void Write_OneLongJsonText_IsNoStreamAndPasses()
    {
        var text = $$"""{"data":[{"b64_json":"{{new string('A', EventStreamJoiner.MaxEventBytes + 100_000)}}"}],"key":"{{Value}}"}""";
        using var pair = new Pair();
        Assert.All(Bytes(text).Chunk(64 * 1024), chunk => Assert.True(pair.Write(chunk)));
        Assert.True(pair.Complete());
        Assert.Equal(text.Replace(Value, Reference, StringComparison.Ordinal), pair.Text);
    }

    [Fact]
    public void Write_LongTextBehindOthers_Stops()
    {
        using var pair = new Pair();
        Assert.True(pair.Write("{\"done\":false}\n"u8));
        Assert.False(Bytes("{\"a\":\"" + new string('A', EventStreamJoiner.MaxEventBytes)).Chunk(64 * 1024).All(chunk => pair.Write(chunk)));
        Assert.Equal(("{\"done\":false}\n", EventStreamStop.EventTooLong), (pair.Text, pair.Joiner.Stop));
    }

    [Fact]
    public void Fuzz_AnythingInAnyPieces_GivesTheSame()
    {
        Rounds.Check(300, seed =>
        {
            var random = new Random(seed);
            var text = Shapes.Values.ElementAt(random.Next(Shapes.Count)) is var (first, one, between, last)
                ? Encoding.UTF8.GetString(Listener.Mutations.Of(Bytes(first + one.Replace("{piece}", Value[..8], StringComparison.Ordinal) + between + one.Replace("{piece}", Value[8..], StringComparison.Ordinal) + last), random))
                : "";
            return Mask(text, 4096) == Mask(text, random.Next(1, 20));
        });
    }

    private static string Stream(string shape, params string[] pieces)
    {
        var (first, one, between, last) = Shapes[shape];
        return first + string.Join(between, pieces.Select(piece => one.Replace("{piece}", piece, StringComparison.Ordinal))) + last;
    }

    private static string Mask(string stream, int piece)
    {
        using var pair = new Pair();
        Assert.All(Bytes(stream).Chunk(piece), chunk => Assert.True(pair.Write(chunk)));
        Assert.True(pair.Complete());
        return pair.Text;
    }

    /// <summary>As a model's answer has them: the joiner, and behind it the redactor.</summary>
    private sealed class Pair : IDisposable
    {
        private readonly StreamRedactor _redactor = new(Snapshot(("it", Value)), MaskAll);
        private readonly ArrayBufferWriter<byte> _output = new();

        public EventStreamJoiner Joiner { get; } = new(Snapshot(("it", Value)), MaskAll, isEventStream: false);

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
}
