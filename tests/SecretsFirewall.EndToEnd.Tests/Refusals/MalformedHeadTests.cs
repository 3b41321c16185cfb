using System.Text;
using SecretsFirewall.EndToEnd.Tests.Drivers;
using SecretsFirewall.EndToEnd.Tests.Harness;

namespace SecretsFirewall.EndToEnd.Tests.Refusals;

/// <summary>Heads that no honest client sends: a clear answer or a closed connection, and nothing forwarded.</summary>
public sealed class MalformedHeadTests(FirewallFixture firewall) : FirewallTests(firewall), IClassFixture<FirewallFixture>
{
    [Theory]
    [InlineData("CONNECT api.github.com HTTP/1.1")]
    [InlineData("CONNECT api.github.com: HTTP/1.1")]
    [InlineData("CONNECT api.github.com:0 HTTP/1.1")]
    [InlineData("CONNECT api.github.com:65536 HTTP/1.1")]
    [InlineData("CONNECT api.github.com:4x3 HTTP/1.1")]
    [InlineData("CONNECT api.github.com:-443 HTTP/1.1")]
    [InlineData("CONNECT api.github.com:000443 HTTP/1.1")]
    [InlineData("CONNECT :443 HTTP/1.1")]
    [InlineData("CONNECT user@api.github.com:443 HTTP/1.1")]
    [InlineData("CONNECT https://api.github.com:443 HTTP/1.1")]
    [InlineData("CONNECT https://api.github.com:443/ HTTP/1.1")]
    [InlineData("CONNECT api.github.com:443/path HTTP/1.1")]
    [InlineData("CONNECT /:443 HTTP/1.1")]
    [InlineData("CONNECT * HTTP/1.1")]
    [InlineData("CONNECT ::1:443 HTTP/1.1")]
    [InlineData("CONNECT [::1:443 HTTP/1.1")]
    [InlineData("CONNECT [fe80::1%25eth0]:443 HTTP/1.1")]
    [InlineData("CONNECT api..github.com:443 HTTP/1.1")]
    [InlineData("CONNECT -a.example:443 HTTP/1.1")]
    [InlineData("CONNECT a b:443 HTTP/1.1")]
    [InlineData("CONNECT  api.github.com:443 HTTP/1.1")]
    [InlineData("CONNECT api.github.com:443  HTTP/1.1")]
    [InlineData("CONNECT api.github.com:443")]
    [InlineData("CONNECT api.github.com:443 HTTP/1.2")]
    [InlineData("CONNECT api.github.com:443 HTTP/2")]
    [InlineData("CONNECT api.github.com:443 http/1.1")]
    [InlineData("CONNECT 1.2.3.4.5:443 HTTP/1.1")]
    [InlineData("CONNECT 256.1.1.1:443 HTTP/1.1")]
    [InlineData("CONNECT api.github.com:443 HTTP/1.1\r\nHost : a")]
    [InlineData("CONNECT api.github.com:443 HTTP/1.1\r\n folded: a")]
    [InlineData("CONNECT api.github.com:443 HTTP/1.1\r\nnot a field")]
    [InlineData("CONNECT api.github.com:443 HTTP/1.1\r\nX: a\u0000b")]
    [InlineData("CONNECT api.github.com:443 HTTP/1.1\r\nX: a\rb")]
    [InlineData("CONNECT api.github.com:443 HTTP/1.1\nHost: a")]
    [InlineData("CONNECT api.github.com:443 HTTP/1.1\r\nContent-Length: 5")]
    [InlineData("CONNECT api.github.com:443 HTTP/1.1\r\nTransfer-Encoding: chunked")]
    [InlineData("CONNECT api.github.com:443 HTTP/1.1\r\nProxy-Authorization: Basic eDp5\r\nProxy-Authorization: Basic eDp5")]
    public async Task Connect_Malformed_Is400(string head)
    {
        await using var client = await RawClient.DialAsync(Firewall.Proxy);

        await client.SendAsync(Encoding.Latin1.GetBytes(head + "\r\n\r\n"));
        var response = await client.ReadResponseAsync();

        Assert.Equal(400, response.Status);
        Assert.Contains("malformed_request", response.Text, StringComparison.Ordinal);
        Assert.Empty(Upstream.Connections);
    }

