using System.Net;
using System.Security.Cryptography;
using System.Text;
using SecretsFirewall.EndToEnd.Tests.Harness;
using SecretsFirewall.EndToEnd.Tests.Upstreams;

namespace SecretsFirewall.EndToEnd.Tests.Masking;

/// <summary>Bytes outside a finding are identical: nothing is parsed and written anew.</summary>
public sealed class IdentityTests(FirewallFixture firewall) : FirewallTests(firewall), IClassFixture<FirewallFixture>
{
    private static readonly byte[] OddJson = Encoding.UTF8.GetBytes(
        "  {\"z\" : 1.0e+2,\t\"a\":\"\\u0041\\/\\ud83d\\ude00 é\",\r\n \"big\":123456789012345678901234567890.10, \"empty\":[ ],\"messages\":[]}\n ");

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task RandomMegabyte_UpAndDown_IsIdentical(string version)
    {
        Firewall.Register();
        var body = RandomNumberGenerator.GetBytes(1024 * 1024);
        Upstream.Reset(Answer.EchoBody);
        using var client = Firewall.CreateHttpClient(Version.Parse(version));
        using var content = new ByteArrayContent(body);
        content.Headers.TryAddWithoutValidation("Content-Type", "application/octet-stream");

        using var response = await client.PostAsync($"https://{Hosts.Tool}/blob", content);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.True(body.AsSpan().SequenceEqual(Upstream.Single.Body), "The upload differs.");
        var received = await response.Content.ReadAsByteArrayAsync();
        Assert.True(body.AsSpan().SequenceEqual(received), "The download differs.");
    }

    [Fact]
    public async Task JsonBody_OddlyWritten_IsIdenticalBothWays()
    {
        Upstream.Reset(Answer.EchoBody);
        await using var client = await Firewall.TunnelAsync(Hosts.OpenAi);

        var response = await client.RequestAsync("POST", Prompts.ChatPath, Hosts.OpenAi, OddJson, "Content-Type: application/json");

        Assert.Equal(OddJson, Upstream.Single.Body);
        Assert.Equal(OddJson, response.Body);
        Assert.Equal(OddJson.Length.ToString(), Upstream.Single.Header("Content-Length"));
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("br")]
    public async Task CodedRequest_WithoutFindings_KeepsItsCodedBytes(string coding)
    {
        var coded = Answer.Encode(coding, OddJson);
        await using var client = await Firewall.TunnelAsync(Hosts.OpenAi);

        await client.RequestAsync("POST", Prompts.ChatPath, Hosts.OpenAi, coded, "Content-Type: application/json", $"Content-Encoding: {coding}");

        Assert.Equal(coded, Upstream.Single.Body);
        Assert.Equal(coding, Upstream.Single.Header("Content-Encoding"));
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("br")]
    public async Task CodedResponse_WithoutFindings_DecodesToTheSame(string coding)
    {
        Upstream.Reset(Answer.Coded(coding, "application/json", OddJson));
        await using var client = await Firewall.TunnelAsync(Hosts.Tool);

        var response = await client.RequestAsync("GET", "/thing", Hosts.Tool, default, $"Accept-Encoding: {coding}");

        Assert.Equal(coding, response.Header("Content-Encoding"));
        Assert.Equal(OddJson, Answer.Decode(coding, response.Body));
    }

    [Theory]
    [InlineData("/a%20b/%7Ec;v=1/?x=%7e+%2F&&=&y[]=%c3%A9&z")]
    [InlineData("/%E2%82%AC/(a)*'!$,:@?'()*!")]
    [InlineData("/?")]
    [InlineData("/?a=b?c=d/e")]
    [InlineData("//double//slashes/")]
    public async Task Target_OddlyWritten_IsIdentical(string target)
    {
        await using var client = await Firewall.TunnelAsync(Hosts.Http1Tool);

        var response = await client.RequestAsync("GET", target, Hosts.Http1Tool);

        Assert.Equal(200, response.Status);
        Assert.Equal(target, Http1Upstream.Single.Target);
    }

    [Theory]
    [InlineData(Hosts.Tool)]
    [InlineData(Hosts.Http1Tool)]
    public async Task HeaderValues_OddlyWritten_AreIdentical(string host)
    {
        await using var client = await Firewall.TunnelAsync(host);
        await client.SendAsync(Encoding.Latin1.GetBytes(
            $"GET /thing HTTP/1.1\r\nhOsT: {host}\r\nx-INNER: a  b\tc\r\nX-Latin: caf\u00e9\r\nX-Quoted: \"a, b\", c\r\nUser-Agent: odd/1 (x; y)\r\n"
            + "Accept: a/b;q=0.5, */*\r\nCookie: a=1; b=2\r\nX-Twice: 1\r\nX-Twice: 2\r\n\r\n"));
        var response = await client.ReadResponseAsync();

        Assert.Equal(200, response.Status);
        var request = (host == Hosts.Tool ? Upstream : Http1Upstream).Single;
        Assert.Equal("a  b\tc", request.Header("X-Inner"));
        Assert.Equal("caf\u00e9", request.Header("X-Latin"));
        Assert.Equal("\"a, b\", c", request.Header("X-Quoted"));
        Assert.Equal("odd/1 (x; y)", request.Header("User-Agent"));
        Assert.Equal("a/b;q=0.5, */*", request.Header("Accept"));
        Assert.Equal("a=1; b=2", request.Header("Cookie"));
        Assert.Equal("1, 2", request.Header("X-Twice"));
    }

    [Fact]
    public async Task Head_OwnAndHopByHopFields_StayOnTheirHop()
    {
        await using var client = await Firewall.TunnelAsync(Hosts.Http1Tool);

        await client.RequestAsync(
            "GET", "/thing", Hosts.Http1Tool, default,
            "Connection: X-Hop", "X-Hop: 1", "Keep-Alive: 5", "TE: trailers", "X-SFW-Session: s1", "Proxy-Authorization: Basic eDp5", "Proxy-Connection: keep-alive");

        foreach (var name in new[] { "X-Hop", "Keep-Alive", "X-SFW-Session", "Proxy-Authorization", "Proxy-Connection", "Via", "X-Forwarded-For", "traceparent" })
        {
            Assert.DoesNotContain($"\r\n{name}:", Http1Upstream.Single.RawHead(), StringComparison.OrdinalIgnoreCase);
        }
    }

    [Fact]
    public async Task Response_ExactHead_IsPassedOnWithItsLengthAndValidators()
    {
        Upstream.Reset(Answer.Bytes("application/x-odd; a=\"b\"", "body"u8.ToArray(), ("X-Odd", "a  b"), ("Cache-Control", "no-store"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")));
        await using var client = await Firewall.TunnelAsync(Hosts.Tool);

        var response = await client.RequestAsync("GET", "/thing", Hosts.Tool);

        Assert.Equal("body", response.Text);
        Assert.Equal("application/x-odd; a=\"b\"", response.Header("Content-Type"));
        Assert.Equal("a  b", response.Header("X-Odd"));
        Assert.Equal("a=1, b=2", response.Header("Set-Cookie"));
        Assert.Null(response.Header("Server"));
        Assert.Null(response.Header("Alt-Svc"));
    }
}
