using SecretsFirewall.Policy;

namespace SecretsFirewall.Tests.Policy;

public sealed class ReachableHostsTests
{
    private const string Destinations = """
        "destinations": [
          { "id": "exact", "kind": "tool", "hosts": ["api.example.com", "10.1.2.3"] },
          { "id": "below", "kind": "tool", "under": ["example.org"], "hosts": ["deep.example.org"] },
          { "id": "glob", "kind": "llm", "glob": ["models.*.cloud.example.net", "*-models.example.edu"] },
          { "id": "other-port", "kind": "tool", "hosts": ["port.example.com"], "ports": [8443] },
          { "id": "clear", "kind": "tool", "hosts": ["clear.example.com"], "scheme": "http", "ports": [80] }
        ]
        """;

    [Fact]
    public void ReachableBy_ListedHosts_AreNamedEachByItsLongestCommonName() => Assert.Equal(
        ["10.1.2.3", "api.example.com", "cloud.example.net", "example.edu", "example.org", "port.example.com"],
        Reachable($"{Destinations}, \"rules\": [{PolicyText.Rule("""{ "listed": { "eq": true } }""", on: "connect")}]").Names);

    [Fact]
    public void ReachableBy_HostsThatARuleAllows_AreNamedToo() => Assert.Equal(
        ["a.example.com", "b.example.com", "example.net"],
        Reachable($"\"rules\": [{PolicyText.Rule("""{ "host": { "in": ["a.example.com", "b.example.com"] } }""", on: "connect", id: "r1")}, {PolicyText.Rule("""{ "host": { "under": "example.net" } }""", on: "connect", id: "r2")}]").Names);

    [Fact]
    public void ReachableBy_HostsThatAreDeniedToTheAgent_AreNotNamed()
    {
        var members = $"{Destinations}, \"rules\": [{PolicyText.Rule("""{ "listed": { "eq": true } }""", on: "connect", id: "a")}, {PolicyText.Rule("""{ "agent": { "eq": "ci" }, "host": { "under": "example.org" } }""", "deny", "connect", "b")}]";

        Assert.DoesNotContain("example.org", Reachable(members).Names);
        Assert.Contains("example.org", Reachable(members, "another").Names);
    }

    [Theory]
    [InlineData("""{ "listed": { "eq": true } }""", false)]
    [InlineData("""{ "port": { "eq": 443 } }""", true)]
    public void ReachableBy_PolicyThatAllowsOthers_SaysSo(string match, bool others) =>
        Assert.Equal(others, Reachable($"{Destinations}, \"rules\": [{PolicyText.Rule(match, on: "connect")}]").AlsoOthers);

    [Fact]
    public void ReachableBy_NoPolicy_IsNothing()
    {
        var reachable = PolicySnapshot.DenyAll.ReachableBy("ci", 1, DateTimeOffset.UnixEpoch);
        Assert.Empty(reachable.Names);
        Assert.False(reachable.AlsoOthers);
    }

    private static ReachableHosts Reachable(string members, string agent = "ci") => PolicyText.Load(members).ReachableBy(agent, 1, DateTimeOffset.UnixEpoch);
}
