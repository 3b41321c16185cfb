using SecretsFirewall.Inspection.EventStreams;
using static SecretsFirewall.Tests.Inspection.EventStreams.StreamSamples;
using static SecretsFirewall.Tests.Inspection.Samples;

namespace SecretsFirewall.Tests.Inspection.EventStreams;

/// <summary>The corners of the syntax of server-sent events (WHATWG HTML, section 9.2.6).</summary>
public class EventSyntaxTests
{
    private const string Value = "Xk29fjwLQ0vmz81Tq7bN";
    private const string Reference = "SECRET_REF(it)";

    [Theory]
    [InlineData("\n")]
    [InlineData("\r\n")]
    [InlineData("\r")]
    public void Write_AnyLineEnd_EventWithNothingOpenLeavesAtOnce(string newLine)
    {
        using var pair = new JoinerAndRedactor(Snapshot(("it", Value)), MaskAll);
        var text = "";
        foreach (var one in (string[])[Event("chat content", "Hi.", 0, newLine), ": keep-alive" + newLine, newLine, "id: 4" + newLine + "retry: 7" + newLine + newLine])
        {
            Assert.True(pair.Write(Bytes(one)));
            text += one;
            Assert.Equal(text, pair.Text);
        }
    }

    [Theory]
    [InlineData("data: {json}\nevent: later\nid: 7\n\n")]
    [InlineData("id\nretry: 10\ndata:{json}\n\n")]
    [InlineData("event: e\n: a comment in it\ndata: {json}\n\n")]
    [InlineData("data: {json}\n:\n\n")]
    [InlineData("data\ndata: {json}\ndata:\n\n")]
    [InlineData("dataset: {\"delta\":\"x\"}\ndata: {json}\n\n")]
    [InlineData("data: {json}\r\n\n")]
    [InlineData("data: {json}\n\r\n")]
    [InlineData("data:  {json} \n\n")]
    public void Write_FieldsInAnyOrder_DataIsJoinedAndTheRestStays(string shape)
    {
        string Stream(string first, string second) => One(first) + One(second);
        string One(string piece) => shape.Replace("{json}", $$$"""{"choices":[{"index":0,"delta":{"content":"{{{piece}}}"}}]}""", StringComparison.Ordinal);

        var snapshot = Snapshot(("it", Value));
        var expected = Stream("a " + Reference, " b");
        Assert.Equal(expected, snapshot.Mask(Stream("a " + Value[..9], Value[9..] + " b")));
        Assert.Equal(expected, snapshot.MaskEveryByte(Stream("a " + Value[..9], Value[9..] + " b")));
    }

    [Fact]
    public void Write_StreamThatEndsInTheMiddleOfALine_LeavesWhole()
    {
        foreach (var end in (string[])["data: {\"choices\":[{\"delta\":{\"content\":\"Xk29", "data: [DON", "\r", ":", "event: x\n"])
        {
            var stream = Event("chat content", Value[..6]) + end;
            Assert.Equal(stream, Snapshot(("it", Value)).Mask(stream));
        }
    }

    [Fact]
    public void Write_EventsOfTenMegabytes_AreJoined()
    {
        var filler = new string('x', EventStreamJoiner.MaxEventBytes - 1000);
        var snapshot = Snapshot(("it", Value));
        using var pair = new JoinerAndRedactor(snapshot, MaskAll);
        var (first, second) = (Event("chat content", filler + " " + Value[..9]), Event("chat content", Value[9..] + "."));
        Assert.All(Bytes(first + second).Chunk(16 * 1024), chunk => Assert.True(pair.Write(chunk)));
        Assert.True(pair.Text == Event("chat content", filler + " " + Reference) + Event("chat content", "."), "The value is not masked where it starts.");
    }

    [Fact]
    public void Write_ByteOrderMarkBeforeALaterEvent_MakesItNoDataAsReadersDo()
    {
        var stream = Event("chat content", Value[..9]) + "\uFEFF" + Event("chat content", Value[9..]) + Event("chat content", " end.");
        Assert.Equal(stream, Snapshot(("it", Value)).Mask(stream));
    }
}
