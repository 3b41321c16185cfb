using System.Net;
using System.Text.Json;
using SecretsFirewall.Audit;
using SecretsFirewall.Cli;
using SecretsFirewall.EndToEnd.Tests.Harness;
using SecretsFirewall.EndToEnd.Tests.Upstreams;

namespace SecretsFirewall.EndToEnd.Tests.Cli;

/// <summary>What a signed policy does to traffic: when it changes, when it comes from a server, and when there is none.</summary>
public sealed class PolicyInForceTests : IAsyncLifetime
{
    private const string NoReading = """
        {
          "schema": "policy/v1",
          "rules": [ { "id": "no-reading", "on": "request", "outcome": "deny", "match": { "host": { "eq": "api.github.com" }, "path": { "prefix": "/stream" } }, "reason": "Nothing is read today." } ]
        }
        """;

    private readonly TestAuthority _authority = new();
    private readonly SfwHome _sfw = new();
    private RecordingUpstream _upstream = null!;

    public async Task InitializeAsync()
    {
        _upstream = await RecordingUpstream.StartAsync(_authority);
        Assert.Null(_sfw.Home.Prepare());
        await DoneAsync("keys", "new", "release");
        await DoneAsync("keys", "trust", "release");
        await DoneAsync("policy", "init", Folder);
    }

    public async Task DisposeAsync()
    {
        await _sfw.DisposeAsync();
        await _upstream.DisposeAsync();
        _authority.Dispose();
    }

    private string Folder => Path.Combine(_sfw.Folder, "team");

