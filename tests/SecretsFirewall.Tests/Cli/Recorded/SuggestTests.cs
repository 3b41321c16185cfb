using SecretsFirewall.Audit;
using SecretsFirewall.Model;

namespace SecretsFirewall.Tests.Cli.Recorded;

public sealed class SuggestTests : IDisposable
{
    private readonly RecordedHome _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task Suggest_RefusedWrites_GroupsThemUnderTheirCommonPath()
    {
        _home.Record(
            _home.Refused("a", "POST", "docs.unlisted.example", "/api/v1/items", "unlisted-write"), _home.Refused("b", "POST", "docs.unlisted.example", "/api/v1/files", "unlisted-write"),
            _home.Refused("c", "PUT", "docs.unlisted.example", "/other", "unlisted-write"));

        var root = await _home.JsonAsync("policy", "suggest", "--from", "audit");

        Assert.Equal([("POST", "/api/v1", true, 2), ("PUT", "/other", false, 1)], root.GetProperty("groups").EnumerateArray().Select(group => (
            group.GetProperty("method").GetString(), group.GetProperty("path").GetString(), group.GetProperty("prefix").GetBoolean(), group.GetProperty("count").GetInt32())));
        var document = root.GetProperty("change").GetProperty("document");
        Assert.Equal("/api/v1", document.GetProperty("rules")[0].GetProperty("match").GetProperty("path").GetProperty("under").GetString());
        Assert.Equal("unlisted-write", document.GetProperty("exceptions")[0].GetProperty("rule").GetString());
        Assert.Contains("of 3", root.GetProperty("change").GetProperty("check").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bypass_attempt")]
    [InlineData("secret_blocked")]
    [InlineData("unbound_ref")]
    [InlineData("killed")]
    [InlineData("budget_exceeded")]
    public async Task Suggest_RefusedByNoRule_SuggestsNothing(string code)
    {
        _home.Record(_home.Refused("a", "POST", "docs.unlisted.example", "/x", "unlisted-write", code));

        var root = await _home.JsonAsync("policy", "suggest", "--from", "audit");

        Assert.Equal(0, root.GetProperty("groups").GetArrayLength());
        Assert.Equal(1, root.GetProperty("skipped").GetProperty(code).GetInt32());
    }

    [Fact]
    public async Task Suggest_RefusedWithASecretInIt_SuggestsNothing()
    {
        _home.Record(_home.Refused("a", "POST", "docs.unlisted.example", "/x", "unlisted-write") with { Findings = [new AuditFinding("github-pat", Carrier.Body, "/a", 1, FindingAction.Block)] });

        var (exitCode, output, _) = await _home.RunAsync("policy", "suggest", "--from", "audit");

        Assert.Equal((1, ""), (exitCode, output));
    }

    [Fact]
    public async Task Suggest_ToolThatARuleRefuses_SuggestsNothing()
    {
        _home.Record(_home.Forwarded("a", "POST", "api.anthropic.com", "/v1/messages", "listed", new AuditTool("bash", "deny", "attacks", 1), new AuditTool("board", "deny", "default", 1)));

        var root = await _home.JsonAsync("policy", "suggest", "--from", "audit");

        Assert.Equal("board", Assert.Single(root.GetProperty("groups").EnumerateArray()).GetProperty("tool").GetString());
        Assert.Equal(1, root.GetProperty("skipped").GetProperty("tool calls by attacks").GetInt32());
    }
}
