using SecretsFirewall.Model;
using SecretsFirewall.Protocols.Usage;
using static SecretsFirewall.Tests.Protocols.Usage.UsageAnswers;

namespace SecretsFirewall.Tests.Protocols.Usage;

[Collection(nameof(Alone))]
public sealed class UsageReaderBufferTests
{
    [Fact]
    public void Buffers_GoBack_FromAnswersThatBreakOff()
    {
        var before = TrafficBuffers.Outstanding;
        foreach (var (body, _, _) in All.Values)
        {
            using var reader = new UsageReader(body is [0, ..]);
            reader.Write(body.AsSpan(0, body.Length / 3));
            reader.Write(body.AsSpan(body.Length / 3, body.Length / 3));
        }

        Assert.Equal(before, TrafficBuffers.Outstanding);
    }
}
