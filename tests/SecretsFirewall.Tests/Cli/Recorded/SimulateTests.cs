using SecretsFirewall.Audit;

namespace SecretsFirewall.Tests.Cli.Recorded;

public sealed class SimulateTests : IDisposable
{
    private const string NoUser = """
        { "schema": "policy/v1", "rules": [ { "id": "no-user", "on": "request", "outcome": "deny", "match": { "host": { "eq": "api.github.com" }, "path": { "prefix": "/user" } }, "reason": "Not today." } ] }
        """;

    private const string LongQueries = """
        { "schema": "policy/v1", "rules": [ { "id": "long", "on": "request", "outcome": "deny", "match": { "host": { "eq": "api.github.com" }, "query_length": { "gt": 10 } }, "reason": "Not today." } ] }
        """;

    private readonly RecordedHome _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task Simulate_TheSamePolicy_ChangesNothingAndDecidesAll()
    {
        _home.Record([
            .. _home.Forwarded("a", "GET", "docs.unlisted.example", "/x", "unlisted-read"), .. _home.Forwarded("b", "POST", "api.github.com", "/user", "listed"),
            _home.Refused("c", "POST", "docs.unlisted.example", "/x", "unlisted-write"), _home.Refused("d", "GET", "docs.unlisted.example", "/x", "unlisted-long-query")]);

        var (exitCode, output, error) = await _home.RunAsync("policy", "simulate", _home.PolicyFolder, "--against", "audit");

        Assert.Equal((0, ""), (exitCode, output));
        Assert.Contains("4 requests and 0 tool calls decided anew: 0 would change", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Simulate_ARuleMore_ListsExactlyWhatItRefuses()
    {
        _home.Record([
            .. _home.Forwarded("a", "GET", "api.github.com", "/user", "listed"), .. _home.Forwarded("b", "GET", "api.github.com", "/user", "listed"),
            .. _home.Forwarded("c", "GET", "api.github.com", "/repos", "listed"), .. _home.Forwarded("d", "GET", "docs.unlisted.example", "/user", "unlisted-read")]);

        var root = await _home.JsonAsync("policy", "simulate", _home.Candidate(NoUser), "--against", "audit");

        Assert.Equal(4, root.GetProperty("requests").GetInt32());
        var change = Assert.Single(root.GetProperty("changes").EnumerateArray());
        Assert.Equal(("/user", "allow", "deny", "no-user", 2), (
            change.GetProperty("path").GetString(), change.GetProperty("was").GetString(), change.GetProperty("now").GetString(), change.GetProperty("now_by").GetString(), change.GetProperty("count").GetInt32()));
    }

    [Fact]
    public async Task Simulate_ListsAHost_AllowsWhatWasRefusedThere()
    {
        _home.Record(_home.Refused("a", "POST", "board.example.net", "/x", "unlisted-write"), _home.Refused("b", "POST", "other.example.net", "/x", "unlisted-write"));
        var listed = _home.Candidate("""{ "schema": "policy/v1", "destinations": [ { "id": "docs", "kind": "tool", "hosts": ["board.example.net"] } ] }""");

        var root = await _home.JsonAsync("policy", "simulate", listed, "--against", "audit");

        var change = Assert.Single(root.GetProperty("changes").EnumerateArray());
        Assert.Equal(("board.example.net", "allow"), (change.GetProperty("host").GetString(), change.GetProperty("now").GetString()));
    }

    [Fact]
    public async Task Simulate_RuleOverWhatIsNotRecorded_CountsAndGuessesNothing()
    {
        _home.Record(_home.Forwarded("a", "GET", "api.github.com", "/user", "listed"));

        var root = await _home.JsonAsync("policy", "simulate", _home.Candidate(LongQueries), "--against", "audit");

        Assert.Equal((0, 0), (root.GetProperty("requests").GetInt32(), root.GetProperty("changes").GetArrayLength()));
        Assert.Equal(1, root.GetProperty("undecided").GetProperty("query_length (asked by long)").GetInt32());
    }

    [Fact]
    public async Task Simulate_RefusedByAnotherCheck_IsNotAsked()
    {
        _home.Record(_home.Refused("a", "GET", "api.github.com", "/user", "path", "bypass_attempt") with { Type = AuditTypes.BypassAttempt });

        var root = await _home.JsonAsync("policy", "simulate", _home.Candidate(NoUser), "--against", "audit");

        Assert.Equal(1, root.GetProperty("elsewhere").GetProperty("bypass_attempt").GetInt32());
        Assert.Equal(0, root.GetProperty("changes").GetArrayLength());
    }

    [Fact]
    public async Task Simulate_ToolRule_DecidesCallsByTheirName()
    {
        _home.Record(_home.Forwarded("a", "POST", "api.anthropic.com", "/v1/messages", "listed", new AuditTool("send_mail", "allow", "default", 1), new AuditTool("read_file", "allow", "default", 1)));
        var gated = _home.Candidate("""
            { "schema": "policy/v1", "rules": [
              { "id": "calls", "on": "tool_call", "outcome": "allow", "match": {} },
              { "id": "no-mail", "on": "tool_call", "outcome": "deny", "match": { "tool": { "eq": "send_mail" } }, "reason": "No mail." } ] }
            """);

        var root = await _home.JsonAsync("policy", "simulate", gated, "--against", "audit");

        Assert.Equal(2, root.GetProperty("calls").GetInt32());
        Assert.Equal("send_mail", Assert.Single(root.GetProperty("changes").EnumerateArray()).GetProperty("tool").GetString());
    }
}
