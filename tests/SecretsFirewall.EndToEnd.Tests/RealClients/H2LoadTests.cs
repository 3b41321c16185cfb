using System.Text;
using SecretsFirewall.EndToEnd.Tests.Drivers;
using SecretsFirewall.EndToEnd.Tests.Harness;
using SecretsFirewall.EndToEnd.Tests.Upstreams;

namespace SecretsFirewall.EndToEnd.Tests.RealClients;

/// <summary>Another implementation of HTTP/2 (nghttp2), many streams on few connections.</summary>
public sealed class H2LoadTests(FirewallFixture firewall) : FirewallTests(firewall), IClassFixture<FirewallFixture>
{
    private const int Requests = 400;

    [ClientFact(Client.H2Load)]
    public async Task H2Load_ManyStreamsOnFourConnections_AreAllServed()
    {
        var result = await LoadAsync();

        Assert.Contains($"{Requests} succeeded, 0 failed, 0 errored, 0 timeout", result.Text, StringComparison.Ordinal);
        Assert.Contains($"status codes: {Requests} 2xx", result.Text, StringComparison.Ordinal);
        Assert.Equal(Requests, Upstream.Requests.Count);
    }

    [ClientFact(Client.H2Load)]
    public async Task H2Load_SecretInEveryBody_UpstreamReceivesReferencesAlone()
    {
        var canary = Firewall.Register();
        Upstream.Reset(Answer.EchoBody);
        var body = $$"""{"note":"{{canary.Value}}","filler":"{{new string('x', 20_000)}}"}""";
        var file = Path.Combine(Firewall.HomeFolder, "..", "body.json");
        await File.WriteAllTextAsync(file, body);

        var result = await LoadAsync("-d", file, "-H", "Content-Type: application/json");

        Assert.Contains($"status codes: {Requests} 2xx", result.Text, StringComparison.Ordinal);
        var masked = Encoding.ASCII.GetBytes(body.Replace(canary.Value, canary.Reference, StringComparison.Ordinal));
        Assert.All(Upstream.Requests, request => Assert.Equal(masked, request.Body));
        Assert.Equal(Requests, Upstream.Requests.Count);
        AssertNowhere([canary], result.Output, result.Errors);
    }

    private async Task<ClientResult> LoadAsync(params string[] more)
    {
        await using var relay = new TunnelRelay(Firewall.Proxy, Hosts.Tool, Firewall.Credentials);
        var result = await ClientProcess.RunAsync(
            ClientPrograms.Executable(Client.H2Load),
            ["-n", $"{Requests}", "-c", "4", "-m", "20", $"--connect-to={relay.EndPoint}", .. more, $"https://{Hosts.Tool}/thing"],
            new Dictionary<string, string>());
        return result.Succeeded();
    }
}