    [Fact]
    public async Task Load_WhileAnExchangeIsUnderWay_LetsItGoOnAndDecidesTheNext()
    {
        using var half = new Gate();
        _upstream.Reset(async exchange =>
        {
            await exchange.SendAsync("one "u8.ToArray());
            await half.PassAsync();
            await exchange.SendAsync("two"u8.ToArray());
        });
        await DoneAsync("policy", "load", await BundleAsync(1));
        using var client = await RunAsync("""{ "refresh": "1h" }""");
        using var response = await client.GetAsync($"https://{Hosts.Tool}/stream", HttpCompletionOption.ResponseHeadersRead);

        await File.WriteAllTextAsync(Path.Combine(Folder, "local.json"), NoReading);
        await DoneAsync("policy", "load", await BundleAsync(2));
        half.Open();

        Assert.Equal("one two", await response.Content.ReadAsStringAsync());
        using var refused = await client.GetAsync($"https://{Hosts.Tool}/stream");
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        Assert.Contains("no-reading", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Single(_upstream.Requests);
        await _sfw.StopAsync();
        var outcomes = AuditReader.Read(_sfw.Home.AuditDirectory).Select(entry => entry.Record).Where(record => record.Type == AuditTypes.Outcome).ToList();
        Assert.Equal([("forwarded", 1), ("refused", 2)], outcomes.Select(record => (record.Verdict!.Value.Word(), record.Bundle!.Revision)).Order());
        Assert.All(outcomes, record => Assert.Matches("^sha256:[0-9a-f]{64}$", record.Bundle!.Hash));
    }

    [Fact]
    public async Task Url_BundleOnAServer_IsFetchedVerifiedAndKept()
    {
        var file = await File.ReadAllBytesAsync(await BundleAsync(1));
        _upstream.Reset(async exchange =>
        {
            exchange.Header("ETag", "\"one\"");
            if (exchange.Request.Header("If-None-Match") is not null)
            {
                exchange.Status(304);
                return;
            }

            await exchange.SendAsync(file);
        });

        using var client = await RunAsync($$"""{ "url": "https://{{Hosts.Unlisted}}/team.bundle", "refresh": "5s" }""");

        await UntilAsync(status => status.Contains("\"trust\":\"signed\"", StringComparison.Ordinal));
        await UntilAsync(_ => _upstream.Requests.Count > 1);
        Assert.Equal("/team.bundle", _upstream.Requests[0].Target);
        Assert.Equal("\"one\"", _upstream.Requests[1].Header("If-None-Match"));
        await _sfw.StopAsync();
        file[file.Length / 2] ^= 1; // what the server says now is not what was signed; the one before stays over the restart
        _upstream.Reset(async exchange => await exchange.SendAsync(file));
        await _sfw.StartAsync();
        var status = await UntilAsync(text => text.Contains("bundle.url", StringComparison.Ordinal));
        Assert.Contains("\"trust\":\"signed\"", status, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pull_ByHand_TakesWhatAServerOffersUnderTheNameInForce()
    {
        await DoneAsync("policy", "load", await BundleAsync(1));
        var (file, other) = (await File.ReadAllBytesAsync(await BundleAsync(2)), await File.ReadAllBytesAsync(await BundleAsync(3, "other")));
        _upstream.Reset(exchange => exchange.SendAsync(exchange.Request.Target == "/other.bundle" ? other : file));
        using var client = await RunAsync("""{ "refresh": "1h" }""");

        var address = $"https://{Hosts.Unlisted}/team.bundle";
        var refused = await _sfw.RunAsync("policy", "pull", $"https://{Hosts.Unlisted}/other.bundle");
        var check = await _sfw.RunAsync("policy", "pull", address, "--check");
        Assert.Equal((ExitCodes.NotDone, ExitCodes.Done), (refused.ExitCode, check.ExitCode));
        Assert.Contains("other_name", refused.ErrorText, StringComparison.Ordinal);
        Assert.Contains("\"revision\":1", (await _sfw.StatusAsync()).GetRawText(), StringComparison.Ordinal);
        await DoneAsync("policy", "pull", address);
        Assert.Contains("\"revision\":2", (await _sfw.StatusAsync()).GetRawText(), StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Broken, (await _sfw.RunAsync("policy", "pull", address.Replace("https", "http", StringComparison.Ordinal))).ExitCode);
    }

    [Fact]
    public async Task Run_WithoutAnyPolicy_RefusesEveryRequest()
    {
        Directory.CreateDirectory(Path.Combine(_sfw.Home.PolicyDirectory, "default"));
        await File.WriteAllTextAsync(Path.Combine(_sfw.Home.PolicyDirectory, "default", "local.json"), NoReading);
        using var client = await RunAsync("""{ "refresh": "1h" }""");

        using var refused = await client.PostAsync($"https://{Hosts.Tool}/thing", new StringContent("text"));

        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        Assert.Contains("No policy is in force", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Empty(_upstream.Requests);
    }

    /// <summary>Starts a firewall that meets the upstream under every name.</summary>
    private async Task<HttpClient> RunAsync(string bundle)
    {
        var authority = Path.Combine(_sfw.Folder, "upstream.pem");
        await File.WriteAllTextAsync(authority, _authority.Pem);
        var hosts = string.Join(", ", Hosts.All.Select(host => $"\"{host}:443\": \"127.0.0.1:{_upstream.TlsPort}\""));
        PrivateFile.Write(_sfw.Home.ConfigFile, $$"""{ "upstream": { "ca_files": [{{JsonSerializer.Serialize(authority)}}], "hosts": { {{hosts}} } }, "bundle": {{bundle}} }""");
        var status = await _sfw.StartAsync();
        return HttpClients.Create(IPEndPoint.Parse(status.GetProperty("proxy").GetString()!), null, await File.ReadAllTextAsync(_sfw.Home.CaCertificate), HttpVersion.Version11);
    }

    private async Task<string> BundleAsync(int revision, string name = "team")
    {
        var path = Path.Combine(_sfw.Folder, $"{revision}.bundle");
        await DoneAsync("policy", "build", Folder, "--out", path, "--name", name, "--revision", $"{revision}");
        await DoneAsync("policy", "sign", path, "--key", "release");
        return path;
    }

    private async Task DoneAsync(params string[] arguments)
    {
        var result = await _sfw.RunAsync(arguments);
        Assert.True(result.ExitCode == ExitCodes.Done, $"sfw {string.Join(' ', arguments)}: {result.ExitCode}: {result.ErrorText}{result.Text}");
    }

    private async Task<string> UntilAsync(Func<string, bool> reached)
    {
        using var patience = new CancellationTokenSource(Patience.Long);
        while (true)
        {
            var status = (await _sfw.StatusAsync()).GetRawText();
            if (reached(status))
            {
                return status;
            }

            patience.Token.ThrowIfCancellationRequested();
        }
    }
}
