using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using SecretsFirewall.Audit;
using SecretsFirewall.Cli;
using SecretsFirewall.EndToEnd.Tests.Cli;
using SecretsFirewall.EndToEnd.Tests.Harness;
using SecretsFirewall.EndToEnd.Tests.Upstreams;

namespace SecretsFirewall.EndToEnd.Tests.Auditing;

/// <summary>What is told beside the audit log, by a firewall of its own: counters, OTLP and syslog.</summary>
public sealed class TelemetryTests : IAsyncLifetime
{
    private readonly TestAuthority _authority = new();
    private readonly SfwHome _sfw = new();
    private RecordingUpstream _upstream = null!;
    private JsonElement _status;

    public async Task InitializeAsync()
    {
        _upstream = await RecordingUpstream.StartAsync(_authority);
        Assert.Null(_sfw.Home.Prepare());
    }

    public async Task DisposeAsync()
    {
        await _sfw.DisposeAsync();
        await _upstream.DisposeAsync();
        _authority.Dispose();
    }

    [Fact]
    public async Task Metrics_AfterTraffic_EqualTheAuditAndHoldNoPayload()
    {
        const string NeverExported = "payload-of-this-test";
        using var client = await RunAsync("""{ "metrics": true }""");
        for (var i = 0; i < 3; i++)
        {
            using var answer = await client.PostAsync($"https://{Hosts.Tool}/thing/{NeverExported}", new StringContent("text"));
        }

        using var refused = await client.PostAsync($"https://{Hosts.Unlisted}/{NeverExported}", new StringContent("text"));
        var text = await MetricsAsync(exchanges: 4);

        var records = AuditReader.Read(_sfw.Home.AuditDirectory).Select(static entry => entry.Record).ToList();
        foreach (var type in records.GroupBy(static record => record.Type))
        {
            Assert.Equal(type.Count(), Value(text, $"sfw_audit_records_total{{type=\"{type.Key}\"}}"));
        }

        Assert.Equal(3, Value(text, "sfw_exchanges_total{agent=\"local\",verdict=\"forwarded\",code=\"\"}"));
        Assert.Equal(1, Value(text, "sfw_exchanges_total{agent=\"local\",verdict=\"refused\",code=\"policy_denied\"}"));
        Assert.Equal(3, Value(text, "sfw_exchange_duration_seconds_count{verdict=\"forwarded\"}"));
        Assert.Equal(records.Sum(static record => record.Type == AuditTypes.Outcome ? record.RequestBytes ?? 0 : 0), Value(text, "sfw_bytes_total{agent=\"local\",direction=\"request\"}"));
        Assert.DoesNotContain(NeverExported, text, StringComparison.Ordinal);
        Assert.DoesNotContain(Hosts.Tool, text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Metrics_ModelCalls_EqualWhatWasMeteredAndWhatIsRecorded()
    {
        _upstream.Script = Answer.Json("""{"model":"gpt-4o-mini-2024-07-18","choices":[],"usage":{"prompt_tokens":1000,"completion_tokens":100,"prompt_tokens_details":{"cached_tokens":600}}}""");
        using var client = await RunAsync("""{ "metrics": true }""");
        for (var i = 0; i < 2; i++)
        {
            using var answer = await client.PostAsync($"https://{Hosts.OpenAi}{Prompts.ChatPath}", new StringContent(Prompts.Chat("Hi"), Encoding.UTF8, "application/json"));
        }

        var text = await MetricsAsync(exchanges: 2);
        using var usage = JsonDocument.Parse((await _sfw.RunAsync("usage", "--format", "json")).Succeeded().Text);

        const string Labels = "agent=\"local\",provider=\"openai\",model=\"gpt-4o-mini-2024-07-18\"";
        var total = usage.RootElement.GetProperty("total");
        foreach (var kind in (string[])["input", "output", "cache_read", "cache_write"])
        {
            Assert.Equal(total.GetProperty(kind).GetInt64(), Value(text, $"sfw_tokens_total{{{Labels},kind=\"{kind}\"}}"));
        }

        var records = AuditReader.Read(_sfw.Home.AuditDirectory).Select(static entry => entry.Record).Where(static record => record.Usage is not null).ToList();
        Assert.Equal(records.Sum(static record => record.Usage!.Tokens.Input), Value(text, $"sfw_tokens_total{{{Labels},kind=\"input\"}}"));
        Assert.Equal(records.Count, Value(text, $"sfw_model_calls_total{{{Labels},estimated=\"false\"}}"));
        Assert.Equal((double)records.Sum(static record => decimal.Parse(record.Cost!.Amount!, CultureInfo.InvariantCulture)), Value(text, $"sfw_cost_total{{{Labels},currency=\"USD\"}}"), 12);
        Assert.Equal(2000, Value(text, "gen_ai_client_token_usage_sum{gen_ai_operation_name=\"chat\",gen_ai_provider_name=\"openai\",gen_ai_request_model=\"gpt-4o-mini-2024-07-18\",gen_ai_token_type=\"input\"}"));
    }

    [Fact]
    public async Task Metrics_NobodyOpenedThem_AreNotThere()
    {
        using var client = await RunAsync("{}");
        using var plain = new HttpClient();

        using var answer = await plain.GetAsync($"http://{_status.GetProperty("admin").GetString()}/metrics");

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    [Fact]
    public async Task Otlp_Collector_IsToldTracesMetricsAndRecordsWithItsToken()
    {
        const string Trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        using var collector = new HttpListener();
        var port = FreePort();
        collector.Prefixes.Add($"http://127.0.0.1:{port}/");
        collector.Start();
        var headers = Path.Combine(_sfw.Folder, "headers");
        await File.WriteAllTextAsync(headers, "# of the collector\nx-collector-token: let me in\n");
        var told = CollectAsync(collector);
        using var client = await RunAsync($$"""{ "otlp": "http://127.0.0.1:{{port}}/otlp", "otlp_headers": {{JsonSerializer.Serialize(headers)}} }""");

        using var request = new HttpRequestMessage(HttpMethod.Get, $"https://{Hosts.Tool}/traced");
        request.Headers.TryAddWithoutValidation("traceparent", $"00-{Trace}-00f067aa0ba902b7-01");
        using var answer = await client.SendAsync(request);
        _upstream.Script = Answer.Json("""{"model":"gpt-x-2026","choices":[],"usage":{"prompt_tokens":30,"completion_tokens":5}}""");
        using var called = await client.PostAsync($"https://{Hosts.OpenAi}{Prompts.ChatPath}", new StringContent(Prompts.Chat("Hi"), Encoding.UTF8, "application/json"));
        await _sfw.EndAsync(); // what is gathered is sent at the end

        collector.Stop();
        var signals = await told.WaitAsync(Patience.Long);
        Assert.All(signals.Values, static signal => Assert.Equal("let me in", signal.Token));
        var outcome = AuditReader.Read(_sfw.Home.AuditDirectory).First(static entry => entry.Record.Type == AuditTypes.Outcome);
        Assert.Equal($"{Trace}-00f067aa0ba902b7", outcome.Record.Trace);
        Assert.True(signals["/otlp/v1/traces"].Body.AsSpan().IndexOf(Convert.FromHexString(Trace)) >= 0);
        Assert.Contains(outcome.Record.Exchange!, Encoding.Latin1.GetString(signals["/otlp/v1/traces"].Body), StringComparison.Ordinal);
        Assert.Contains(outcome.Hash, Encoding.Latin1.GetString(signals["/otlp/v1/logs"].Body), StringComparison.Ordinal);
        Assert.Contains("sfw.exchanges", Encoding.Latin1.GetString(signals["/otlp/v1/metrics"].Body), StringComparison.Ordinal);
        Assert.Contains("gen_ai.client.token.usage", Encoding.Latin1.GetString(signals["/otlp/v1/metrics"].Body), StringComparison.Ordinal);
        var spans = Encoding.Latin1.GetString(signals["/otlp/v1/traces"].Body);
        foreach (var words in (string[])["chat m", "gen_ai.operation.name", "gen_ai.provider.name", "openai", "gen_ai.request.model", "gen_ai.response.model", "gpt-x-2026", "gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens", "gen_ai.conversation.id"])
        {
            Assert.Contains(words, spans, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Syslog_ReceiverThatComesLate_IsToldEveryRecordInOrder()
    {
        var port = FreePort();
        using var client = await RunAsync($$"""{ "syslog": "localhost:{{port}}", "syslog_format": "cef" }""");
        using var answer = await client.GetAsync($"https://{Hosts.Tool}/early");

        using var listener = new TcpListener(IPAddress.Loopback, port);
        listener.Start();
        using var connection = await listener.AcceptTcpClientAsync().WaitAsync(Patience.Long);
        await using var tls = new SslStream(connection.GetStream());
        await tls.AuthenticateAsServerAsync(_authority.Leaf("localhost"));
        using var late = await client.GetAsync($"https://{Hosts.Tool}/late");

        // RFC 5425: the length, a blank, the message.
        var reader = new StreamReader(tls, Encoding.UTF8);
        var messages = new List<string>();
        while (!messages.Exists(static message => message.Contains("/late", StringComparison.Ordinal) && message.Contains("outcome", StringComparison.Ordinal)))
        {
            messages.Add(await ReadFrameAsync(reader).WaitAsync(Patience.Long));
        }

        var records = AuditReader.Read(_sfw.Home.AuditDirectory).ToList();
        Assert.Equal(records.Select(static entry => entry.Hash).Take(messages.Count), messages.Select(static message => Regex.Match(message, "cs5=([0-9a-f]{64})").Groups[1].Value));
        Assert.All(messages, static message => Assert.Matches(@"^<1\d\d>1 \d{4}-\d\d-\d\dT[\d:.]+Z \S+ sfw \d+ [a-z_]+ - CEF:0\|Secrets Firewall\|sfw\|1\|", message));
    }

    [Fact]
    public async Task Syslog_ReceiverWithAnotherCertificate_GetsNothingAndStatusSaysSo()
    {
        using var other = new TestAuthority();
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var client = await RunAsync($$"""{ "syslog": "localhost:{{((IPEndPoint)listener.LocalEndpoint).Port}}" }""");
        using var connection = await listener.AcceptTcpClientAsync().WaitAsync(Patience.Long);
        await using var tls = new SslStream(connection.GetStream());
        var received = 0;
        try
        {
            await tls.AuthenticateAsServerAsync(other.Leaf("localhost"));
            received = await tls.ReadAsync(new byte[16]);
        }
        catch (IOException)
        {
            // The firewall does not believe it.
        }

        Assert.Equal(0, received);
        using var patience = new CancellationTokenSource(Patience.Long);
        while (!(await _sfw.StatusAsync()).GetRawText().Contains("takes no records", StringComparison.Ordinal))
        {
            patience.Token.ThrowIfCancellationRequested();
        }
    }

    private static async Task<string> ReadFrameAsync(StreamReader reader)
    {
        var length = 0;
        var one = new char[1];
        while (await reader.ReadBlockAsync(one) == 1 && one[0] != ' ')
        {
            length = (length * 10) + (one[0] - '0');
        }

        var message = new char[length]; // records are ASCII
        Assert.Equal(length, await reader.ReadBlockAsync(message));
        return new string(message);
    }

    /// <summary>All that comes by path, until the collector is stopped.</summary>
    private static async Task<Dictionary<string, (string? Token, byte[] Body)>> CollectAsync(HttpListener collector)
    {
        var told = new Dictionary<string, (string? Token, byte[] Body)>(StringComparer.Ordinal);
        while (true)
        {
            HttpListenerContext context;
            try
            {
                context = await collector.GetContextAsync();
            }
            catch (Exception stopped) when (stopped is HttpListenerException or ObjectDisposedException)
            {
                return told;
            }

            using var body = new MemoryStream();
            await context.Request.InputStream.CopyToAsync(body);
            var path = context.Request.Url!.AbsolutePath;
            told[path] = (context.Request.Headers["x-collector-token"], [.. told.GetValueOrDefault(path).Body ?? [], .. body.ToArray()]);
            context.Response.Close();
        }
    }

    /// <summary>The series, once as many exchanges have ended: their records come behind their answers.</summary>
    private async Task<string> MetricsAsync(int exchanges)
    {
        using var plain = new HttpClient();
        using var patience = new CancellationTokenSource(Patience.Long);
        while (true)
        {
            var text = await plain.GetStringAsync($"http://{_status.GetProperty("admin").GetString()}/metrics", patience.Token);
            if (text.Contains($"sfw_audit_records_total{{type=\"outcome\"}} {exchanges}\n", StringComparison.Ordinal))
            {
                return text;
            }
        }
    }

    private static double Value(string text, string series) =>
        double.Parse(text.Split('\n').Single(line => line.StartsWith(series + " ", StringComparison.Ordinal)).Split(' ')[^1], CultureInfo.InvariantCulture);

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private async Task<HttpClient> RunAsync(string telemetry)
    {
        var authority = Path.Combine(_sfw.Folder, "upstream.pem");
        await File.WriteAllTextAsync(authority, _authority.Pem);
        var hosts = string.Join(", ", Hosts.All.Select(host => $"\"{host}:443\": \"127.0.0.1:{_upstream.TlsPort}\""));
        PrivateFile.Write(_sfw.Home.ConfigFile, $$"""{ "upstream": { "ca_files": [{{JsonSerializer.Serialize(authority)}}], "hosts": { {{hosts}} } }, "telemetry": {{telemetry}} }""");
        _status = await _sfw.StartAsync();
        return HttpClients.Create(IPEndPoint.Parse(_status.GetProperty("proxy").GetString()!), null, await File.ReadAllTextAsync(_sfw.Home.CaCertificate), HttpVersion.Version11);
    }
}
