using System.Text;
using SecretsFirewall.EndToEnd.Tests.Harness;
using SecretsFirewall.EndToEnd.Tests.Upstreams;

namespace SecretsFirewall.EndToEnd.Tests.Masking;

/// <summary>A vault of ten thousand: each is found, and none is invented.</summary>
public sealed class ManySecretsTests(FirewallFixture firewall) : FirewallTests(firewall), IClassFixture<FirewallFixture>
{
    private const int Count = 10_000;

    [Fact]
    public async Task TenThousandSecrets_SomeInOneBody_ExactlyThoseAreMasked()
    {
        var canaries = Firewall.RegisterMany(Enumerable.Range(0, Count).Select(i => Canary.Make(name: $"many_{i}")));
        Canary[] used = [canaries[0], canaries[1], canaries[4_999], canaries[^1]];
        var body = Encoding.ASCII.GetBytes(Prompts.Chat(string.Join(" and ", used.Select(canary => canary.Value)) + " or " + Canary.Make().Value));
        Upstream.Reset(Answer.EchoBody);
        await using var client = await Firewall.TunnelAsync(Hosts.OpenAi);

        var response = await client.RequestAsync("POST", Prompts.ChatPath, Hosts.OpenAi, body, "Content-Type: application/json");

        var expected = Encoding.ASCII.GetString(body);
        foreach (var canary in used)
        {
            expected = expected.Replace(canary.Value, canary.Reference, StringComparison.Ordinal);
        }

        Assert.Equal(expected, Upstream.Single.BodyText);
        Assert.Equal(expected, response.Text);
        AssertNowhere(used, response.Body);
    }
}
