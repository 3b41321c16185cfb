using System.Buffers;
using System.Text;
using SecretsFirewall.Inspection.Detection;
using SecretsFirewall.Inspection.EventStreams;
using SecretsFirewall.Tests.Inspection;
using SecretsFirewall.Tests.Inspection.EventStreams;
using SecretsFirewall.Tests.Listener;

namespace SecretsFirewall.Tests.Fuzzing;

/// <summary>Damaged event streams of every provider: nothing throws, and what leaves does not depend on how the bytes came.</summary>
public sealed class EventStreamFuzzTests
{
    private const string Secret = "abcd1234efgh5678";

    private static readonly DetectionSnapshot Snapshot = Samples.Snapshot(("key", Secret));

    [Fact]
    public void Write_DamagedStreams_NeverThrowAndGiveTheSameInAnyPieces()
    {
        var random = new Random(20_261_121);
        var streams = StreamSamples.Shapes.Keys
            .Select(shape => Encoding.UTF8.GetBytes($": begin\n\n{StreamSamples.Event(shape, Secret[..7])}id: 7\nretry: 10\n\n{StreamSamples.Event(shape, Secret[7..], newLine: "\r\n")}data: [DONE]\n\n"))
            .ToList();
        for (var round = FuzzRounds.Or(2_000); round > 0; round--)
        {
            var stream = Mutations.Of(streams[random.Next(streams.Count)], random);

            Assert.Equal(Join(stream, stream.Length), Join(stream, random.Next(1, 40)));
        }
    }

    private static (EventStreamStop Stop, string Text) Join(byte[] stream, int piece)
    {
        using var joiner = new EventStreamJoiner(Snapshot, Samples.MaskAll);
        var output = new ArrayBufferWriter<byte>();
        var goesOn = stream.Chunk(piece).All(chunk => joiner.Write(chunk, output)) && joiner.Complete(output);
        Assert.Equal(goesOn, joiner.Stop is EventStreamStop.None);
        return (joiner.Stop, goesOn ? Convert.ToHexString(output.WrittenSpan) : "");
    }
}
