using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using SecretsFirewall.Admin;
using SecretsFirewall.Bundles;
using SecretsFirewall.Cli;
using SecretsFirewall.Cli.Configuration;
using SecretsFirewall.Cli.Control;
using SecretsFirewall.Cli.Running;
using SecretsFirewall.EndToEnd.Tests.Harness;
using SecretsFirewall.EndToEnd.Tests.Upstreams;
using SecretsFirewall.Model;

namespace SecretsFirewall.EndToEnd.Tests.Approvals;

/// <summary>The whole product in this process: proxy and admin plane on a home of its own, with a token for each role.</summary>
public sealed class AdminFixture : IAsyncLifetime
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("sfw-admin-");
    private readonly TestAuthority _authority = new();
    private readonly Dictionary<string, string> _tokens = [];
    private FirewallHome _home = null!;
    private RunningFirewall _running = null!;
    private string _agent = "";

    internal RecordingUpstream Upstream { get; private set; } = null!;

    /// <summary>What receives announcements.</summary>
    internal RecordingUpstream Receiver { get; private set; } = null!;

    internal const string WebhookKey = "the-key-of-this-test-and-of-nothing-else";

    internal IPEndPoint Admin => _running.Admin.EndPoint;

    internal IPEndPoint Proxy => _running.Firewall.ProxyEndPoint;

    internal string Home => _home.Root;

    public async Task InitializeAsync()
    {
        Upstream = await RecordingUpstream.StartAsync(_authority);
        Receiver = await RecordingUpstream.StartAsync(_authority);
        _home = new FirewallHome(Path.Combine(_root.FullName, "home"));
        Assert.Null(_home.Prepare());
        var authorityFile = Path.Combine(_root.FullName, "upstream.pem");
        await File.WriteAllTextAsync(authorityFile, _authority.Pem);
        var key = Path.Combine(_root.FullName, "webhook.key");
        await File.WriteAllTextAsync(key, WebhookKey);
        var admin = FreePort();
        PrivateFile.Write(_home.ConfigFile, JsonSerializer.Serialize(new Dictionary<string, object>
        {
            ["listen"] = new { proxy = "127.0.0.1:0", admin = $"127.0.0.1:{admin}" },
            ["upstream"] = new
            {
                ca_files = new[] { authorityFile },
                hosts = new Dictionary<string, string>
                {
                    [$"{Hosts.Tool}:443"] = $"127.0.0.1:{Upstream.TlsPort}",
                    ["hooks.example:443"] = $"127.0.0.1:{Receiver.TlsPort}",
                    ["mapped.example:80"] = $"127.0.0.1:{admin}",
                },
            },
            ["notify"] = new { webhook = "https://hooks.example/approvals", secret = new[] { key } },
        }));
        ActivePolicy.WriteShipped(_home.PolicyDirectory, "default");
        await File.WriteAllTextAsync(Path.Combine(_home.PolicyDirectory, "default", "approvals.json"), Policy(admin));
        var loader = new ConfigurationLoader(_home, new Dictionary<string, string>(), ConfigurationLoader.NoFlags);
        var (running, problem) = await RunningFirewall.StartAsync(_home, loader, TimeProvider.System, _ => { }, CancellationToken.None);
        Assert.True(running is not null, problem?.Message);
        _running = running;
        var (client, why) = await ControlAccess.OpenAsync(_home, TimeProvider.System, CancellationToken.None);
        Assert.True(client is not null, why);
        await using (client)
        {
            foreach (var role in ApproverRoles.All)
            {
                _tokens[role] = (await client.CallAsync(ControlOperations.AdminTokensAdd, new AddAdminTokenRequest($"test-{role}", role), CancellationToken.None)).Value!.Token;
            }

            _agent = (await client.CallAsync(ControlOperations.AgentsAdd, new AddAgentRequest("agent", 1), CancellationToken.None)).Value!.Token;
            await client.CallAsync(ControlOperations.AgentsAdd, new AddAgentRequest("other", 1), CancellationToken.None);
        }
    }

    public async Task DisposeAsync()
    {
        await _running.DisposeAsync();
        await Upstream.DisposeAsync();
        await Receiver.DisposeAsync();
        _authority.Dispose();
        _root.Delete(recursive: true);
    }

    internal string TokenOf(string role) => role switch { "agent" => _agent, _ => _tokens[role] };

    /// <summary>A client of the admin API; <c>none</c> shows no token, <c>agent</c> an agent's.</summary>
    internal HttpClient Api(string role)
    {
        var client = new HttpClient { BaseAddress = new Uri($"http://{Admin}"), Timeout = Patience.Client };
        if (role != "none")
        {
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", TokenOf(role));
        }

        return client;
    }

    /// <summary>An agent behind the proxy.</summary>
    internal HttpClient Agent() => HttpClients.Create(Proxy, new NetworkCredential("agent", _agent), File.ReadAllText(_home.CaCertificate), HttpVersion.Version11);

    /// <summary>Makes a question; gives its id.</summary>
    internal async Task<string> AskAsync(string title)
    {
        using var agent = Agent();
        using var response = await PostAsync(agent, title);
        Assert.Equal(428, (int)response.StatusCode);
        return JsonNode.Parse(await response.Content.ReadAsStringAsync())!["decision_id"]!.GetValue<string>();
    }

    internal static async Task<HttpResponseMessage> PostAsync(HttpClient agent, string title)
    {
        using var content = new StringContent($$"""{"title":"{{title}}"}""", Encoding.UTF8, "application/json");
        return await agent.PostAsync(new Uri($"https://{Hosts.Tool}/repos/a/issues"), content);
    }

    internal static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static string Policy(int admin) => $$"""
        {
          "schema": "policy/v1",
          "destinations": [
            { "id": "ourselves", "kind": "tool", "scheme": "http", "hosts": ["localhost", "127.0.0.1", "::1", "rebound.example"], "ports": [{{admin}}], "allow_private": true },
            { "id": "ourselves-80", "kind": "tool", "scheme": "http", "hosts": ["mapped.example"], "ports": [80], "allow_private": true }
          ],
          "rules": [
            { "id": "ask", "on": "request", "outcome": "pending", "match": { "agent": { "in": ["agent", "other"] }, "host": { "eq": "api.github.com" }, "method": { "eq": "POST" } },
              "class": "yellow", "reason": "Changes are looked at." },
            { "id": "ask-admin", "on": "request", "outcome": "pending", "match": { "agent": { "in": ["agent", "other"] }, "host": { "eq": "api.github.com" }, "method": { "eq": "PUT" } },
              "reason": "An admin looks at it.", "approval": { "role": "admin" } },
            { "id": "no-deletes", "on": "request", "outcome": "deny", "match": { "agent": { "eq": "agent" }, "host": { "eq": "api.github.com" }, "method": { "eq": "DELETE" } }, "reason": "Nothing is deleted." }
          ]
        }
        """;
}
