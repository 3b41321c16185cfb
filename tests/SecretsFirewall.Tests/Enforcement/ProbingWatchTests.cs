using SecretsFirewall.Enforcement;
using SecretsFirewall.Model;

namespace SecretsFirewall.Tests.Enforcement;

public sealed class ProbingWatchTests
{
    private readonly FakeTime _time = new();

    [Fact]
    public void IsSuspicious_MoreThanTwentyDifferentValuesInAnHour_IsSaidOnce()
    {
        var watch = new ProbingWatch(_time);
        var said = Enumerable.Range(0, 40).Count(i => watch.IsSuspicious(With($"secret{i}")));
        Assert.Equal(1, said);
    }

    [Fact]
    public void IsSuspicious_TheSameValueAgainAndAgain_IsNot()
    {
        var watch = new ProbingWatch(_time);
        Assert.DoesNotContain(true, Enumerable.Range(0, 100).Select(_ => watch.IsSuspicious(With("one"))));
    }

    [Fact]
    public void IsSuspicious_SpreadOverHours_IsNot()
    {
        var watch = new ProbingWatch(_time);
        for (var i = 0; i < 40; i++)
        {
            Assert.False(watch.IsSuspicious(With($"secret{i}")));
            _time.Advance(TimeSpan.FromMinutes(10));
        }
    }

    [Fact]
    public void IsSuspicious_WhatAnswersHold_DoesNotCount()
    {
        var watch = new ProbingWatch(_time);
        Assert.DoesNotContain(true, Enumerable.Range(0, 40).Select(i => watch.IsSuspicious(With($"secret{i}", "response#1 @5"))));
    }

    private static Exchange With(string name, string location = "/x")
    {
        var exchange = new Exchange
        {
            Id = "x",
            StartedAt = default,
            Agent = new AgentIdentity("a", 1, true, "a"),
            Destination = new Destination("https", "a.example", 443),
            Target = "/",
        };
        exchange.Add(new Finding(FindingKind.Registered, "registry", SecretName.Create(name), Carrier.Body, location, FindingAction.Mask));
        return exchange;
    }
}
