using System.Net;
using SecretsFirewall.EndToEnd.Tests.Drivers;
using SecretsFirewall.EndToEnd.Tests.Harness;
using SecretsFirewall.Forwarding;

namespace SecretsFirewall.EndToEnd.Tests.Failures;

/// <summary>A name that changes its mind: what it resolves to is checked anew for each connection, and what was checked is what is connected to.</summary>
public sealed class RebindingTests(RebindingTests.Fixture firewall) : IClassFixture<RebindingTests.Fixture>
{
    [Fact]
    public async Task Name_ThatTurnsIntoAMetadataAddress_IsRefusedFromTheNextConnectionOn()
    {
        firewall.Http1Upstream.Reset(async exchange =>
        {
            await exchange.ReadBodyAsync();
            exchange.Header("Connection", "close");
        });

        var before = await GetAsync();
        firewall.Address = "169.254.169.254";
        var after = await GetAsync();

        Assert.Equal((200, 403), (before.Status, after.Status));
        Assert.Contains("host_denied", after.Text, StringComparison.Ordinal);
        Assert.Single(firewall.Http1Upstream.Requests);
    }

    private async Task<RawResponse> GetAsync()
    {
        await using var client = await RawClient.DialAsync(firewall.Proxy);
        Assert.Equal(200, (await client.ConnectAsync($"{Fixture.Host}:{firewall.Http1Upstream.TlsPort}", firewall.Credentials)).Status);
        await client.StartTlsAsync(Fixture.Host, firewall.CaPem);
        return await client.RequestAsync("GET", "/thing", $"{Fixture.Host}:{firewall.Http1Upstream.TlsPort}");
    }

    /// <summary>A host of the operator's own network, by a name that the test answers.</summary>
    public sealed class Fixture : FirewallFixture
    {
        internal const string Host = "inner.example";

        internal string Address { get; set; } = "127.0.0.1";

        private protected override NameResolver? Resolver => (_, _) => Task.FromResult<IPAddress[]>([IPAddress.Parse(Address)]);

        private protected override IReadOnlyDictionary<string, string> PolicyFiles() => new Dictionary<string, string>
        {
            ["local.json"] = $$"""
                {
                  "schema": "policy/v1",
                  "destinations": [{ "id": "inner", "kind": "tool", "hosts": ["{{Host}}"], "ports": [{{Http1Upstream.TlsPort}}], "allow_private": true }]
                }
                """,
        };
    }
}
