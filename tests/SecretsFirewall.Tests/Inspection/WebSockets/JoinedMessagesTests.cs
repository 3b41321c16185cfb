using System.Buffers;
using System.Text;
using SecretsFirewall.Inspection.Detection;
using SecretsFirewall.Inspection.EventStreams;
using static SecretsFirewall.Tests.Inspection.Samples;

namespace SecretsFirewall.Tests.Inspection.WebSockets;

/// <summary>The joiner of event streams over messages: providers' WebSockets send each event as one JSON message.</summary>
public sealed class JoinedMessagesTests
{
    private static readonly DetectionSnapshot Snapshot = Samples.Snapshot(("key", "Xk29fjwL8sQ2"));

    [Fact]
    public void Messages_ThatSpellAValueTogether_AreMasked()
    {
        using var joiner = new EventStreamJoiner(Snapshot, MaskAll);

        Assert.Equal(["""{"type":"response.output_text.delta","output_index":0,"delta":"key: SECRET_REF(key)"}""", Delta(" ok")], Join(joiner, Delta("key: Xk29"), Delta("fjwL8sQ2 ok")));
    }

    [Fact]
    public void Message_ThatMayGoOn_WaitsAndThoseBehindIt()
    {
        using var joiner = new EventStreamJoiner(Snapshot, MaskAll);

        Assert.Empty(Join(joiner, Delta("key: Xk29"), """{"type":"other"}"""));
        Assert.Equal([Delta("key: Xk29"), """{"type":"other"}""", Delta("!")], Join(joiner, Delta("!")));
    }

    [Fact]
    public void Message_ThatMayGoOn_LeavesWithTheEndOfItsText()
    {
        using var joiner = new EventStreamJoiner(Snapshot, MaskAll);
        var done = """{"type":"response.output_text.done","output_index":0}""";

        Assert.Equal([Delta("key: Xk29"), done], Join(joiner, Delta("key: Xk29"), done));
    }

    [Fact]
    public void Complete_LetsWhatWaitsGo()
    {
        using var joiner = new EventStreamJoiner(Snapshot, MaskAll);
        Assert.Empty(Join(joiner, Delta("Xk29")));

        Assert.True(joiner.CompleteMessages());
        Assert.Equal([Delta("Xk29")], Join(joiner));
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("")]
    [InlineData("{\n  \"type\": \"x.delta\",\n  \"delta\": \"!\"\n}\n")]
    [InlineData("{\"delta\":")]
    public void Message_OfAnyOtherShape_PassesUnchanged(string message)
    {
        using var joiner = new EventStreamJoiner(Snapshot, MaskAll);

        Assert.Equal([message, message], Join(joiner, message, message));
    }

    private static string Delta(string text) => $$"""{"type":"response.output_text.delta","output_index":0,"delta":"{{text}}"}""";

    private static List<string> Join(EventStreamJoiner joiner, params string[] messages)
    {
        foreach (var message in messages)
        {
            Assert.True(joiner.WriteMessage(Bytes(message)));
        }

        var taken = new List<string>();
        var one = new ArrayBufferWriter<byte>();
        while (joiner.TryTakeMessage(one, out _))
        {
            taken.Add(Encoding.UTF8.GetString(one.WrittenSpan));
            one.ResetWrittenCount();
        }

        return taken;
    }
}
