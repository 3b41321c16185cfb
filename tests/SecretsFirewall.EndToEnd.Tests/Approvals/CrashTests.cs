using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using SecretsFirewall.EndToEnd.Tests.Harness;
using SecretsFirewall.EndToEnd.Tests.Upstreams;

namespace SecretsFirewall.EndToEnd.Tests.Approvals;

/// <summary>The process is killed while repeats of one approval race: whatever was forwarded, it was forwarded once.</summary>
public sealed class CrashTests
{
    [Fact]
    public async Task KilledBetweenTheYesAndForwarding_SpendsItOnceAtMost()
    {
        using var authority = new TestAuthority();
        await using var upstream = await RecordingUpstream.StartAsync(authority);
        await using var firewall = await FirewallProcess.StartAsync(authority, upstream);
        await File.WriteAllTextAsync(Path.Combine(firewall.HomeFolder, "policies", "default", "approvals.json"), """
            { "schema": "policy/v1", "rules": [
              { "id": "ask", "on": "request", "outcome": "pending", "reason": "Somebody looks at it.",
                "match": { "host": { "eq": "api.github.com" }, "path": { "under": "/asked" }, "method": { "eq": "POST" } } } ] }
            """);
        var client = firewall.CreateHttpClient(HttpVersion.Version11);
        for (var round = 0; round < 3; round++)
        {
            var path = $"/asked/{round}";
            string? id = null;
            while (id is null)
            {
                id = await AskAsync(client, path); // until the changed policy is in force
            }

            (await firewall.CommandAsync(["approvals", "approve", id])).Succeeded();
            upstream.Reset(Answer.Ok);
            using var racing = client;
            var repeats = Enumerable.Range(0, 20).Select(_ => TryAsync(racing, path)).ToList();
            await Task.WhenAny(repeats);
            await firewall.KillAsync();
            await Task.WhenAll(repeats);
            await firewall.RunAsync();
            client = firewall.CreateHttpClient(HttpVersion.Version11);
            await AskAsync(client, path);

            Assert.True(upstream.Requests.Count(request => request.Target == path) <= 1, "One yes was spent twice.");
        }

        client.Dispose();
    }

    /// <summary>The id of the question; null where nobody was asked.</summary>
    private static async Task<string?> AskAsync(HttpClient client, string path)
    {
        using var content = new StringContent("{}", Encoding.UTF8, "application/json");
        using var response = await client.PostAsync(new Uri($"https://{Hosts.Tool}{path}"), content);
        return (int)response.StatusCode == 428 ? (string?)JsonNode.Parse(await response.Content.ReadAsStringAsync())!["decision_id"] : null;
    }

    private static async Task TryAsync(HttpClient client, string path)
    {
        try
        {
            await AskAsync(client, path);
        }
        catch (HttpRequestException)
        {
            // The process was killed.
        }
    }
}
