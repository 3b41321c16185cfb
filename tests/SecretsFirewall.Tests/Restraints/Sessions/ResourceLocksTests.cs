using SecretsFirewall.Model;
using SecretsFirewall.Restraints.Sessions;

namespace SecretsFirewall.Tests.Restraints.Sessions;

public sealed class ResourceLocksTests
{
    private static readonly Resource Issue = new("ada", new Destination("https", "tool.example", 443), "/issues/1");

    private readonly FakeTime _time = new();
    private readonly ResourceLocks _locks;

    public ResourceLocksTests() => _locks = new ResourceLocks(_time);

    [Fact]
    public void TryTake_HeldByAnother_IsRefusedUntilItIsGivenBack()
    {
        Assert.True(_locks.TryTake(Issue, "one", null, out _));
        Assert.False(_locks.TryTake(Issue, "two", null, out var wait));
        Assert.Null(wait);
        _locks.Release(Issue, "two"); // not its to give back
        Assert.False(_locks.TryTake(Issue, "two", null, out _));

        _locks.Release(Issue, "one");

        Assert.True(_locks.TryTake(Issue, "two", null, out _));
    }

    [Fact]
    public void TryTake_OtherAgentPathOrDestination_IsAnotherResource()
    {
        Assert.True(_locks.TryTake(Issue, "one", null, out _));

        Assert.True(_locks.TryTake(Issue with { Agent = "bob" }, "two", null, out _));
        Assert.True(_locks.TryTake(Issue with { Path = "/issues/2" }, "three", null, out _));
        Assert.True(_locks.TryTake(Issue with { Destination = Issue.Destination with { Port = 8443 } }, "four", null, out _));
    }

    [Fact]
    public void TryTake_WhatWaitsForAPerson_IsHeldUntilItsTimeAndItsOwnRepeatMayHaveIt()
    {
        Assert.True(_locks.TryTake(Issue, "fingerprint", _time.GetUtcNow().AddMinutes(10), out _));
        Assert.False(_locks.TryTake(Issue, "exchange", null, out var wait));
        Assert.Equal(TimeSpan.FromMinutes(10), wait);
        Assert.True(_locks.TryTake(Issue, "fingerprint", null, out _));
        _locks.Release(Issue, "fingerprint");
        Assert.Equal(0, _locks.Count);

        Assert.True(_locks.TryTake(Issue, "fingerprint", _time.GetUtcNow().AddMinutes(10), out _));
        _time.Advance(TimeSpan.FromMinutes(10));
        Assert.True(_locks.TryTake(Issue, "exchange", null, out _));
    }

    [Fact]
    public async Task TryTake_FromManyThreads_IsHeldByOne()
    {
        using var together = new Barrier(8);
        var taken = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Factory.StartNew(
            () =>
            {
                together.SignalAndWait();
                return _locks.TryTake(Issue, $"holder {i}", null, out _);
            },
            TaskCreationOptions.LongRunning)));

        Assert.Single(taken, static mine => mine);
    }
}
