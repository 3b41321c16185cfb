using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using SecretsFirewall.Admin;
using SecretsFirewall.Cli;
using SecretsFirewall.Cli.Configuration;
using SecretsFirewall.Cli.Control;
using SecretsFirewall.Cli.Running;
using SecretsFirewall.EndToEnd.Tests.Cli;
using SecretsFirewall.EndToEnd.Tests.Harness;
using SecretsFirewall.EndToEnd.Tests.Upstreams;

namespace SecretsFirewall.EndToEnd.Tests.Approvals;

/// <summary>Where the admin plane listens, and the commands beside it.</summary>
public sealed class AdminListenerTests
{
    [Fact]
    public async Task Run_AdminOutsideLoopbackWithoutTls_DoesNotStart()
    {
        await using var home = new SfwHome();

        var result = await home.RunAsync("run", "--listen", "127.0.0.1:0", "--admin", "0.0.0.0:0");

        Assert.Equal(2, result.ExitCode);
        Assert.Contains("admin.tls", result.ErrorText, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_AdminOutsideLoopbackWithACertificateThatCannotBeRead_DoesNotStart()
    {
        await using var home = new SfwHome();
        Assert.Null(home.Home.Prepare());
        PrivateFile.Write(home.Home.ConfigFile, """{ "admin": { "tls": ["nowhere.pem", "nowhere.key"] } }""");

        var result = await home.RunAsync("run", "--listen", "127.0.0.1:0", "--admin", "0.0.0.0:0");

        Assert.Equal(2, result.ExitCode);
        Assert.Contains("cannot be read", result.ErrorText, StringComparison.Ordinal);
    }

    /// <summary>A name that somebody rebinds to our address is answered nothing, whatever token it brings; one that the operator gave is.</summary>
    [Theory]
    [InlineData("firewall.example", 200)]
    [InlineData("127.0.0.1", 200)]
    [InlineData("rebound.example", 403)]
    [InlineData("firewall.example.rebound.example", 403)]
    public async Task AdminOutsideLoopback_WithTls_AnswersUnderItsOwnNamesAlone(string host, int status)
    {
        using var authority = new TestAuthority();
        var folder = Directory.CreateTempSubdirectory("sfw-admin-tls-");
        var certificate = authority.Leaf(host);
        var (file, key) = (Path.Combine(folder.FullName, "admin.pem"), Path.Combine(folder.FullName, "admin.key"));
        await File.WriteAllTextAsync(file, certificate.ExportCertificatePem());
        PrivateFile.Write(key, certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        var home = new FirewallHome(Path.Combine(folder.FullName, "home"));
        Assert.Null(home.Prepare());
        PrivateFile.Write(home.ConfigFile, JsonSerializer.Serialize(new
        {
            listen = new { proxy = "127.0.0.1:0", admin = "0.0.0.0:0" },
            admin = new { tls = new[] { file, key }, hosts = new[] { "firewall.example" } },
        }));
        var (running, problem) = await RunningFirewall.StartAsync(
            home, new ConfigurationLoader(home, new Dictionary<string, string>(), ConfigurationLoader.NoFlags), TimeProvider.System, _ => { }, CancellationToken.None);
        Assert.True(running is not null, problem?.Message);
        await using (running)
        {
            var (client, why) = await ControlAccess.OpenAsync(home, TimeProvider.System, CancellationToken.None);
            Assert.True(client is not null, why);
            await using var control = client;
            var token = (await client.CallAsync(ControlOperations.AdminTokensAdd, new AddAdminTokenRequest("viewer", "viewer"), CancellationToken.None)).Value!.Token;
            var trusting = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            trusting.CustomTrustStore.Add(X509Certificate2.CreateFromPem(authority.Pem));
            using var http = new HttpClient(new SocketsHttpHandler
            {
                ConnectCallback = async (_, cancellation) =>
                {
                    var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                    await socket.ConnectAsync(IPAddress.Loopback, running.Admin.EndPoint.Port, cancellation);
                    return new NetworkStream(socket, ownsSocket: true);
                },
                SslOptions = { CertificateChainPolicy = trusting },
            })
            { Timeout = Patience.Client };
            using var request = new HttpRequestMessage(HttpMethod.Get, $"https://firewall.example:{running.Admin.EndPoint.Port}/v1/approvals");
            request.Headers.Host = $"{host}:{running.Admin.EndPoint.Port}";
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);

            using var response = await http.SendAsync(request);

            Assert.Equal(status, (int)response.StatusCode);
            using var plain = new HttpClient { Timeout = Patience.Client };
            await Assert.ThrowsAnyAsync<HttpRequestException>(() => plain.GetAsync($"http://127.0.0.1:{running.Admin.EndPoint.Port}/healthz"));
        }

        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Commands_WithoutARunningFirewall_MakeListAndRevokeTokens()
    {
        await using var home = new SfwHome();

        var made = await home.RunAsync("admin", "token", "new", "--role", "operator", "--name", "on-call");
        var listed = await home.RunAsync("admin", "token", "list", "--json");
        var revoked = await home.RunAsync("admin", "token", "revoke", "on-call");
        var none = await home.RunAsync("approvals", "list");
        var missing = await home.RunAsync("approvals", "approve", "no-such-id");
        var audit = await home.RunAsync("tail", "--json");

        Assert.Matches("^sfwt_[0-9A-Za-z]{36}\n$", made.Succeeded().Text);
        Assert.Contains("\"on-call\"", listed.Succeeded().Text, StringComparison.Ordinal);
        Assert.DoesNotContain("sfwt_", listed.Text, StringComparison.Ordinal);
        revoked.Succeeded();
        Assert.Contains("Nothing waits", none.Succeeded().ErrorText, StringComparison.Ordinal);
        Assert.Equal(1, missing.ExitCode);
        Assert.Contains("sfw approvals list", missing.ErrorText, StringComparison.Ordinal);
        Assert.Equal(2, audit.Succeeded().Text.Split('\n').Count(line => line.Contains("admin_token_changed", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Approve_BelowExec_IsRefused()
    {
        await using var home = new SfwHome();

        var result = await home.RunAsync("exec", "--", "dotnet", typeof(SecretsFirewall.Cli.Firewall).Assembly.Location, "approvals", "approve", "any");

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("does not answer its own questions", result.ErrorText, StringComparison.Ordinal);
    }
}
