using SecretsFirewall.Model;
using SecretsFirewall.Policy;

namespace SecretsFirewall.Tests.Policy;

/// <summary>Destinations that may be called by their id.</summary>
public sealed class UpstreamNamesTests
{
    [Theory]
    [InlineData("", "https://api.example.com", "https", "api.example.com", 443)]
    [InlineData("", "https://API.example.com.", "https", "api.example.com", 443)]
    [InlineData("\"ports\": [443, 8443],", "https://api.example.com:8443", "https", "api.example.com", 8443)]
    [InlineData("\"scheme\": \"http\", \"ports\": [80],", "http://api.example.com", "http", "api.example.com", 80)]
    public void Load_OriginOfItsOwnEntry_IsDeclared(string more, string url, string scheme, string host, int port)
    {
        var policy = PolicyText.Load($"\"destinations\": [{Entry(more, url)}]");

        Assert.Equal(new Destination(scheme, host, port), Assert.Single(policy.Upstreams, pair => pair.Key == "api").Value);
    }

    [Theory]
    [InlineData("https://other.example.com")]
    [InlineData("https://api.example.com:8443")]
    [InlineData("http://api.example.com")]
    [InlineData("https://api.example.com/v1")]
    [InlineData("https://api.example.com/")]
    [InlineData("https://api.example.com?x")]
    [InlineData("https://user@api.example.com")]
    [InlineData("https://api.example.com:0")]
    [InlineData("https://api.example.com:")]
    [InlineData("api.example.com")]
    [InlineData("")]
    public void Load_AnythingElse_IsRefused(string url) =>
        Assert.Single(PolicyText.Errors(PolicyText.Frame($"\"destinations\": [{Entry("", url)}]")));

    [Fact]
    public void Load_WithoutBaseUrl_DeclaresNone()
    {
        Assert.Empty(PolicyText.Load("""
            "destinations": [{ "id": "api", "kind": "tool", "hosts": ["api.example.com"] }]
            """).Upstreams);
        Assert.Empty(PolicySnapshot.DenyAll.Upstreams);
    }

    private static string Entry(string more, string url) => $$"""
        { "id": "api", "kind": "tool", "hosts": ["api.example.com"], {{more}} "base_url": "{{url}}" }
        """;
}
