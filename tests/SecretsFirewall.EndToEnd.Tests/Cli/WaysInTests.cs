using System.Text.Json;
using SecretsFirewall.EndToEnd.Tests.Harness;

namespace SecretsFirewall.EndToEnd.Tests.Cli;

/// <summary>What commands tell agents about the ways in, and operators about what passes unread.</summary>
public sealed class WaysInTests
{
    [Fact]
    public async Task Exec_Command_IsOfferedSocksForWhatIsNoHttp()
    {
        await using var sfw = new SfwHome();

        var result = await sfw.RunAsync("exec", "-q", "--", "sh", "-c", "echo $ALL_PROXY; echo $all_proxy; echo $https_proxy");

        var lines = result.Succeeded().Text.Split('\n');
        Assert.StartsWith("socks5h://local:sfwa_", lines[0], StringComparison.Ordinal);
        Assert.Equal("http" + lines[0]["socks5h".Length..], lines[1]);
        Assert.Equal(lines[1], lines[2]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Env_BaseUrls_AreThereWhereAskedFor(bool asked)
    {
        await using var sfw = new SfwHome();

        var result = await sfw.RunAsync(asked ? ["env", "--base-urls"] : ["env"]);

        Assert.Equal(asked, result.Succeeded().Text.Contains("export ANTHROPIC_BASE_URL='http://127.0.0.1:8888/@anthropic'", StringComparison.Ordinal));
        Assert.Contains("export ALL_PROXY='socks5h://127.0.0.1:8888'", result.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Status_RulesThatLetTunnelsPassUnread_AreShownWithReasonAndEnd()
    {
        await using var sfw = new SfwHome();
        Assert.Empty((await sfw.StartAsync()).GetProperty("unverified").EnumerateArray());
        await File.WriteAllTextAsync(Path.Combine(sfw.Home.PolicyDirectory, "default", "local.json"), """
            {
              "schema": "policy/v1",
              "rules": [
                { "id": "pinned", "on": "connect", "outcome": "allow", "inspect": false, "expires": "2099-12-31", "reason": "The client pins.",
                  "match": { "host": { "eq": "pinned.example" }, "port": { "eq": 443 } } },
                { "id": "once", "on": "connect", "outcome": "allow", "inspect": false, "expires": "2020-01-01", "reason": "It did.",
                  "match": { "host": { "eq": "once.example" }, "port": { "eq": 8443 } } }
              ]
            }
            """);

        var rules = await RulesAsync(sfw);
        var text = (await sfw.RunAsync("status")).Succeeded().Text;

        Assert.Equal(["once", "pinned"], rules.Select(rule => rule.GetProperty("rule").GetString()));
        Assert.Equal([true, false], rules.Select(rule => rule.GetProperty("has_ended").GetBoolean()));
        Assert.Contains(
            "unverified pinned.example:443  passes unread until 2100-01-01 00:00:00Z, rule pinned: The client pins. (0 open, 0 since the start", text, StringComparison.Ordinal);
        Assert.Contains("unverified once.example:8443  ended 2020-01-02 00:00:00Z", text, StringComparison.Ordinal);
    }

    /// <summary>The policy is in force a moment after its file was saved.</summary>
    private static async Task<IReadOnlyList<JsonElement>> RulesAsync(SfwHome sfw)
    {
        using var patience = new CancellationTokenSource(Patience.Long);
        while (true)
        {
            var rules = (await sfw.StatusAsync()).GetProperty("unverified").EnumerateArray().ToList();
            if (rules.Count > 0)
            {
                return rules;
            }

            patience.Token.ThrowIfCancellationRequested();
        }
    }
}
