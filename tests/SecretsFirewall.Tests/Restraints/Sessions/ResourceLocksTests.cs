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
        Assert.True(_locks.TryTake(Issue, "one"));
        Assert.False(_locks.TryTake(Issue, "two"));
        _locks.Release(Issue, "two"); // not its to give back
        Assert.False(_locks.TryTake(Issue, "two"));

        _locks.Release(Issue, "one");

        Assert.True(_locks.TryTake(Issue, "two"));
    }

    [Fact]
    public void TryTake_OtherAgentPathOrDestination_IsAnotherResource()
    {
        Assert.True(_locks.TryTake(Issue, "one"));

        Assert.True(_locks.TryTake(Issue with { Agent = "bob" }, "two"));
        Assert.True(_locks.TryTake(Issue with { Path = "/issues/2" }, "three"));
        Assert.True(_locks.TryTake(Issue with { Destination = Issue.Destination with { Port = 8443 } }, "four"));
    }

    [Fact]
    public void WaitsForAnother_UntilItsTimeOrItsEnd_AndNeverForItself()
    {
        Assert.False(_locks.WaitsForAnother(Issue, null));
        _locks.Wait(Issue, "fingerprint", _time.GetUtcNow().AddMinutes(10));

        Assert.False(_locks.WaitsForAnother(Issue, "fingerprint"));
        Assert.True(_locks.WaitsForAnother(Issue, "another"));
        Assert.True(_locks.WaitsForAnother(Issue, null));
        Assert.False(_locks.WaitsForAnother(Issue with { Path = "/issues/2" }, "another"));
        _locks.Settle("another");
        Assert.True(_locks.WaitsForAnother(Issue, "another"));
        _locks.Settle("fingerprint");
        Assert.False(_locks.WaitsForAnother(Issue, "another"));

        _locks.Wait(Issue, "fingerprint", _time.GetUtcNow().AddMinutes(10));
        _time.Advance(TimeSpan.FromMinutes(10));
        Assert.False(_locks.WaitsForAnother(Issue, "another"));
    }

    [Fact]
    public async Task TryTake_FromManyThreads_IsHeldByOne()
    {
        using var together = new Barrier(8);
        var taken = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Factory.StartNew(
            () =>
            {
                together.SignalAndWait();
                return _locks.TryTake(Issue, $"holder {i}");
            },
            TaskCreationOptions.LongRunning)));

        Assert.Single(taken, static mine => mine);
    }
}
