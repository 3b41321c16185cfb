using SecretsFirewall.EndToEnd.Tests.Upstreams;

namespace SecretsFirewall.EndToEnd.Tests.Harness;

/// <summary>
/// A class of tests with its own running firewall. xunit runs the tests of one class one after another, so the upstream's record is theirs alone.
/// </summary>
public abstract class FirewallTests
{
    protected FirewallTests(FirewallFixture firewall)
    {
        Firewall = firewall;
        firewall.Upstream.Reset();
        firewall.Http1Upstream.Reset();
    }

    private protected FirewallFixture Firewall { get; }

    private protected RecordingUpstream Upstream => Firewall.Upstream;

    private protected RecordingUpstream Http1Upstream => Firewall.Http1Upstream;

    /// <summary>No form of the values reached an upstream, the home with its logs and audit, or what the client saw.</summary>
    private protected void AssertNowhere(IEnumerable<Canary> canaries, params IReadOnlyList<byte[]> seen)
    {
        var check = new LeakCheck(canaries);
        AssertUnseen(check, seen);
        foreach (var tap in Upstream.Connections.Concat(Http1Upstream.Connections))
        {
            check.AssertClean("What the upstream received", tap.ToArray());
        }

        foreach (var request in Upstream.Requests.Concat(Http1Upstream.Requests))
        {
            check.AssertClean("The target", request.Target);
            check.AssertClean("A body", request.Body);
            Assert.All(request.Headers, header => check.AssertClean($"The header {header.Key}", header.Value));
        }
    }

    /// <summary>The value went upstream and nowhere else: not to the client, not into the home.</summary>
    private protected void AssertOnlyUpstreamHas(Canary canary, params IReadOnlyList<byte[]> seen) => AssertUnseen(new LeakCheck(canary), seen);

    private void AssertUnseen(LeakCheck check, IReadOnlyList<byte[]> seen)
    {
        Assert.All(seen, bytes => check.AssertClean("What the client saw", bytes));
        check.AssertCleanFolder(Firewall.HomeFolder);
    }
}
