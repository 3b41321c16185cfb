using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using SecretsFirewall.Cli;
using SecretsFirewall.EndToEnd.Tests.Harness;
using SecretsFirewall.EndToEnd.Tests.Upstreams;

namespace SecretsFirewall.EndToEnd.Tests.Auditing;

/// <summary>
/// Values go through a firewall under load in every way that there is, and then everything that it ever wrote is looked through for them in every form:
/// home, log, database, temporary files, standard output and error, what its commands print, exports and backups, its command line and its environment, and what
/// a crash leaves behind.
/// </summary>
public sealed class WrittenTests : IAsyncLifetime
{
    private const int Clients = 4;
    private const int Rounds = 2;
    private const string Variable = "SFW_WRITTEN_TESTS_VALUE";

    private readonly TestAuthority _authority = new();
    private readonly DirectoryInfo _temporary = Directory.CreateTempSubdirectory("sfw-written-");
    private readonly List<Canary> _secrets =
    [
        Canary.Make(CanaryShape.Token), Canary.Make(CanaryShape.Symbols), Canary.Make(CanaryShape.Base64), Canary.Make(CanaryShape.Hex), Canary.Make(CanaryShape.Unicode), Canary.Make(CanaryShape.Label),
    ];

    private RecordingUpstream _upstream = null!;
    private FirewallProcess _process = null!;

    public async Task InitializeAsync()
    {
        _upstream = await RecordingUpstream.StartAsync(_authority);
        _process = await FirewallProcess.StartAsync(_authority, _upstream, new ProcessLimits
        {
            Configuration = new Dictionary<string, object> { ["policy"] = "guarded", ["audit"] = new { segment = "64KiB", checkpoint_records = 20 } },
            Variables = new Dictionary<string, string> { ["TMPDIR"] = _temporary.FullName },
        });
    }

    public async Task DisposeAsync()
    {
        await _process.DisposeAsync();
        await _upstream.DisposeAsync();
        _authority.Dispose();
        _temporary.Delete(recursive: true);
    }

    [Fact]
    public async Task Load_WithValuesEverywhere_LeavesNoneOfThemAnywhere()
    {
        var dumpsBefore = Dumps();
        foreach (var secret in _secrets)
        {
            Environment.SetEnvironmentVariable(Variable, secret.Value); // of this process, after the firewall's was made
            await CommandAsync("secrets", "add", secret.Name, "--from-env", Variable);
            Environment.SetEnvironmentVariable(Variable, null);
        }

        var honey = (await CommandAsync("secrets", "canary", "honey")).Output.Trim();
        var check = new LeakCheck([.. _secrets, Canary.Of("honey", honey)]);
        _upstream.Script = AnswerAsync;

        await Task.WhenAll(Enumerable.Range(0, Clients).Select(client => SendAsync(client, honey)));

        // Everything came where it should: as references, or not at all.
        Assert.Contains(_upstream.Requests, request => Encoding.UTF8.GetString(request.Body).Contains(_secrets[0].Reference, StringComparison.Ordinal));
        Assert.DoesNotContain(_upstream.Requests, request => Encoding.UTF8.GetString(request.Body).Contains(_secrets[0].Value, StringComparison.Ordinal));
        foreach (var file in (string[])["cmdline", "environ"])
        {
            check.AssertClean(file, await ReadAsync($"/proc/{_process.Id}/{file}"));
        }

        await CheckCommandsAsync(check);
        await _process.SignalAsync("SYS"); // its default is to end with a core dump, and the runtime does not take it
        var ended = await _process.EndedAsync();
        check.AssertClean("Standard output", ended.Output);
        check.AssertClean("Standard error", ended.Errors);
        check.AssertCleanFolder(_process.HomeFolder);
        check.AssertCleanFolder(_temporary.FullName);
        Assert.Equal(dumpsBefore, Dumps());
        Assert.Empty(Directory.GetFiles(_process.HomeFolder, "core*", SearchOption.AllDirectories));

        // What looks must also find.
        await File.WriteAllTextAsync(Path.Combine(_temporary.FullName, "planted"), "x" + Convert.ToBase64String(_secrets[0].Bytes));
        Assert.ThrowsAny<Xunit.Sdk.XunitException>(() => check.AssertCleanFolder(_temporary.FullName));
    }

    /// <summary>Whatever prints something about what happened, and what hands it on.</summary>
    private async Task CheckCommandsAsync(LeakCheck check)
    {
        var exported = Path.Combine(_temporary.FullName, "evidence.tar.gz");
        string[][] commands =
        [
            ["tail", "-n", "10000", "--json"], ["tail", "-n", "100"], ["tail", "-n", "100", "--format", "ocsf"], ["trace", "list"], ["trace", "show", "local/s0", "--last", "0"], ["trace", "show", "local/s0", "--json"],
            ["approvals", "list"], ["approvals", "list", "--json"], ["sessions"], ["usage"], ["status"], ["secrets", "list"], ["audit", "export", "--out", exported], ["backup", Path.Combine(_temporary.FullName, "backup.tar")],
        ];
        foreach (var command in commands)
        {
            var (output, errors) = await CommandAsync(command);
            check.AssertClean(string.Join(' ', command), output);
            check.AssertClean(string.Join(' ', command), errors);
        }

        await using var file = File.OpenRead(exported);
        await using var unpacked = new System.IO.Compression.GZipStream(file, System.IO.Compression.CompressionMode.Decompress);
        using var content = new MemoryStream();
        await unpacked.CopyToAsync(content);
        check.AssertClean("The export", content.ToArray());
    }

