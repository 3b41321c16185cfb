using System.Text;
using SecretsFirewall.Listener;

namespace SecretsFirewall.Tests.Listener;

public sealed class TunnelOpeningsTests
{
    [Theory]
    [InlineData("G", (int)TunnelOpening.NeedMore)]
    [InlineData("GET", (int)TunnelOpening.NeedMore)]
    [InlineData("GET ", (int)TunnelOpening.PlainHttp)]
    [InlineData("OPTIONS *", (int)TunnelOpening.PlainHttp)]
    [InlineData("CONNECT a.example:443", (int)TunnelOpening.PlainHttp)] // an exchange that is refused, with a record
    [InlineData("P", (int)TunnelOpening.NeedMore)]
    [InlineData("PR", (int)TunnelOpening.NotTls)] // HTTP/2's preface
    [InlineData("PROPFIND ", (int)TunnelOpening.NotTls)]
    [InlineData("get ", (int)TunnelOpening.NotTls)]
    [InlineData("SSH-2.0-x", (int)TunnelOpening.NotTls)]
    [InlineData("\u0005", (int)TunnelOpening.NotTls)]
    [InlineData(" GET /", (int)TunnelOpening.NotTls)]
    public void Of_WhereHttpMayCome_KnowsRequestLinesByTheirMethod(string text, int expected) =>
        Assert.Equal((TunnelOpening)expected, TunnelOpenings.Of(new(Encoding.Latin1.GetBytes(text)), mayBeClear: true, out _));

    [Fact]
    public void Of_WhereHttpMayNotCome_IsNoTls() =>
        Assert.Equal(TunnelOpening.NotTls, TunnelOpenings.Of(new("GET / HTTP/1.1"u8.ToArray()), mayBeClear: false, out _));

    [Fact]
    public void Of_RandomBytes_NeverThrowsAndDecidesWithinTheLongestMethod()
    {
        var random = new Random(20260105);
        var bytes = new byte[9];
        for (var round = 0; round < Mutations.Rounds; round++)
        {
            random.NextBytes(bytes);
            if (bytes[0] != 22)
            {
                Assert.NotEqual(TunnelOpening.NeedMore, TunnelOpenings.Of(new(bytes), mayBeClear: round % 2 == 0, out _));
            }
        }
    }
}
