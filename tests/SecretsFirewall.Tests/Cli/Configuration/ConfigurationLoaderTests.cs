using System.Net;
using SecretsFirewall.Cli;
using SecretsFirewall.Cli.Configuration;
using SecretsFirewall.Restraints.Sessions;

namespace SecretsFirewall.Tests.Cli.Configuration;

public sealed class ConfigurationLoaderTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Load_WithoutAnything_GivesTheDefaults()
    {
        var options = Load(null).Options!;

        Assert.Equal(new IPEndPoint(IPAddress.Loopback, 8888), options.Listen.Proxy);
        Assert.Equal(new IPEndPoint(IPAddress.Loopback, 8889), options.Admin);
        Assert.Equal("default", options.Policy);
    }

    [Fact]
    public void Load_FileWithComments_SetsWhatItSays()
    {
        File.WriteAllText(_folder["root.pem"], "");
        var options = Load(
            """
            {
              // closed network
              "listen": { "proxy": "127.0.0.1:9000" },
              "upstream": { "ca_files": ["root.pem"], "hosts": { "api.example.com:443": "10.0.0.7:8443" }, "connect_timeout": "5s", "http2": false },
              "limits": { "buffer": "4MiB", "llm_buffer": 1048576, "head_fields": 50 }, /* enough */
              "policy": "strict"
            }
            """).Options!;

        Assert.Equal(9000, options.Listen.Proxy.Port);
        Assert.Equal([_folder["root.pem"]], options.Upstream.CaFiles);
        Assert.Equal("10.0.0.7:8443", options.Upstream.Hosts["api.example.com:443"]);
        Assert.Equal(TimeSpan.FromSeconds(5), options.Upstream.ConnectTimeout);
        Assert.False(options.Upstream.Http2);
        Assert.Equal(4 * 1024 * 1024, options.Enforcement.BufferBytes);
        Assert.Equal(1024 * 1024, options.Enforcement.LlmBufferBytes);
        Assert.Equal(50, options.Listen.HeadFields);
        Assert.Equal("strict", options.Policy);
    }

    [Fact]
    public void Load_SectionWithinASection_SetsWhatItSays()
    {
        var sessions = Load(
            """
            {
              "limits": { "session": { "requests": 500, "duration": "8h", "bytes": "1GiB", "hosts": 20, "tokens": 1000000, "cost": 2.50 }, "buffer": "4MiB" },
              "session": { "idle": "1h", "per_agent": 8, "pin_bundle": true, "lock_mutations": true },
              "risk": { "alert": 50, "refuse": 80 }
            }
            """).Options!.Sessions;

        Assert.Equal(
            new SessionOptions
            {
                Idle = TimeSpan.FromHours(1),
                PerAgent = 8,
                PinBundle = true,
                LockMutations = true,
                RiskAlert = 50,
                RiskRefuse = 80,
                Limits = new SessionLimits { Requests = 500, Duration = TimeSpan.FromHours(8), Bytes = 1L << 30, Hosts = 20, Tokens = 1_000_000, Cost = 2.50m },
            },
            sessions);
    }

    [Theory]
    [InlineData("""{ "limits": { "session": 3 } }""", "limits.session", "must be an object.")]
    [InlineData("""{ "limits": { "session": { "cost": -1 } } }""", "limits.session.cost", "must be an amount from 0, such as 25 or 2.50.")]
    [InlineData("""{ "limits": { "session": { "cost": 1e3 } } }""", "limits.session.cost", "must be an amount from 0, such as 25 or 2.50.")]
    [InlineData("""{ "risk": { "refuse": 101 } }""", "risk.refuse", "must be a whole number from 0 to 100.")]
    public void Load_SessionsSettingThatIsNone_IsRefused(string text, string key, string message)
    {
        var error = Assert.Single(Load(text).Errors);

        Assert.Equal((key, message), (error.Key, error.Message));
    }

    [Fact]
    public void Load_ManyErrors_AreAllToldWithPathAndLine()
    {
        var loaded = Load(
            """
            {
              "limits": {
                "bufer": 3,
                "head_fields": "many"
              },
              "policy": "default",
              "policy": "strict",
              "upstream": { "connect_timeout": "0s", "hosts": { "noport": "1.2.3.4:5" } },
              "nonsense": { "deep": [1, 2] }
            }
            """);

        Assert.Null(loaded.Options);
        Assert.Equal(
            [
                "config.json:3: limits.bufer: is no setting. Did you mean limits.buffer?",
                "config.json:7: policy: stands twice; remove one.",
                "config.json:9: nonsense: is no setting.",
                "config.json:4: limits.head_fields: must be a whole number from 20 to 10000.",
                "config.json:8: upstream.connect_timeout: must be a time from 1s to 1h, such as \"500ms\", \"15s\", \"10m\", \"1h\", \"7d\".",
                "config.json:8: upstream.hosts: must be a map of \"name:port\" to \"address:port\" (in a variable name:port=address:port, with commas between).",
            ],
            loaded.Errors.Select(e => e.ToString()));
    }

    [Theory]
    [InlineData("[]", 1)]
    [InlineData("{\n  \"policy\": \"default\",\n}", 3)]
    [InlineData("{}\n{}", 2)]
    [InlineData("", 1)]
    [InlineData("{ \"policy\": null }", 1)]
    public void Load_FileThatIsNoObject_IsRefusedWithItsLine(string text, int line)
    {
        var loaded = Load(text);

        Assert.Null(loaded.Options);
        Assert.Equal(line, Assert.Single(loaded.Errors).Line);
    }

    [Fact]
    public void Load_VariableOverFile_AndFlagOverVariable()
    {
        var loaded = Load(
            """{ "listen": { "proxy": "127.0.0.1:1001", "admin": "127.0.0.1:1002" }, "policy": "strict" }""",
            variables: new() { ["SFW_LISTEN__PROXY"] = "127.0.0.1:2001", ["SFW_LISTEN__ADMIN"] = "127.0.0.1:2002" },
            flags: new() { ["listen.proxy"] = "127.0.0.1:3001" });

        Assert.Equal(3001, loaded.Options!.Listen.Proxy.Port);
        Assert.Equal(2002, loaded.Options.Admin.Port);
        Assert.Equal("strict", loaded.Options.Policy);
    }

    [Fact]
    public void Load_VariableOfNoSetting_IsRefused()
    {
        var loaded = Load(null, variables: new() { ["SFW_UPSTREAM__CA_FILE"] = "x", ["SFW_HOME"] = "/somewhere", ["SFW_MASTER_KEY"] = "x" });

        Assert.Equal("SFW_UPSTREAM__CA_FILE: names no setting. Did you mean upstream.ca_files?", Assert.Single(loaded.Errors).ToString());
    }

    [Fact]
    public void Load_BadValueThatIsOverridden_IsRefusedAllTheSame()
    {
        var loaded = Load("""{ "listen": { "proxy": "nowhere" } }""", flags: new() { ["listen.proxy"] = "127.0.0.1:3001" });

        Assert.Equal("listen.proxy", Assert.Single(loaded.Errors).Key);
    }

    [Fact]
    public void Load_CaFileThatDoesNotExist_IsRefused()
    {
        var loaded = Load(null, variables: new() { ["SFW_UPSTREAM__CA_FILES"] = _folder["missing.pem"] });

        Assert.Contains("does not exist", Assert.Single(loaded.Errors).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_ProxyAndAdminOnOnePort_IsRefused()
    {
        var loaded = Load("""{ "listen": { "proxy": "127.0.0.1:7000", "admin": "127.0.0.1:7000" } }""");

        Assert.Equal("listen.admin", Assert.Single(loaded.Errors).Key);
    }

    private LoadedConfiguration Load(string? file, Dictionary<string, string>? variables = null, Dictionary<string, string>? flags = null)
    {
        var home = new FirewallHome(_folder.Path);
        if (file is not null)
        {
            File.WriteAllText(home.ConfigFile, file);
        }

        return new ConfigurationLoader(home, variables ?? [], flags ?? []).Load();
    }
}
