using System.Net;
using System.Text;
using SecretsFirewall.Cli;
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
        await UntilAsync(sfw, s => !s.Contains("refused", StringComparison.Ordinal));
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
