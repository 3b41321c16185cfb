using System.Text;
using SecretsFirewall.Protocols.ToolCalls;

namespace SecretsFirewall.Tests.Protocols.ToolCalls;

public sealed class MediaProbeTests
{
    [Theory]
    [InlineData("{\"choices\":[]}")]
    [InlineData("\uFEFF \r\n[{}]")]
    [InlineData("\"{}\"")]
    [InlineData("data: {\"choices\":[]}\n\n")]
    [InlineData("\u0089PNG\r\n\u001A\n: x\ndata:{\"a\":1}\n\n")]
    [InlineData("GIF89a data: dadata: \u2028 \t{}")]
    [InlineData("<svg/>\ndata:\ndata: [{}]")]
    public void WhatCouldBeAMessage_IsNoMedia(string body)
    {
        foreach (var piece in (int[])[1, 3, 1000])
        {
            Assert.False(TakeAll(Encoding.UTF8.GetBytes(body), piece));
        }
    }

    [Fact]
    public void JsonInWideLetters_IsNoMedia()
    {
        foreach (var encoding in (Encoding[])[Encoding.Unicode, Encoding.BigEndianUnicode, Encoding.UTF32])
        {
            Assert.False(TakeAll([.. encoding.Preamble, .. encoding.GetBytes(" {}")], 1));
        }
    }

    [Theory]
    [InlineData("\u0089PNG\r\n\u001A\n{\"tool_calls\":1}")]
    [InlineData("<svg><image href=\"data:image/png;base64,AAAA{\"/></svg>")]
    [InlineData("data of {x}, dat: {y}, data:x{z}")]
    [InlineData("")]
    public void Media_Pass(string body) => Assert.True(TakeAll(Encoding.Latin1.GetBytes(body), 1) && TakeAll(Encoding.Latin1.GetBytes(body), 100));

    [Fact]
    public void Noise_Passes()
    {
        var noise = new byte[1 << 20];
        new Random(20_261_122).NextBytes(noise);
        Assert.True(TakeAll([0xFF, 0xD8, .. noise], 4096));
    }

    private static bool TakeAll(byte[] body, int piece)
    {
        var probe = new MediaProbe();
        return body.Chunk(Math.Max(1, piece)).All(one => probe.Take(one));
    }
}
