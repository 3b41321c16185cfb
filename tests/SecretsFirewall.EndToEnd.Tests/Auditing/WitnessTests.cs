using System.Net;
using SecretsFirewall.EndToEnd.Tests.Drivers;
using SecretsFirewall.EndToEnd.Tests.Harness;
using SecretsFirewall.EndToEnd.Tests.Upstreams;

namespace SecretsFirewall.EndToEnd.Tests.Auditing;

/// <summary>Checkpoints with a file elsewhere, a server, and a time-stamping authority (openssl's own), and evidence for a stranger with Python.</summary>
public sealed class WitnessTests : IAsyncLifetime
{
    private static readonly Dictionary<string, string> NoVariables = [];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("sfw-witness-");
    private readonly TestAuthority _authority = new();
    private readonly SemaphoreSlim _stamping = new(1);
    private RecordingUpstream _upstream = null!;
    private FirewallProcess _process = null!;

    private string WitnessFile => Path.Combine(_folder.FullName, "checkpoints.ndjson");

    public async Task InitializeAsync()
    {
        _upstream = await RecordingUpstream.StartAsync(_authority);
        _upstream.Script = AnswerAsync;
        _process = await FirewallProcess.StartAsync(_authority, _upstream, new ProcessLimits
        {
            Configuration = new Dictionary<string, object>
            {
                ["audit"] = new { checkpoint_records = 5, checkpoint_interval = "1s" },
                ["anchor"] = new { file = WitnessFile, url = $"https://{Hosts.Tool}/witness", timestamp_url = $"https://{Hosts.Tool}/stamp", interval = "1s" },
            },
        });
    }

    public async Task DisposeAsync()
    {
        await _process.DisposeAsync();
        await _upstream.DisposeAsync();
        _authority.Dispose();
        _folder.Delete(recursive: true);
    }

    [ClientFact(Client.OpenSsl)]
    public async Task Checkpoints_ReachEveryWitness_AndTheTimeStampVerifies()
    {
        await MakeAuthorityAsync();
        await ExchangeAsync(12);
        var stamps = Path.Combine(_process.AuditFolder, "timestamps");
        await UntilAsync(() => Directory.Exists(stamps) && Directory.GetFiles(stamps, "*.tsr").Length > 0);
        await UntilAsync(() => _upstream.Requests.Any(static one => one.Target == "/witness" && one.BodyLength > 0));
        (await _process.InterruptAsync()).Succeeded();

        var stamp = Directory.GetFiles(stamps, "*.tsr")[0];
        await OpenSslAsync("ts", "-verify", "-data", Path.ChangeExtension(stamp, ".txt"), "-in", stamp, "-CAfile", "tsa.pem");
        Assert.Contains("\"seq\":", _upstream.Requests.Last(static one => one.Target == "/witness").BodyText, StringComparison.Ordinal);
        Assert.Contains("verified", (await _process.CommandAsync(["audit", "verify", "--witness", WitnessFile])).Succeeded().Text, StringComparison.Ordinal);

        // Whoever cuts the log, and has the machine, does not have the witness.
        var log = Directory.GetFiles(_process.AuditFolder, "*.ndjson").Single();
        var lines = await File.ReadAllLinesAsync(log);
        await File.WriteAllLinesAsync(log, lines[..(lines.Length / 2)]);
        var cut = await _process.CommandAsync(["audit", "verify", _process.AuditFolder, "--witness", WitnessFile, "--json"]);
        Assert.Equal(1, cut.ExitCode);
        Assert.Matches("\"reason\":\"(truncated|rolled_back)\"", cut.Text);
    }

    [Fact]
    public async Task WitnessThatFails_HoldsNothingUpAndStatusSaysSo()
    {
        _upstream.Script = static async exchange => await (exchange.Request.Target is "/witness" or "/stamp" ? exchange.Status(500).SendAsync(default) : Answer.Ok(exchange));
        await ExchangeAsync(6);
        ClientResult status;
        do
        {
            status = await _process.CommandAsync(["status"]);
        }
        while (!status.ErrorText.Contains("/witness does not have the newest audit checkpoint", StringComparison.Ordinal));

        await ExchangeAsync(1);
    }

