using System.Buffers;
using System.Text;
using SecretsFirewall.Inspection.EventStreams;
using static SecretsFirewall.Tests.Inspection.EventStreams.StreamSamples;
using static SecretsFirewall.Tests.Inspection.Samples;

namespace SecretsFirewall.Tests.Inspection.EventStreams;

/// <summary>Events that do not wait for an open end of one or two bytes.</summary>
public class PromptEventTests
{
    private const string Value = "Xk29fjwLQ0vmz81Tq7bN";
    private const string Shape = "anthropic text";

    [Theory]
    [InlineData(1, true)]
    [InlineData(2, true)]
    [InlineData(3, false)]
    public void Write_EventThatEndsLikeAValueBegins_WaitsOnlyForMoreThanMayLeave(int open, bool leaves)
    {
        var first = Event(Shape, "a " + Value[..open]);
        using var joiner = new EventStreamJoiner(Snapshot(("it", Value)), MaskAll, onFinding: null, openBytesThatMayLeave: 2);
        var output = new ArrayBufferWriter<byte>();
        Assert.True(joiner.Write(Bytes(first), output));
        Assert.Equal(leaves ? first : "", Encoding.UTF8.GetString(output.WrittenSpan));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Write_ValueWhoseFirstBytesHaveLeft_TheRestIsStillMasked(int left)
    {
        using var joiner = new EventStreamJoiner(Snapshot(("it", Value)), MaskAll, onFinding: null, openBytesThatMayLeave: 2);
        var output = new ArrayBufferWriter<byte>();
        foreach (var piece in (string[])["a " + Value[..left], Value[left..9], Value[9..] + " b"])
        {
            Assert.True(joiner.Write(Bytes(Event(Shape, piece)), output));
        }

        Assert.True(joiner.Complete(output));
        var expected = Event(Shape, "a " + Value[..left]) + Event(Shape, "SECRET_REF(it)") + Event(Shape, " b");
        Assert.Equal(expected, Encoding.UTF8.GetString(output.WrittenSpan));
    }

    [Fact]
    public void Write_OneLetterAnEvent_NoMoreThanTwoLettersOfAValueLeave()
    {
        using var joiner = new EventStreamJoiner(Snapshot(("it", Value)), MaskAll, onFinding: null, openBytesThatMayLeave: 2);
        var output = new ArrayBufferWriter<byte>();
        foreach (var letter in Value + ".")
        {
            Assert.True(joiner.Write(Bytes(Event(Shape, letter.ToString())), output));
        }

        Assert.True(joiner.Complete(output));
        var expected = string.Concat(Value[..2].Select(letter => Event(Shape, letter.ToString()))) + Event(Shape, "SECRET_REF(it)")
            + string.Concat(Value[3..].Select(_ => Event(Shape, ""))) + Event(Shape, ".");
        Assert.Equal(expected, Encoding.UTF8.GetString(output.WrittenSpan));
    }
}
