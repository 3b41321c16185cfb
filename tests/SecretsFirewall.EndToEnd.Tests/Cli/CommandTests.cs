using System.Net;
using System.Text;
using System.Text.Json;
using SecretsFirewall.Cli;
using SecretsFirewall.EndToEnd.Tests.Drivers;
using SecretsFirewall.EndToEnd.Tests.Harness;

namespace SecretsFirewall.EndToEnd.Tests.Cli;

/// <summary>The commands as a person meets them: processes, exit codes, what they print.</summary>
public sealed class CommandTests
{
    [Theory]
    [InlineData(7, "sh", "-c", "exit 7")]
    [InlineData(143, "sh", "-c", "kill -TERM $$")]
    [InlineData(127, "no-such-command-anywhere")]
    [InlineData(126, "/etc/passwd")]
    public async Task Exec_Command_PassesOnItsExitCode(int expected, params string[] command)
    {
        await using var sfw = new SfwHome();

        var result = await sfw.RunAsync(["exec", "--", .. command]);

        Assert.Equal(expected, result.ExitCode);
    }

    [Fact]
    public async Task Exec_Command_HasTheStreamsTheEnvironmentAndOneSummaryLine()
    {
        await using var sfw = new SfwHome();

        var result = await sfw.RunAsync("typed"u8.ToArray(), "exec", "--", "sh", "-c", "cat; echo; echo $https_proxy; echo $NO_PROXY; echo $SSL_CERT_FILE");

        var lines = result.Text.Split('\n');
        Assert.Equal("typed", lines[0]);
        Assert.StartsWith("http://local:sfwa_", lines[1], StringComparison.Ordinal);
        Assert.Equal("localhost,127.0.0.1,::1", lines[2]);
        Assert.Equal(sfw.Home.CaBundle, lines[3]);
        Assert.Equal("sfw: 0 exchanges, 0 masked, 0 bound, 0 refused\n", result.ErrorText);
    }

