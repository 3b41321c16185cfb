using SecretsFirewall.Inspection.WebSockets;

namespace SecretsFirewall.Tests.Inspection.WebSockets;

public sealed class PerMessageDeflateTests
{
    [Theory]
    [InlineData("permessage-deflate", "permessage-deflate")]
    [InlineData("permessage-deflate; client_max_window_bits", "permessage-deflate; client_max_window_bits")]
    [InlineData("x-webkit-deflate-frame, permessage-deflate;server_max_window_bits=10 , permessage-deflate", "permessage-deflate;server_max_window_bits=10, permessage-deflate")]
    [InlineData("permessage-deflate; client_no_context_takeover; server_no_context_takeover", "permessage-deflate; client_no_context_takeover; server_no_context_takeover")]
    [InlineData("permessage-bzip2, bbf-usp-protocol", "")]
    [InlineData("permessage-deflate; unknown", "")]
    [InlineData("permessage-deflate; server_max_window_bits=16", "")]
    [InlineData("permessage-deflate; server_max_window_bits=7", "")]
    [InlineData("permessage-deflate; server_max_window_bits", "")]
    [InlineData("permessage-deflate; server_max_window_bits=10; server_max_window_bits=11", "")]
    [InlineData("permessage-deflate; client_no_context_takeover=1", "")]
    [InlineData("", "")]
    [InlineData(null, "")]
    public void NarrowOffer_KeepsWhatCanBeRead(string? offer, string kept) => Assert.Equal(kept, PerMessageDeflate.NarrowOffer(offer));

    [Theory]
    [InlineData(null, true)]
    [InlineData("", true)]
    [InlineData("permessage-deflate", true)]
    [InlineData("permessage-deflate; client_max_window_bits=12", true)]
    [InlineData("permessage-deflate; client_max_window_bits", false)]
    [InlineData("permessage-deflate, permessage-deflate", false)]
    [InlineData("permessage-deflate; mux", false)]
    [InlineData("x-other", false)]
    public void TryReadAnswer_ToAnOffer_IsReadOrRefused(string? answer, bool isRead) =>
        Assert.Equal(isRead, PerMessageDeflate.TryReadAnswer(answer, "permessage-deflate; client_max_window_bits", out _));

    [Fact]
    public void TryReadAnswer_WithoutAnOffer_IsRefused() => Assert.False(PerMessageDeflate.TryReadAnswer("permessage-deflate", "", out _));

    [Fact]
    public void TryReadAnswer_WithParameters_ReadsThem()
    {
        Assert.True(PerMessageDeflate.TryReadAnswer(
            "permessage-deflate; server_no_context_takeover; client_max_window_bits=\"9\"; server_max_window_bits=15", "permessage-deflate", out var agreed));

        Assert.Equal(new PerMessageDeflate { ServerForgets = true, ClientWindowBits = 9 }, agreed);
    }
}
