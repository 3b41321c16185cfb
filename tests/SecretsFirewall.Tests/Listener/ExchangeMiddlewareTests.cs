using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging.Abstractions;
using SecretsFirewall.Listener;
using SecretsFirewall.Model;

namespace SecretsFirewall.Tests.Listener;

public sealed class ExchangeMiddlewareTests
{
    private readonly FakeTime _time = new();
    private readonly AgentDirectory _agents;

    public ExchangeMiddlewareTests() => _agents = AgentDirectory.Open(new AgentsInMemory(), _time, NullLogger.Instance)!;

    [Fact]
    public async Task InvokeAsync_TunnelOfAnAgentThatIsThere_Passes() =>
        Assert.Null((await RequestInTunnelAsync(_agents.Authenticate("ada", _agents.Add("ada", 1))!)).Refusal);

    [Fact]
    public async Task InvokeAsync_TunnelOfARemovedAgent_IsRefusedOnItsNextRequest()
    {
        var agent = _agents.Authenticate("ada", _agents.Add("ada", 1))!;
        _agents.Remove("ada");

        Assert.Equal(RefusalCode.ProxyAuthenticationRequired, (await RequestInTunnelAsync(agent)).Refusal?.Code);
    }

    private async Task<Exchange> RequestInTunnelAsync(AgentIdentity agent)
    {
        var context = new DefaultHttpContext();
        context.Features.Set(new Tunnel { Agent = agent, Host = "tool.example", Port = 443 });
        context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget = "/thing";
        context.Request.Method = "GET";
        context.Request.Host = new HostString("tool.example");

        // Inside a tunnel the listener has nothing to tell.
        var middleware = new ExchangeMiddleware(new Identification(_agents), new AgentLimits(new ListenerOptions()), new RequestRates(new ListenerOptions()), null!, null!, _time, () => null);
        await middleware.InvokeAsync(context, static _ => Task.CompletedTask);
        return context.Features.GetRequiredFeature<Exchange>();
    }
}