    [Theory]
    [InlineData("CONNECT api.github.com:443 HTTP/1.0\r\n")]
    [InlineData("CONNECT API.GitHub.com.:443 HTTP/1.1\r\nHost: api.github.com\r\n")]
    public async Task Connect_UnusualButValid_IsAccepted(string head)
    {
        await using var client = await RawClient.DialAsync(Firewall.Proxy);

        await client.SendAsync($"{head}{Firewall.ProxyAuthorization}\r\n\r\n");
        var response = await client.ReadResponseAsync("CONNECT");

        Assert.Equal(200, response.Status);
        Assert.Null(response.Header("Content-Length"));
        Assert.Null(response.Header("Transfer-Encoding"));
        await client.StartTlsAsync(Hosts.Tool, Firewall.CaPem);
        Assert.Equal(200, (await client.RequestAsync("GET", "/thing", Hosts.Tool)).Status);
    }

    [Fact]
    public async Task Connect_ByteByByte_IsAccepted()
    {
        await using var client = await RawClient.DialAsync(Firewall.Proxy);
        foreach (var b in Encoding.ASCII.GetBytes($"CONNECT {Hosts.Tool}:443 HTTP/1.1\r\n{Firewall.ProxyAuthorization}\r\n\r\n"))
        {
            await client.SendAsync(new[] { b });
        }

        Assert.Equal(200, (await client.ReadResponseAsync("CONNECT")).Status);
    }

    [Fact]
    public async Task Connect_HeadTooLarge_Is431()
    {
        await using var client = await RawClient.DialAsync(Firewall.Proxy);

        await client.SendAsync($"CONNECT {Hosts.Tool}:443 HTTP/1.1\r\nX: {new string('x', 20 * 1024)}");

        Assert.Equal(431, (await client.ReadResponseAsync()).Status);
    }

    [Theory]
    [InlineData("GET /thing HTTP/1.1")]
    [InlineData("GET https://api.github.com/ HTTP/1.1\r\nHost: api.github.com")]
    [InlineData("GET ftp://api.github.com/ HTTP/1.1\r\nHost: api.github.com")]
    [InlineData("GET http:///thing HTTP/1.1\r\nHost: api.github.com")]
    [InlineData("GET http://user@api.github.com/ HTTP/1.1\r\nHost: api.github.com")]
    [InlineData("GET http://api.github.com:99999/ HTTP/1.1\r\nHost: api.github.com")]
    [InlineData("OPTIONS * HTTP/1.1\r\nHost: api.github.com")]
    [InlineData("HELLO\u0001 HTTP/1.1\r\nHost: api.github.com")]
    public async Task AbsoluteForm_Malformed_IsRefusedAndNeverForwarded(string head)
    {
        await using var client = await RawClient.DialAsync(Firewall.Proxy);

        await client.SendAsync($"{head}\r\n{Firewall.ProxyAuthorization}\r\n\r\n");
        var response = await client.ReadResponseAsync();

        Assert.True(response.Status is 400 or 403 or 421, $"The status is {response.Status}.");
        Assert.Empty(Upstream.Connections);
    }

