using System.Net;
using SecretsFirewall.Cli.Environments;

namespace SecretsFirewall.Tests.Cli.Environments;

public sealed class ShellSyntaxTests
{
    private const string Awkward = """a 'b' "c" $d `e` \f""";

    [Theory]
    [InlineData("Bash", """export X='a '\''b'\'' "c" $d `e` \f'""")]
    [InlineData("Fish", """set -gx X 'a \'b\' "c" $d `e` \\f'""")]
    [InlineData("PowerShell", """$env:X = 'a ''b'' "c" $d `e` \f'""")]
    [InlineData("Dotenv", """X="a 'b' \"c\" \$d \`e\` \\f" """)]
    public void Assign_AwkwardValue_IsQuotedForTheShell(string shell, string expected) =>
        Assert.Equal(expected.TrimEnd(), ShellSyntax.Assign(Enum.Parse<Shell>(shell), new EnvironmentVariable("X", Awkward)));

    [Fact]
    public void For_AgentWithToken_SetsBothSpellingsAndOnlyTheCombinedBundle()
    {
        var connection = new AgentConnection(new IPEndPoint(IPAddress.Loopback, 8888), "builder", "token", "/home/x/bundle.pem", null);

        var variables = AgentEnvironment.For(connection).ToDictionary(v => v.Name, v => v.Value);

        foreach (var name in new[] { "HTTPS_PROXY", "HTTP_PROXY" })
        {
            Assert.Equal("http://builder:token@127.0.0.1:8888", variables[name]);
            Assert.Equal(variables[name], variables[name.ToLowerInvariant()]);
        }

        Assert.Equal("socks5h://builder:token@127.0.0.1:8888", variables["ALL_PROXY"]);
        Assert.Equal("http://builder:token@127.0.0.1:8888", variables["all_proxy"]); // Python's httpx would not start with the other
        Assert.Equal("localhost,127.0.0.1,::1", variables["NO_PROXY"]);
        Assert.Equal("1", variables["NODE_USE_ENV_PROXY"]);
        Assert.All(
            new[] { "SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "PIP_CERT", "GIT_SSL_CAINFO", "CARGO_HTTP_CAINFO", "AWS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "DENO_CERT", "CODEX_CA_CERTIFICATE" },
            name => Assert.Equal("/home/x/bundle.pem", variables[name]));
        Assert.DoesNotContain("JAVA_TOOL_OPTIONS", variables.Keys);
    }

    [Fact]
    public void For_LocalAgent_PutsNoCredentialsIntoTheUrl()
    {
        var connection = new AgentConnection(new IPEndPoint(IPAddress.Loopback, 8888), null, null, "/b.pem", "/a folder/store.p12");

        var variables = AgentEnvironment.For(connection).ToDictionary(v => v.Name, v => v.Value);

        Assert.Equal("http://127.0.0.1:8888", variables["HTTPS_PROXY"]);
        Assert.Contains("-Djdk.http.auth.tunneling.disabledSchemes= ", variables["JAVA_TOOL_OPTIONS"], StringComparison.Ordinal);
        Assert.Contains("\"-Djavax.net.ssl.trustStore=/a folder/store.p12\"", variables["JAVA_TOOL_OPTIONS"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData("builder", "X-SFW-Token: builder:token")]
    public void BaseUrls_NameTheProxyAndGiveNoTokenInAUrl(string? agent, string? header)
    {
        var connection = new AgentConnection(new IPEndPoint(IPAddress.Loopback, 8888), agent, agent is null ? null : "token", "/b.pem", null);

        var variables = AgentEnvironment.BaseUrls(connection).ToDictionary(v => v.Name, v => v.Value);

        Assert.Equal("http://127.0.0.1:8888/@anthropic", variables["ANTHROPIC_BASE_URL"]);
        Assert.Equal("http://127.0.0.1:8888/@openai/v1", variables["OPENAI_BASE_URL"]);
        Assert.Equal(header, variables.GetValueOrDefault("ANTHROPIC_CUSTOM_HEADERS"));
    }

    [Fact]
    public void Apply_PresetVariables_AreReplacedAndTheMasterKeyIsTakenAway()
    {
        var target = new Dictionary<string, string?>
        {
            ["NO_PROXY"] = "*",
            ["SSL_CERT_DIR"] = "/etc/ssl/certs",
            ["SFW_MASTER_KEY"] = "not for agents",
            ["PATH"] = "/bin",
        };

        AgentEnvironment.Apply(target, [new EnvironmentVariable("NO_PROXY", AgentEnvironment.NoProxy)]);

        Assert.Equal(new Dictionary<string, string?> { ["NO_PROXY"] = AgentEnvironment.NoProxy, ["PATH"] = "/bin" }, target);
    }
}
