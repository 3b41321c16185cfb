using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using SecretsFirewall.Enforcement;
using SecretsFirewall.Model;
using SecretsFirewall.Policy;
using SecretsFirewall.Restraints.Kills;
using SecretsFirewall.Tests.Restraints.Kills;

namespace SecretsFirewall.Tests.Enforcement;

public sealed class IntentMiddlewareTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly FakeTime _time = new();
    private readonly KillSwitch _kills;

    public IntentMiddlewareTests() => _kills = KillSwitch.Open(new KillsInMemory(), _folder["KILL"], _time, NullLogger.Instance)!;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(KillScope.System, "")]
    [InlineData(KillScope.Agent, "ada")]
    [InlineData(KillScope.Session, "ada/s1")]
    [InlineData(KillScope.Session, "lease")]
    [InlineData(KillScope.Host, "tool.example")]
    public async Task InvokeAsync_StoppedBetweenPolicyAndForwarding_IsNeitherRecordedAsIntendedNorForwarded(object scope, string name)
    {
        var exchange = new Exchange
        {
            Id = "x",
            StartedAt = _time.GetUtcNow(),
            Agent = new AgentIdentity("ada", 1, MayBind: true, "lease"),
            Session = "s1",
            Destination = new Destination("https", "tool.example", 443),
            Target = "/thing",
        };
        var context = new DefaultHttpContext();
        context.Features.Set(exchange);
        context.Features.Set(new ExchangeState(null!) { Kills = _kills, Gate = null!, Decision = new PolicyDecision { Outcome = PolicyOutcome.Allow, Rule = "r", Reason = "Allowed." } });
        var intent = new IntentMiddleware(null!, _kills); // a recorder that is not there cannot be asked

        Assert.Equal(KillError.None, _kills.TryKill((KillScope)scope, name, "", "ops"));
        await intent.InvokeAsync(context, static _ => throw new InvalidOperationException("It was forwarded."));

        Assert.Equal(RefusalCode.Killed, exchange.Refusal?.Code);
    }
}