    [Theory]
    [InlineData("Content-Length: 3\r\nContent-Length: 4", "abcd")]
    [InlineData("Content-Length: 0x3", "abc")]
    [InlineData("Transfer-Encoding: xchunked", "0\r\n\r\n")]
    [InlineData("Transfer-Encoding: chunked, identity", "0\r\n\r\n")]
    [InlineData("Transfer-Encoding: gzip, chunked", "3\r\nabc\r\n0\r\n\r\n")]
    [InlineData("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked", "3\r\nabc\r\n0\r\n\r\n")]
    [InlineData("Transfer-Encoding: chunked", "-1\r\nabc\r\n0\r\n\r\n")]
    [InlineData("Transfer-Encoding: chunked", "0x3\r\nabc\r\n0\r\n\r\n")]
    [InlineData("Transfer-Encoding: chunked", "FFFFFFFFFFFFFFFFF\r\nabc")]
    [InlineData("Content-Type: text/plain\r\nContent-Type: application/json\r\nContent-Length: 3", "abc")]
    [InlineData("Host: api.github.com\r\nContent-Length: 3", "abc")]
    [InlineData("X-Folded: a\r\n b\r\nContent-Length: 3", "abc")]
    [InlineData("X-Space : a\r\nContent-Length: 3", "abc")]
    [InlineData("X-Null: a\u0000b\r\nContent-Length: 3", "abc")]
    [InlineData("Connection: Authorization\r\nContent-Length: 3", "abc")]
    [InlineData("Expect: 200-ok\r\nContent-Length: 3", "abc")]
    public async Task Request_AmbiguousFraming_IsRefused(string headers, string body)
    {
        await using var client = await Firewall.TunnelAsync(Hosts.Http1Tool);

        await client.SendAsync(Encoding.Latin1.GetBytes($"POST /thing HTTP/1.1\r\nHost: {Hosts.Http1Tool}\r\n{headers}\r\n\r\n{body}"));
        var response = await client.ReadResponseAsync("POST");

        Assert.InRange(response.Status, 400, 499);
        Assert.Empty(Http1Upstream.Requests);
    }

    /// <summary>What Kestrel resolves by the RFC before we see it: the upstream must get one reading, and the connection must end or stay in step.</summary>
    [Theory]
    [InlineData("Content-Length: 3\r\nTransfer-Encoding: chunked", "3\r\nabc\r\n0\r\n\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\nContent-Length: 30", "3\r\nabc\r\n0\r\n\r\n")]
    [InlineData("Content-Length: +3", "abc")]
    public async Task Request_FramingThatIsResolvedForUs_ReachesTheUpstreamWithOneReading(string headers, string body)
    {
        await using var client = await Firewall.TunnelAsync(Hosts.Http1Tool);

        await client.SendAsync($"POST /thing HTTP/1.1\r\nHost: {Hosts.Http1Tool}\r\nContent-Type: text/plain\r\n{headers}\r\n\r\n{body}");
        var response = await client.ReadResponseAsync("POST");

        Assert.Equal(200, response.Status);
        Assert.Equal("abc", Http1Upstream.Single.BodyText);
        var head = Http1Upstream.Single.RawHead();
        Assert.True(head.Contains("\r\nContent-Length: 3\r\n", StringComparison.Ordinal) != head.Contains("\r\nTransfer-Encoding: chunked\r\n", StringComparison.Ordinal), "There is not exactly one framing.");
    }

    [Theory]
    [InlineData("head")]
    [InlineData("Post")]
    public async Task Request_KnownMethodInAnotherCase_IsRefused(string method)
    {
        await using var client = await Firewall.TunnelAsync(Hosts.Http1Tool);

        var response = await client.RequestAsync(method, "/thing", Hosts.Http1Tool);

        Assert.Equal(400, response.Status);
        Assert.Contains("malformed_request", response.Text, StringComparison.Ordinal);
        Assert.Empty(Http1Upstream.Requests);
    }

    [Fact]
    public async Task Request_HeadTooLarge_Is431()
    {
        await using var client = await Firewall.TunnelAsync(Hosts.Tool);

        await client.SendAsync($"GET /thing HTTP/1.1\r\nHost: {Hosts.Tool}\r\n");
        try
        {
            for (var i = 0; i < 20; i++)
            {
                await client.SendAsync($"X-{i}: {new string('x', 10 * 1024)}\r\n");
            }
        }
        catch (IOException)
        {
            // Answered before all of it was sent.
        }

        Assert.Equal(431, (await client.ReadResponseAsync()).Status);
    }

    [Fact]
    public async Task Request_TargetTooLong_Is414()
    {
        await using var client = await Firewall.TunnelAsync(Hosts.Tool);

        await client.SendAsync($"GET /{new string('x', 40 * 1024)} HTTP/1.1\r\nHost: {Hosts.Tool}\r\n\r\n");

        Assert.Equal(414, (await client.ReadResponseAsync()).Status);
    }
}