    /// <summary>Not as a process of its own, which takes seconds to start; the firewall answers it over its control socket all the same.</summary>
    private async Task<(string Output, string Errors)> CommandAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();
        var exitCode = await SfwCommand.RunAsync([.. arguments, "--home", _process.HomeFolder], output, errors);
        Assert.True(exitCode == 0, $"{string.Join(' ', arguments)}: {errors}");
        return (output.ToString(), errors.ToString());
    }

    private async Task SendAsync(int client, string honey)
    {
        using var http = _process.CreateHttpClient(HttpVersion.Version11);
        http.DefaultRequestHeaders.Add("X-SFW-Session", $"s{client}");
        for (var round = 0; round < Rounds; round++)
        {
            foreach (var secret in _secrets)
            {
                foreach (var request in Requests(secret, round == Rounds - 1 ? honey : ""))
                {
                    using var answer = await http.SendAsync(request);
                    await answer.Content.ReadAsByteArrayAsync();
                    request.Dispose();
                }
            }
        }
    }

    /// <summary>Plain and coded, in targets, fields and bodies, to those that may read and those that must not.</summary>
    private static IEnumerable<HttpRequestMessage> Requests(Canary secret, string honey)
    {
        var percent = Uri.EscapeDataString(secret.Value);
        var base64 = Convert.ToBase64String(secret.Bytes);
        yield return Post(Hosts.Anthropic, Prompts.MessagesPath, Prompts.Messages($"Say {secret.Value} and {base64} and {Convert.ToHexStringLower(secret.Bytes)} and {percent}. {honey}"));
        yield return Post(Hosts.OpenAi, Prompts.ChatPath, Prompts.Chat(secret.Value, stream: true));
        yield return Post(Hosts.Tool, $"/repos/{percent}/issues?q={percent}", new JsonObject { ["body"] = secret.Value }.ToJsonString());
        yield return Post(Hosts.Unlisted, $"/{base64.Replace('/', '_')}", secret.Value);
        var get = new HttpRequestMessage(HttpMethod.Get, $"https://{Hosts.Tool}/echo/{percent}?token={percent}");
        get.Headers.TryAddWithoutValidation("X-Value", base64);
        get.Headers.TryAddWithoutValidation("Cookie", $"session={percent}");
        get.Headers.TryAddWithoutValidation("traceparent", $"00-{percent}-1-01");
        yield return get;
        yield return new HttpRequestMessage(new HttpMethod(Convert.ToHexString(secret.Bytes)[..16]), $"https://{Hosts.Tool}/");
        yield return new HttpRequestMessage(HttpMethod.Get, $"https://{Hosts.Tool}/answer");
    }

    private static HttpRequestMessage Post(string host, string path, string body) =>
        new(HttpMethod.Post, $"https://{host}{path}") { Content = new StringContent(body, Encoding.UTF8, body.StartsWith('{') ? "application/json" : "text/plain") };

    /// <summary>Answers that hold values too: of a tool in its text, of a model in a call whose arguments a person is asked about.</summary>
    private async Task AnswerAsync(UpstreamExchange exchange)
    {
        var call = new JsonObject { ["command"] = $"rm -rf / # {_secrets[1].Value}" };
        var script = exchange.Request.Target.StartsWith(Prompts.MessagesPath, StringComparison.Ordinal)
            ? Answer.Json(new JsonObject
            {
                ["id"] = "msg_1",
                ["type"] = "message",
                ["role"] = "assistant",
                ["model"] = "m",
                ["stop_reason"] = "tool_use",
                ["stop_sequence"] = null,
                ["content"] = new JsonArray(
                    new JsonObject { ["type"] = "text", ["text"] = _secrets[0].Value },
                    new JsonObject { ["type"] = "tool_use", ["id"] = "toolu_1", ["name"] = "Bash", ["input"] = call }),
                ["usage"] = new JsonObject { ["input_tokens"] = 1, ["output_tokens"] = 1 },
            }.ToJsonString())
            : exchange.Request.Target.StartsWith("/v1/", StringComparison.Ordinal) ? Answer.Events(Prompts.ChatAnswer)
            : Answer.Coded("gzip", "application/json", Encoding.UTF8.GetBytes(new JsonObject { ["all"] = string.Join(' ', _secrets.Select(static one => one.Value)) }.ToJsonString()));
        await script(exchange);
    }

    /// <summary>Nothing where the system lets nobody read it: then nobody finds anything there.</summary>
    private static async Task<byte[]> ReadAsync(string path)
    {
        try
        {
            return await File.ReadAllBytesAsync(path);
        }
        catch (UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>Where the process ran: a system that keeps core files keeps them there.</summary>
    private static List<string> Dumps() => [.. Directory.EnumerateFiles(Path.GetTempPath(), "core*").Order(StringComparer.Ordinal)];
}
