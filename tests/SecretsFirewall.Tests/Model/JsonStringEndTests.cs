using System.Text;
using SecretsFirewall.Model;

namespace SecretsFirewall.Tests.Model;

/// <summary>Against a reader that goes byte by byte.</summary>
public sealed class JsonStringEndTests
{
    [Theory]
    [InlineData("\"", 0, false, false)]
    [InlineData("", -1, false, false)]
    [InlineData("a", -1, false, false)]
    [InlineData("a\\", -1, true, true)]
    [InlineData("a\\\\", -1, true, false)]
    [InlineData("a\\\\\"b\"", 3, true, false)]
    [InlineData("a\\\"b\"c", 4, true, false)]
    [InlineData("a\"\\", 1, false, false)]
    public void IndexIn_SaysWhereTheStringEnds(string text, int end, bool hasEscapes, bool isCut)
    {
        Assert.Equal(end, JsonStringEnd.IndexIn(Encoding.UTF8.GetBytes(text), out var escapes, out var cut));
        Assert.Equal((hasEscapes, isCut), (escapes, cut));
    }

    [Fact]
    public void IndexIn_RowsOfBackslashesAtEveryPlaceOfABlock_AreReadAsPairs()
    {
        for (var before = 0; before < 140; before++)
        {
            for (var row = 0; row < 70; row++)
            {
                AssertAsByByte([.. Enumerable.Repeat((byte)'a', before), .. Enumerable.Repeat((byte)'\\', row), (byte)'"', (byte)'b', (byte)'"']);
                AssertAsByByte([.. Enumerable.Repeat((byte)'a', before), .. Enumerable.Repeat((byte)'\\', row)]);
            }
        }
    }

    [Fact]
    public void IndexIn_AnyText_IsAsByByte()
    {
        var random = new Random(1);
        for (var round = 0; round < 20_000; round++)
        {
            var text = new byte[random.Next(300)];
            var quotes = random.Next(2) == 0;
            for (var i = 0; i < text.Length; i++)
            {
                text[i] = random.Next(6) switch { 0 or 1 => (byte)'\\', 2 when quotes && i > 40 => (byte)'"', var other => (byte)('a' + other) };
            }

            AssertAsByByte(text);
        }
    }

    private static void AssertAsByByte(byte[] text)
    {
        var (end, escapes, at) = (-1, false, 0);
        for (; at < text.Length && end < 0; at++)
        {
            end = text[at] == '"' ? at : -1;
            escapes |= text[at] == '\\';
            at += text[at] == '\\' ? 1 : 0;
        }

        var found = JsonStringEnd.IndexIn(text, out var hasEscapes, out var isCut);
        Assert.Equal((end, escapes, end < 0 && at > text.Length), (found, hasEscapes, isCut));
    }
}