    [ClientFact(Client.OpenSsl)]
    public async Task Export_CheckedByUsAndByAPythonScript_HoldsAndATamperedOneDoesNot()
    {
        await ExchangeAsync(12);
        (await _process.CommandAsync(["audit", "key", "rotate"])).Succeeded();
        await ExchangeAsync(3);
        var (archive, key) = (Path.Combine(_folder.FullName, "evidence.tar.gz"), Path.Combine(_folder.FullName, "key.pem"));
        (await _process.CommandAsync(["audit", "export", "--since", "1h", "--out", archive])).Succeeded();
        (await _process.CommandAsync(["audit", "key", "export", key])).Succeeded();

        Assert.Contains("holds", (await _process.CommandAsync(["audit", "check", archive, "--key", key])).Succeeded().Text, StringComparison.Ordinal);
        Assert.StartsWith("holds: records 1 to ", (await PythonAsync(archive, key)).Succeeded().Text, StringComparison.Ordinal);

        Assert.Equal("edited", await TamperedAsync(archive, key, "sed -i 's/forwarded/forwardee/' decisions.ndjson"));
        Assert.Equal("edited", await TamperedAsync(archive, key, "sed -i 's/GET/PUT/' audit/audit-000001.ndjson"));
        Assert.Equal("missing", await TamperedAsync(archive, key, "rm checkpoints.ndjson"));
        Assert.Equal("extra", await TamperedAsync(archive, key, "touch audit/more"));
        Assert.Equal("unsigned", await TamperedAsync(archive, key, "rm manifest.sig"));
        Assert.Equal("bad_signature", await TamperedAsync(archive, key, "sed -i 's/\"records\": /\"records\": 1/' manifest.json"));
        Assert.Equal("bad_entry", await TamperedAsync(archive, key, "rm approvals.ndjson && ln -s /etc/passwd approvals.ndjson"));
        Assert.Equal("bad_path", await TamperedAsync(archive, key, "echo x > ../outside", "../outside"));

        var stranger = Path.Combine(_folder.FullName, "stranger.pem");
        await OpenSslAsync("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "stranger.key");
        await OpenSslAsync("ec", "-in", "stranger.key", "-pubout", "-out", stranger);
        Assert.Contains("unknown_key", (await PythonAsync(archive, stranger)).Text, StringComparison.Ordinal);
        Assert.Contains("unknown_key", (await _process.CommandAsync(["audit", "check", archive, "--key", stranger])).Text, StringComparison.Ordinal);
        Assert.Contains("\"reason\":\"none\"", (await _process.CommandAsync(["audit", "check", archive, "--key", key, "--json"])).Text, StringComparison.Ordinal);
    }

    /// <summary>The reason that both checks give, and it must be the same one.</summary>
    private async Task<string> TamperedAsync(string archive, string key, string change, string more = "")
    {
        var bad = Path.Combine(_folder.FullName, "bad.tar.gz");
        var script = $"""
            set -e; rm -rf tampered outside '{bad}'; mkdir tampered; cd tampered; tar xzf '{archive}'; {change}
            tar cPf ../bad.tar --format=ustar $(ls manifest.json manifest.sig 2>/dev/null) $(find . ! -type d ! -name 'manifest.*' | sed 's,^./,,' | sort) {more}; cd ..; gzip -n bad.tar
            """;
        (await ClientProcess.RunAsync("sh", ["-c", script], NoVariables, folder: _folder.FullName)).Succeeded();
        var (ours, theirs) = (await _process.CommandAsync(["audit", "check", bad, "--key", key]), await PythonAsync(bad, key));
        Assert.Equal((1, 1), (ours.ExitCode, theirs.ExitCode));
        var reason = ours.Text.Split(' ', '\n')[1];
        Assert.Equal(reason, theirs.Text.Split(' ', '\n')[1]);
        return reason;
    }

    private static Task<ClientResult> PythonAsync(string archive, string key) =>
        ClientProcess.RunAsync(ClientPrograms.Executable(Client.Python), [Path.Combine(ClientPrograms.Repository, "docs", "verify_evidence.py"), archive, key], NoVariables);

    private async Task AnswerAsync(UpstreamExchange exchange)
    {
        if (exchange.Request.Target != "/stamp")
        {
            await Answer.Ok(exchange);
            return;
        }

        await exchange.ReadBodyAsync();
        await _stamping.WaitAsync();
        try
        {
            await File.WriteAllBytesAsync(Path.Combine(_folder.FullName, "q.tsq"), exchange.Request.Body);
            await OpenSslAsync("ts", "-reply", "-queryfile", "q.tsq", "-inkey", "tsa.key", "-signer", "tsa.pem", "-config", "tsa.cnf", "-section", "tsa", "-out", "r.tsr");
            exchange.Header("Content-Type", "application/timestamp-reply");
            await exchange.SendAsync(await File.ReadAllBytesAsync(Path.Combine(_folder.FullName, "r.tsr")));
        }
        finally
        {
            _stamping.Release();
        }
    }

    private async Task MakeAuthorityAsync()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder.FullName, "tsa.cnf"), """
            [tsa]
            serial = ./serial
            default_policy = 1.2.3.4.1
            digests = sha256
            signer_digest = sha256
            ess_cert_id_alg = sha256
            crypto_device = builtin
            """);
        await OpenSslAsync(
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "tsa.key", "-out", "tsa.pem", "-subj", "/CN=Test time stamps", "-days", "2",
            "-addext", "extendedKeyUsage=critical,timeStamping", "-addext", "keyUsage=critical,digitalSignature");
    }

    private async Task OpenSslAsync(params string[] arguments) =>
        (await ClientProcess.RunAsync(ClientPrograms.Executable(Client.OpenSsl), arguments, NoVariables, folder: _folder.FullName)).Succeeded();

    private async Task ExchangeAsync(int count)
    {
        using var client = _process.CreateHttpClient(HttpVersion.Version11);
        for (var i = 0; i < count; i++)
        {
            Assert.Equal("ok", await client.GetStringAsync(new Uri($"https://{Hosts.Tool}/{i}")));
        }
    }

    private static async Task UntilAsync(Func<bool> holds)
    {
        using var patience = new CancellationTokenSource(Patience.Client);
        while (!holds())
        {
            await Task.Delay(50, patience.Token);
        }
    }
}
