using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using SecretsFirewall.Listener;
using SecretsFirewall.Model;

namespace SecretsFirewall.Tests.Listener;

/// <summary>Who may call us as if we were the upstream, and from where.</summary>
public sealed class BaseUrlRequestsTests
{
    private static readonly Destination Api = new("https", "api.example", 443);

    private readonly AgentDirectory _agents = AgentDirectory.Open(new AgentsInMemory(), new FakeTime(), NullLogger.Instance)!;
    private readonly ListenerEventsList _events = new();
    private readonly DefaultHttpContext _context = new();
    private readonly BaseUrlRequests _requests;

    public BaseUrlRequestsTests()
    {
        _requests = new BaseUrlRequests(new Identification(_agents), _events, () => new Dictionary<string, Destination> { ["api"] = Api, ["other"] = Api });
        _context.Connection.RemoteIpAddress = IPAddress.Loopback;
        _context.Connection.LocalPort = 8888;
        _context.Request.Host = new HostString("127.0.0.1", 8888);
    }

    [Fact]
    public void Read_OnThisMachineWithoutCredentials_IsAgentLocal()
    {
        var reading = _requests.Read(_context, "/@api/v1?x=y");

        Assert.Equal((AgentIdentity.Local, Api, "/v1?x=y", null), (reading.Agent.Name, reading.Destination, reading.Target, reading.Refusal));
    }

    [Fact]
    public void Read_WithAToken_IsItsAgent()
    {
        _context.Request.Headers["X-SFW-Token"] = $"ada:{_agents.Add("ada", 1)}";

        Assert.Equal(("ada", Api), (_requests.Read(_context, "/@api/v1").Agent.Name, _requests.Read(_context, "/@api/v1").Destination));
    }

    [Fact]
    public void Read_WithoutATokenOnceOneExists_IsRefused()
    {
        _agents.Add("ada", 1);

        AssertRefused(RefusalCode.ProxyAuthenticationRequired);
        Assert.Equal(["AuthenticationFailed"], _events.Told);
    }

    [Theory]
    [InlineData("ada:wrong")]
    [InlineData("ada")]
    [InlineData(":")]
    [InlineData("")]
    public void Read_WithAWrongToken_IsRefusedEvenWhereNoneWouldDo(string value)
    {
        _context.Request.Headers["X-SFW-Token"] = value;

        AssertRefused(RefusalCode.ProxyAuthenticationRequired);
    }

    [Fact]
    public void Read_WithTwoTokens_IsRefused()
    {
        var token = $"ada:{_agents.Add("ada", 1)}";
        _context.Request.Headers["X-SFW-Token"] = new([token, token]);

        AssertRefused(RefusalCode.ProxyAuthenticationRequired);
    }

    [Theory]
    [InlineData("192.168.0.7")]
    [InlineData("172.17.0.2")]
    [InlineData("2001:db8::7")]
    public void Read_FromAnotherMachine_IsRefusedEvenWithAToken(string remote)
    {
        _context.Connection.RemoteIpAddress = IPAddress.Parse(remote);
        _context.Request.Headers["X-SFW-Token"] = $"ada:{_agents.Add("ada", 1)}";

        AssertRefused(RefusalCode.PolicyDenied);
    }

    [Theory]
    [InlineData("127.0.0.1:8888", true)]
    [InlineData("localhost:8888", true)]
    [InlineData("LOCALHOST.:8888", true)]
    [InlineData("[::1]:8888", true)]
    [InlineData("[::ffff:127.0.0.1]:8888", true)]
    [InlineData("127.0.0.1", false)]
    [InlineData("127.0.0.1:8889", false)]
    [InlineData("rebound.attacker.example:8888", false)]
    [InlineData("localhost.attacker.example:8888", false)]
    [InlineData("192.168.0.7:8888", false)]
    [InlineData("user@127.0.0.1:8888", false)]
    [InlineData("", false)]
    public void Read_HostThatIsNotOurOwnAddress_IsRefused(string host, bool ours)
    {
        _context.Request.Headers.Host = host;

        Assert.Equal(ours ? null : RefusalCode.BypassAttempt, _requests.Read(_context, "/@api/v1").Refusal?.Code);
    }

    [Theory]
    [InlineData("Origin", "https://page.example")]
    [InlineData("Origin", "null")]
    [InlineData("Origin", "http://127.0.0.1:8888")]
    [InlineData("Sec-Fetch-Site", "cross-site")]
    [InlineData("Sec-Fetch-Site", "same-origin")]
    [InlineData("Sec-Fetch-Site", "none")]
    public void Read_FromABrowser_IsRefused(string field, string value)
    {
        _context.Request.Headers[field] = value;

        AssertRefused(RefusalCode.BypassAttempt);
    }

    [Fact]
    public void Read_FromNodesFetch_IsNoBrowser()
    {
        _context.Request.Headers["Sec-Fetch-Mode"] = "cors";

        Assert.Null(_requests.Read(_context, "/@api/v1").Refusal);
    }

    [Theory]
    [InlineData("/@nobody/v1")]
    [InlineData("/@API/v1")]
    [InlineData("/@/v1")]
    [InlineData("/@api%2f/v1")]
    public void Read_NameThatIsNotDeclared_IsToldTheOnesThatAre(string target)
    {
        var refusal = _requests.Read(_context, target).Refusal;

        Assert.Equal((RefusalCode.UnknownUpstream, 404), (refusal?.Code, refusal?.Status));
        Assert.Contains("/@api, /@other", refusal?.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_DotSegmentsBehindTheName_AreRefused()
    {
        var refusal = _requests.Read(_context, "/@api/%2e./@other").Refusal;

        Assert.Equal(RefusalCode.BypassAttempt, refusal?.Code);
    }

    private void AssertRefused(RefusalCode code)
    {
        var reading = _requests.Read(_context, "/@api/v1");

        Assert.Equal((code, null), (reading.Refusal?.Code, reading.Destination));
    }
}
