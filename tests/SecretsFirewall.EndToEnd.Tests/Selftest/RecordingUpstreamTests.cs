using System.Net;
using System.Text;
using SecretsFirewall.EndToEnd.Tests.Drivers;
using SecretsFirewall.EndToEnd.Tests.Harness;
using SecretsFirewall.EndToEnd.Tests.Upstreams;

namespace SecretsFirewall.EndToEnd.Tests.Selftest;

/// <summary>The other tests believe what the upstream recorded: here is why they may.</summary>
public sealed class RecordingUpstreamTests : IAsyncLifetime
{
    private readonly TestAuthority _authority = new();
    private RecordingUpstream _upstream = null!;

    public async Task InitializeAsync() => _upstream = await RecordingUpstream.StartAsync(_authority);

    public async Task DisposeAsync()
    {
        await _upstream.DisposeAsync();
        _authority.Dispose();
    }

    [Fact]
    public async Task Upstream_Http1Request_RecordsTargetHeadersAndBodyAsSent()
    {
        await using var client = await DirectAsync();
        const string Head = "POST /a%2Fb?q=%7e+x&&e= HTTP/1.1\r\nhOsT: upstream.test\r\nX-oDD: 1\r\nx-odd: 2\r\nContent-Length: 5\r\n\r\n";

        await client.SendAsync(Head + "\0\u0001abc");
        var response = await client.ReadResponseAsync();

        Assert.Equal("ok", response.Text);
        Assert.Equal("/a%2Fb?q=%7e+x&&e=", _upstream.Single.Target);
        Assert.Equal("1, 2", _upstream.Single.Header("x-odd"));
        Assert.Equal("\0\u0001abc"u8.ToArray(), _upstream.Single.Body);
        Assert.Equal(Head, _upstream.Single.RawHead());
        Assert.Equal(BodyEnd.Complete, await _upstream.Single.Ended);
    }

    [Fact]
    public async Task Upstream_TwoRequestsInOneConnection_TapKeepsEveryByteOnce()
    {
        await using var client = await DirectAsync();
        const string First = "POST /1 HTTP/1.1\r\nHost: upstream.test\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n";

        await client.SendAsync(First);
        await client.SendAsync("0\r\n\r\n");
        await client.ReadResponseAsync();
        await client.RequestAsync("GET", "/2", "upstream.test");

        var wire = Encoding.ASCII.GetString(Assert.Single(_upstream.Connections).ToArray());
        Assert.Equal(First + "0\r\n\r\n" + "GET /2 HTTP/1.1\r\nHost: upstream.test\r\n\r\n", wire);
    }

    [Fact]
    public async Task Upstream_BodyBreaksOff_IsRecordedAsAborted()
    {
        await using var client = await DirectAsync();

        await client.SendAsync("POST / HTTP/1.1\r\nHost: upstream.test\r\nContent-Length: 9\r\n\r\nabc");
        var request = await _upstream.NextAsync();
        client.Reset();

        Assert.Equal(BodyEnd.Aborted, await request.Ended.WaitAsync(Patience.Long));
    }

    [Fact]
    public async Task Upstream_GatedParts_ArriveOneByOne()
    {
        using var gate = new Gate();
        _upstream.Reset(Answer.Gated("text/plain", gate, "one"u8.ToArray(), "two"u8.ToArray()));
        await using var client = await DirectAsync();

        await client.SendAsync("GET / HTTP/1.1\r\nHost: upstream.test\r\n\r\n");
        var (status, _, headers) = await client.Reader.ReadHeadAsync();
        var parts = new List<string>();
        await foreach (var part in client.Reader.ReadBodyAsync("GET", status, headers, [], () => Assert.Fail("truncated")))
        {
            parts.Add(Encoding.ASCII.GetString(part.Span));
            gate.Open();
        }

        Assert.Equal(["one", "two"], parts);
    }

    private async Task<RawClient> DirectAsync()
    {
        var client = await RawClient.DialAsync(new IPEndPoint(IPAddress.Loopback, _upstream.TlsPort));
        await client.StartTlsAsync("upstream.test", _authority.Pem);
        return client;
    }
}
