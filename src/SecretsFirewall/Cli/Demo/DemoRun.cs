using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using SecretsFirewall.Cli.Configuration;
using SecretsFirewall.Cli.Running;
using SecretsFirewall.Interception;
using SecretsFirewall.Model;

namespace SecretsFirewall.Cli.Demo;

/// <summary>
/// Plays both sides around a real firewall, on loopback and without a network:
/// <code>
///   agent (HttpClient) ──► the firewall, as `sfw run` starts it ──┬─► a model, called api.anthropic.com
///                                                                 └─► a tool, called api.github.com
/// </code>
/// 1 two upstreams with a CA of their own · 2 one secret, bound to the tool, and one agent · 3 a firewall in a temporary home
/// · 4 a prompt that holds the value · 5 a tool call that holds the reference · 6 the audit.
/// </summary>
internal static class DemoRun
{
    private const string ModelHost = "api.anthropic.com";

    private const string ToolHost = "api.github.com";

    private const string AgentName = "demo-agent";

    private static readonly SecretName Secret = SecretName.Create("GITHUB_TOKEN");

    /// <returns>Null and the reason if the firewall did not start.</returns>
    public static async Task<(DemoReport? Report, StartProblem? Problem)> RunAsync(CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory("sfw-demo-");
        try
        {
            return await RunAsync(folder.FullName, cancellationToken);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<(DemoReport? Report, StartProblem? Problem)> RunAsync(string folder, CancellationToken cancellationToken)
    {
        // :: 1
        await using var model = await StartUpstreamAsync(ModelHost, cancellationToken);
        await using var tool = await StartUpstreamAsync(ToolHost, cancellationToken);

        // :: 2
        var home = new FirewallHome(Path.Combine(folder, "home"));
        var value = FakeValue();
        if (Register(home, value, out var problem) is not { } token)
        {
            return (null, new StartProblem(problem, ExitCodes.Broken));
        }

        // :: 3
        var loader = new ConfigurationLoader(home, new Dictionary<string, string>(), await FlagsAsync(folder, model, tool, cancellationToken));
        var (running, startProblem) = await RunningFirewall.StartAsync(home, loader, TimeProvider.System, static _ => { }, cancellationToken);
        if (running is null)
        {
            return (null, startProblem);
        }

        await using (running)
        {
            using var agent = Agent(running.Firewall.ProxyEndPoint, await File.ReadAllTextAsync(home.CaCertificate, cancellationToken), token);

            // :: 4
            var prompt = new DemoRequest(
                "POST",
                $"https://{ModelHost}/v1/messages",
                null,
                $$"""{"model":"demo-model","max_tokens":256,"messages":[{"role":"user","content":"The deployment fails. The token is {{value}} - please open an issue about it."}]}""");
            var asked = await SendAsync(agent, prompt, model, cancellationToken);

            // :: 5
            var call = new DemoRequest(
                "POST",
                $"https://{ToolHost}/repos/acme/app/issues",
                $"Bearer SECRET_REF({Secret})",
                """{"title":"The deployment fails"}""");
            var called = await SendAsync(agent, call, tool, cancellationToken);

            // :: 6
            return (new DemoReport(Secret, value, asked, called, await ReadAuditAsync(home, cancellationToken)), null);
        }
    }

    /// <summary>What an operator does with <c>sfw secrets add</c>, <c>sfw secrets bind</c> and <c>sfw agents add</c>; returns the agent's token.</summary>
    private static string? Register(FirewallHome home, string value, out string problem)
    {
        if (Installation.TryOpen(home, new InterceptionOptions(), TimeProvider.System, NullLoggerFactory.Instance, out problem) is not { } installation)
        {
            return null;
        }

        using (installation)
        {
            installation.Vault.Add(Secret, Encoding.UTF8.GetBytes(value), weak: false);
            installation.Vault.Bind(new SecretBinding("", Secret, AgentName, ToolHost, 443, [], null, BindingPlace.Header, "Authorization", "Bearer {}", 1));
            return installation.Agents.Add(AgentName, level: 1);
        }
    }

    private static Task<LoopbackUpstream> StartUpstreamAsync(string name, CancellationToken cancellationToken) =>
        LoopbackUpstream.StartAsync(new LoopbackUpstreamOptions { Names = [name], Records = true }, cancellationToken);

    /// <summary>As an operator of a closed network would configure it: extra authorities, and addresses for two names. Ports are free ones.</summary>
    private static async Task<Dictionary<string, string>> FlagsAsync(string folder, LoopbackUpstream model, LoopbackUpstream tool, CancellationToken cancellationToken)
    {
        var authorities = Path.Combine(folder, "upstreams.pem");
        await File.WriteAllTextAsync(authorities, $"{model.CaPem}\n{tool.CaPem}\n", cancellationToken);
        return new Dictionary<string, string>
        {
            ["listen.proxy"] = "127.0.0.1:0",
            ["listen.admin"] = "127.0.0.1:0",
            ["upstream.ca_files"] = authorities,
            ["upstream.hosts"] = $"{ModelHost}:443={model.EndPoint},{ToolHost}:443={tool.EndPoint}",
        };
    }

    /// <summary>What any agent has: a proxy URL with its name and token, and trust in the firewall's CA. Nothing else.</summary>
    public static HttpClient Agent(IPEndPoint proxy, string caPem, string token, string name = AgentName)
    {
        var trust = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
        };
        trust.CustomTrustStore.Add(X509Certificate2.CreateFromPem(caPem));
        return new HttpClient(new SocketsHttpHandler
        {
            Proxy = new WebProxy($"http://{proxy}") { Credentials = new NetworkCredential(name, token) },
            SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = trust },
        });
    }

    private static async Task<DemoExchange> SendAsync(HttpClient agent, DemoRequest request, LoopbackUpstream upstream, CancellationToken cancellationToken)
    {
        using var message = new HttpRequestMessage(new HttpMethod(request.Method), request.Url)
        {
            Content = new StringContent(request.Body, Encoding.UTF8, "application/json"),
        };
        if (request.Authorization is { } authorization)
        {
            message.Headers.TryAddWithoutValidation("Authorization", authorization);
        }

        using var response = await agent.SendAsync(message, cancellationToken);
        var answer = await response.Content.ReadAsStringAsync(cancellationToken);
        return new DemoExchange(request, upstream.Received is [.., var last] ? last : null, (int)response.StatusCode, answer);
    }

    private static async Task<IReadOnlyList<string>> ReadAuditAsync(FirewallHome home, CancellationToken cancellationToken)
    {
        var lines = new List<string>();
        foreach (var file in Directory.EnumerateFiles(home.AuditDirectory).Order(StringComparer.Ordinal))
        {
            // The firewall still runs and has the last one open.
            await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var reader = new StreamReader(stream);
            while (await reader.ReadLineAsync(cancellationToken) is { } line)
            {
                lines.Add(line);
            }
        }

        return lines;
    }

    /// <summary>Says of itself that it is fake, is random, and has no provider's format.</summary>
    private static string FakeValue() => $"fake-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16))}";
}