    [Fact]
    public async Task Exec_FirewallThatCannotStart_Is125AndRunsNothing()
    {
        await using var sfw = new SfwHome();
        Assert.Null(sfw.Home.Prepare());
        PrivateFile.Write(sfw.Home.ConfigFile, "{ \"no_such_setting\": 1 }");

        var result = await sfw.RunAsync("exec", "--", "echo", "ran");

        Assert.Equal(125, result.ExitCode);
        Assert.Equal("", result.Text);
        Assert.Contains("config.json:1: no_such_setting", result.ErrorText, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_SecondOnTheSameHome_IsRefusedAndSaysWhoHasIt()
    {
        await using var sfw = new SfwHome();
        var status = await sfw.StartAsync();

        var second = await sfw.RunAsync("run");

        Assert.Equal(3, second.ExitCode);
        Assert.Contains($"process {status.GetProperty("process_id").GetInt32()}", second.ErrorText, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Secrets_AddedThroughTheRunningFirewall_ApplyAtOnceAndAreNeverShown()
    {
        await using var sfw = new SfwHome();
        await sfw.StartAsync();
        var canary = Canary.Make();

        var added = await sfw.RunAsync(canary.Bytes, "secrets", "add", canary.Name, "--value-stdin");
        var bound = await sfw.RunAsync("secrets", "bind", canary.Name, "--host", "api.example.com", "--header", "Authorization", "--format", "Bearer {}");
        var listed = await sfw.RunAsync("secrets", "list", "--json");

        Assert.All(new[] { added, bound, listed }, result => Assert.Equal(0, result.ExitCode));
        Assert.Contains(canary.Name, listed.Text, StringComparison.Ordinal);
        var said = string.Concat(new[] { added, bound, listed }.Select(r => r.Text + r.ErrorText));
        Assert.DoesNotContain(canary.Value, said, StringComparison.Ordinal);
        Assert.All(
            Directory.EnumerateFiles(sfw.Home.LogDirectory).Concat(Directory.EnumerateFiles(sfw.Home.AuditDirectory)),
            file => Assert.DoesNotContain(canary.Value, ReadShared(file), StringComparison.Ordinal));
    }

    [Fact]
    public async Task Secrets_BoundToASignature_AreListedAndSayWhatTheAgentSigns()
    {
        await using var sfw = new SfwHome();
        var (key, token) = (Canary.Make(), Canary.Make());
        Assert.Equal(0, (await sfw.RunAsync(key.Bytes, "secrets", "add", key.Name, "--value-stdin")).ExitCode);
        string[] bind = ["secrets", "bind", key.Name, "--host", "s3.example.com", "--sigv4", "MADEUPKEYIDOFNOPROVIDER"];

        var early = await sfw.RunAsync([.. bind, "--session-token", token.Name]);
        Assert.Equal(0, (await sfw.RunAsync(token.Bytes, "secrets", "add", token.Name, "--value-stdin")).ExitCode);
        var bound = await sfw.RunAsync([.. bind, "--session-token", token.Name]);
        var listed = await sfw.RunAsync("secrets", "list");

        Assert.Equal(1, early.ExitCode);
        Assert.Contains("session token must be another secret", early.ErrorText, StringComparison.Ordinal);
        Assert.Equal((0, 0), (bound.ExitCode, listed.ExitCode));
        Assert.Contains($"AWS_ACCESS_KEY_ID=MADEUPKEYIDOFNOPROVIDER AWS_SECRET_ACCESS_KEY='{key.Reference}' AWS_SESSION_TOKEN='{token.Reference}'", bound.ErrorText, StringComparison.Ordinal);
        Assert.Contains("sigv4 MADEUPKEYIDOFNOPROVIDER: {} " + token.Reference, listed.Text, StringComparison.Ordinal);
        Assert.Equal(2, (await sfw.RunAsync("secrets", "bind", key.Name, "--host", "s3.example.com", "--header", "X-A", "--session-token", token.Name)).ExitCode);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Secrets_RotatedWithAndWithoutAFirewall_TellTheirVersionsAndNeverAValue(bool isRunning)
    {
        await using var sfw = new SfwHome();
        if (isRunning)
        {
            await sfw.StartAsync();
        }

        var (first, second, third) = (Canary.Make(), Canary.Make(), Canary.Make());
        ClientResult[] done =
        [
            await sfw.RunAsync(first.Bytes, "secrets", "add", "github", "--value-stdin"),
            await sfw.RunAsync(second.Bytes, "secrets", "rotate", "github", "--value-stdin"),
            await sfw.RunAsync(third.Bytes, "secrets", "rotate", "github", "--value-stdin", "--keep-for", "12h"),
        ];
        var shown = await sfw.RunAsync("secrets", "show", "github", "--json");
        var same = await sfw.RunAsync(third.Bytes, "secrets", "rotate", "github", "--value-stdin");
        var forgotten = await sfw.RunAsync("secrets", "forget-old", "github");
        var after = await sfw.RunAsync("secrets", "show", "github", "--json");

        Assert.All([.. done, shown, forgotten, after], result => Assert.Equal(0, result.ExitCode));
        using (var document = JsonDocument.Parse(shown.Text))
        {
            Assert.Equal(3, document.RootElement.GetProperty("version").GetInt32());
            Assert.Equal([2, 1], document.RootElement.GetProperty("old_values").EnumerateArray().Select(old => old.GetProperty("version").GetInt32()));
        }

        Assert.Equal(1, same.ExitCode);
        Assert.Contains("has already", same.ErrorText, StringComparison.Ordinal);
        Assert.Contains("\"old_values\":[]", after.Text, StringComparison.Ordinal);
        var said = string.Concat(done.Append(shown).Append(same).Append(forgotten).Append(after).Select(result => result.Text + result.ErrorText));
        Assert.All([first, second, third], canary => Assert.DoesNotContain(canary.Value, said, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("secrets", "rotate", "github", "--value-stdin", "--keep-for", "soon")]
    [InlineData("secrets", "canary", "honey", "--format", "no-such-format")]
    public async Task Secrets_WithAWordThatIsNone_AreRefused(params string[] arguments)
    {
        await using var sfw = new SfwHome();

        var result = await sfw.RunAsync("a value"u8.ToArray(), arguments);

        Assert.Equal(ExitCodes.Broken, result.ExitCode);
        Assert.StartsWith("sfw: ", result.ErrorText, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Canary_Planted_IsShownOnceAndKeptSealed()
    {
        await using var sfw = new SfwHome();
        await sfw.StartAsync();

        var formats = await sfw.RunAsync("secrets", "canary", "--format", "list");
        var planted = await sfw.RunAsync("secrets", "canary", "honey", "--format", "github-pat", "--kill");
        var listed = await sfw.RunAsync("secrets", "list", "--json");

        Assert.All([formats, planted, listed], result => Assert.Equal(0, result.ExitCode));
        Assert.Contains("github-pat\t", formats.Text, StringComparison.Ordinal);
        var value = planted.Text.TrimEnd('\n');
        Assert.True(value.Length > 20);
        Assert.DoesNotContain(value, planted.ErrorText, StringComparison.Ordinal);
        Assert.DoesNotContain(value, listed.Text, StringComparison.Ordinal);
        Assert.Contains("\"use\":\"killing_canary\"", listed.Text, StringComparison.Ordinal);
        Assert.All(
            Directory.EnumerateFiles(sfw.Home.Root, "*", SearchOption.AllDirectories).Where(file => Path.GetFileName(file) != "lock" && !file.EndsWith(".sock", StringComparison.Ordinal)),
            file => Assert.DoesNotContain(value, ReadShared(file), StringComparison.Ordinal));
    }

    [Fact]
    public async Task Captured_WithoutAFirewall_SaysThatNothingIs()
    {
        await using var sfw = new SfwHome();

        var listed = await sfw.RunAsync("secrets", "captured");
        var adopted = await sfw.RunAsync("secrets", "adopt", "auto.github-pat.00000000", "github");

        Assert.Equal((1, 1), (listed.ExitCode, adopted.ExitCode));
        Assert.Contains("sfw run", listed.ErrorText, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Adopt_WhatIsNotCaptured_IsRefused()
    {
        await using var sfw = new SfwHome();
        await sfw.StartAsync();

        var listed = await sfw.RunAsync("secrets", "captured", "--json");
        var adopted = await sfw.RunAsync("secrets", "adopt", "auto.github-pat.00000000", "github");

        Assert.Equal("{\"captured\":[]}\n", listed.Text);
        Assert.Equal(1, adopted.ExitCode);
        Assert.Contains("No such value is captured", adopted.ErrorText, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Agents_KilledAndRevived_AreShownSoAlsoAfterARestart()
    {
        await using var sfw = new SfwHome();
        await sfw.RunAsync("agents", "add", "builder");

        var killed = await sfw.RunAsync("agents", "kill", "builder", "--reason", "The operator stopped it.");
        var status = await sfw.StartAsync();
        var listed = await sfw.RunAsync("agents", "list", "--json");
        var revived = await sfw.RunAsync("agents", "revive", "builder");
        var again = await sfw.RunAsync("agents", "revive", "builder");

        Assert.Equal((0, 0, 1), (killed.ExitCode, revived.ExitCode, again.ExitCode));
        Assert.Contains("The operator stopped it.", listed.Text, StringComparison.Ordinal);
        Assert.Contains(status.GetProperty("notes").EnumerateArray(), note => note.GetString()!.Contains("sfw unkill agent builder", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("GET", "/healthz", null, null, HttpStatusCode.OK)]
    [InlineData("GET", "/version", null, null, HttpStatusCode.OK)]
    [InlineData("POST", "/control/status", null, null, HttpStatusCode.NotFound)]
    [InlineData("GET", "/control/status", null, null, HttpStatusCode.NotFound)]
    [InlineData("GET", "/", null, null, HttpStatusCode.NotFound)]
    [InlineData("GET", "/healthz", "rebound.example.com", null, HttpStatusCode.Forbidden)]
    [InlineData("GET", "/healthz", null, "https://example.com", HttpStatusCode.Forbidden)]
    public async Task AdminOnTcp_AnswersHealthAndVersionAlone(string method, string path, string? host, string? origin, HttpStatusCode expected)
    {
        await using var sfw = new SfwHome();
        var status = await sfw.StartAsync();
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        using var request = new HttpRequestMessage(new HttpMethod(method), $"http://{status.GetProperty("admin").GetString()}{path}");
        request.Headers.Host = host;
        if (origin is not null)
        {
            request.Headers.Add("Origin", origin);
        }

        using var response = await http.SendAsync(request);

        Assert.Equal(expected, response.StatusCode);
    }

    [Fact]
    public async Task Configuration_BadChange_IsRefusedAndShownAndTheOneBeforeStays()
    {
        await using var sfw = new SfwHome();
        var before = await sfw.StartAsync();

        PrivateFile.Write(sfw.Home.ConfigFile, "{ \"limits\": { \"bufer\": 1 } }");

        var status = await UntilAsync(sfw, s => s.Contains("limits.bufer", StringComparison.Ordinal));
        Assert.Contains(before.GetProperty("proxy").GetString()!, status, StringComparison.Ordinal);

        PrivateFile.Write(sfw.Home.ConfigFile, "{ \"limits\": { \"buffer\": \"4MiB\" } }");
        await UntilAsync(sfw, s => !s.Contains("is refused", StringComparison.Ordinal));
    }

    private static async Task<string> UntilAsync(SfwHome sfw, Func<string, bool> reached)
    {
        using var patience = new CancellationTokenSource(Patience.Long);
        while (true)
        {
            var status = (await sfw.StatusAsync()).GetRawText();
            if (reached(status))
            {
                return status;
            }

            patience.Token.ThrowIfCancellationRequested();
        }
    }

    private static string ReadShared(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(stream, Encoding.Latin1);
        return reader.ReadToEnd();
    }
}
