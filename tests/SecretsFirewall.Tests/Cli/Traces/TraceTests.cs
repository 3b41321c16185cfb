using System.Text.Json;
using SecretsFirewall.Audit;
using SecretsFirewall.Cli.Traces;
using SecretsFirewall.Model;
using SecretsFirewall.Tests.Cli.Recorded;

namespace SecretsFirewall.Tests.Cli.Traces;

public sealed class TraceTests : IDisposable
{
    private const string Model = "api.anthropic.com";

    private readonly RecordedHome _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task Show_Conversation_IsStepsWithWhatWasGrantedAndUsed()
    {
        _home.Record(Call("s1", "1", new AuditTool("Read", "allow", "tools-read", 2), new AuditTool("Bash", "deny", "no-rm", 1) { Class = "red" }));
        _home.Record(Bound("s1", "2"));
        _home.Record(_home.Refused("3", "POST", "docs.unlisted.example", "/upload", "unlisted-write") with { Session = "s1" });
        _home.Record(new AuditRecord { Type = AuditTypes.RiskRaised, Agent = "builder", Session = "s1", Detail = "The risk is 60." });
        _home.Record(Call("s2", "4"));

        var trace = await _home.JsonAsync("trace", "show", "builder/s1");

        Assert.Equal(
            [
                "1 model_call 0: POST api.anthropic.com:443/v1/messages | allow by llm-anthropic | ",
                "2 result 1: 200 changed claude-x |  | 42 tokens in, 5 out, 0.25 USD, 10 bytes out, 20 in, mask db",
                "3 tool_call 1: tool Read | allow by tools-read | 2 times",
                "4 refusal 1: tool Bash | deny by no-rm (red) | ",
                "5 request 0: GET api.github.com:443/user | allow by listed, approval 77 by cli:root (admin) | bound github at authorization",
                "6 result 5: 200 forwarded |  | 0 bytes out, 7 in",
                "7 refusal 0: POST docs.unlisted.example:443/upload: policy_denied | decided by unlisted-write | ",
                "8 event 0: risk_raised: The risk is 60. |  | ",
            ],
            trace.GetProperty("steps").EnumerateArray().Select(static step =>
                $"{step.GetProperty("step")} {step.GetProperty("kind")} {(step.TryGetProperty("of", out var of) ? of : 0)}: {step.GetProperty("what")} | {step.GetProperty("granted")} | {step.GetProperty("used")}"));
        var totals = trace.GetProperty("totals");
        Assert.Equal((3, 1, 2, 1, 42), (Number("requests"), Number("refused"), Number("tool_calls"), Number("withheld"), Number("input_tokens")));
        Assert.Equal(0.25m, totals.GetProperty("cost").GetProperty("USD").GetDecimal());
        Assert.Equal(
            ["approval 77: GET api.github.com:443/user", "binding github: api.github.com:443 authorization", "rule listed: GET api.github.com:443/user", "rule llm-anthropic: POST api.anthropic.com:443/v1/messages", "tool rule tools-read: Read"],
            trace.GetProperty("granted").EnumerateArray().Select(static one => $"{one.GetProperty("grant")}: {string.Join(',', one.GetProperty("used").EnumerateObject().Select(static use => use.Name))}"));

        long Number(string name) => totals.GetProperty(name).GetInt64();
    }

    [Fact]
    public async Task Show_PolicyOfTheTimeIsKept_SaysWhatTheRuleAllows()
    {
        var rule = _home.Policy.Snapshot.Name; // any: the folder is found by the hash
        Assert.NotEmpty(rule);
        CopyPolicy(Path.Combine(_home.Home.PolicyArchive, _home.Bundle.Hash["sha256:".Length..]));
        _home.Record(_home.Forwarded("1", "GET", "docs.unlisted.example", "/x", "unlisted-read").Select(static record => record with { Session = "s1" }));

        var granted = (await _home.JsonAsync("trace", "show", "s1")).GetProperty("granted")[0];

        Assert.Equal("rule unlisted-read", granted.GetProperty("grant").GetString());
        Assert.Contains("method ", granted.GetProperty("allows").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Show_PolicyHashThatLeadsElsewhere_ReadsNothing()
    {
        _home.Record(_home.Forwarded("1", "GET", "docs.unlisted.example", "/x", "unlisted-read").Select(record => record with { Session = "s1", Bundle = _home.Bundle with { Hash = "sha256:../../policies/default" } }));

        Assert.Equal("", (await _home.JsonAsync("trace", "show", "s1")).GetProperty("granted")[0].GetProperty("allows").GetString());
    }

    [Fact]
    public async Task Show_SessionOfTwoAgents_AsksWhich()
    {
        _home.Record(Call("s1", "1"));
        _home.Record(Call("s1", "2").Select(static record => record with { Agent = "other" }));

        var (exitCode, _, error) = await _home.RunAsync("trace", "show", "s1");

        Assert.Equal(1, exitCode);
        Assert.Contains("builder/s1, other/s1", error, StringComparison.Ordinal);
        Assert.Equal("other", (await _home.JsonAsync("trace", "show", "other/s1")).GetProperty("agent").GetString());
    }

    [Fact]
    public async Task Show_UnknownSession_SaysHowToFindOne()
    {
        var (exitCode, output, error) = await _home.RunAsync("trace", "show", "none");

        Assert.Equal((1, ""), (exitCode, output));
        Assert.Contains("sfw trace list", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Show_MoreStepsThanAsked_KeepsTheLastWithTheirNumbers()
    {
        _home.Record(Enumerable.Range(0, 10).SelectMany(i => Call("s1", $"{i}")));

        var trace = await _home.JsonAsync("trace", "show", "s1", "--last", "3");

        Assert.Equal(17, trace.GetProperty("skipped").GetInt32());
        Assert.Equal([18, 19, 20], trace.GetProperty("steps").EnumerateArray().Select(static step => step.GetProperty("step").GetInt32()));
        Assert.Equal(20, (await _home.JsonAsync("trace", "show", "s1", "--last", "0")).GetProperty("steps").GetArrayLength());
    }

    [Fact]
    public async Task Show_TextOfAnAgent_IsEscaped()
    {
        _home.Record(Call("s1", "1", new AuditTool("\u202eBash\u001b[2J", "allow", "tools-read", 1)));

        var (_, output, _) = await _home.RunAsync("trace", "show", "s1");

        Assert.Contains("\\u{202E}Bash\\u{1B}[2J", output, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain('\u001b', output);
    }

    [Fact]
    public async Task Diff_SameTwice_IsTheSame()
    {
        _home.Record(Call("s1", "1", new AuditTool("Read", "allow", "tools-read", 1)));
        _home.Record(Call("s2", "2", new AuditTool("Read", "allow", "tools-read", 1)));

        var (exitCode, output, _) = await _home.RunAsync("trace", "diff", "s1", "s2", "--json");

        Assert.Equal(0, exitCode);
        using var diff = JsonDocument.Parse(output);
        Assert.All(diff.RootElement.GetProperty("steps").EnumerateArray(), static step => Assert.Equal(" ", step.GetProperty("mark").GetString()));
        Assert.Equal(0, diff.RootElement.GetProperty("only_first").GetArrayLength());
    }

    [Fact]
    public async Task Diff_OneDidMoreAndWasRefusedOtherwise_SaysWhat()
    {
        _home.Record(Call("s1", "1", new AuditTool("Read", "allow", "tools-read", 1), new AuditTool("Bash", "deny", "no-rm", 1)));
        _home.Record(Call("s2", "2", new AuditTool("Read", "allow", "tools-any", 1)));
        _home.Record(Bound("s2", "3"));

        var (exitCode, output, _) = await _home.RunAsync("trace", "diff", "s1", "builder/s2", "--json");

        Assert.Equal(1, exitCode);
        using var diff = JsonDocument.Parse(output);
        Assert.Equal(
            [" POST api.anthropic.com:443/v1/messages", " 200 changed claude-x", "~tool Read", "-tool Bash", "+GET api.github.com:443/user", "+200 forwarded"],
            diff.RootElement.GetProperty("steps").EnumerateArray().Select(static pair =>
                $"{pair.GetProperty("mark")}{(pair.TryGetProperty("first", out var first) ? first : pair.GetProperty("second")).GetProperty("what")}"));
        Assert.Equal(["tool rule tools-read: Read"], Texts("only_first"));
        Assert.Equal(
            ["approval 77: GET api.github.com:443/user", "binding github: api.github.com:443 authorization", "rule listed: GET api.github.com:443/user", "tool rule tools-any: Read"], Texts("only_second"));

        IEnumerable<string?> Texts(string name) => diff.RootElement.GetProperty(name).EnumerateArray().Select(static one => one.GetString());
    }

    [Fact]
    public async Task Diff_SessionsTooLong_AreRefused()
    {
        _home.Record(Call("s1", "1"));
        _home.Record(Enumerable.Range(0, (TraceDiff.MostSteps / 2) + 1).SelectMany(i => Call("s2", $"{i}")));

        var (exitCode, _, error) = await _home.RunAsync("trace", "diff", "s1", "s2");

        Assert.Equal(2, exitCode);
        Assert.Contains("--since", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Label_PutOnAndTakenOff_IsRecordedAndTheLogStaysWhole()
    {
        _home.Record(Call("s1", "1"));

        Assert.Equal(0, (await _home.RunAsync("trace", "label", "s1", "regression", "run:7")).ExitCode);
        Assert.Equal(0, (await _home.RunAsync("trace", "label", "s1", "run:7", "--remove")).ExitCode);

        Assert.Equal(["regression"], (await _home.JsonAsync("trace", "show", "s1")).GetProperty("labels").EnumerateArray().Select(static one => one.GetString()));
        var notes = AuditReader.Read(_home.Home.AuditDirectory).Where(static entry => entry.Record.Type == AuditTypes.Annotated).Select(static entry => entry.Record.Note!).ToList();
        Assert.Equal([("regression", false), ("run:7", false), ("run:7", true)], notes.Select(static note => (note.Label!, note.IsRemoved)));
        Assert.All(notes, static note => Assert.Contains(Environment.UserName, note.By, StringComparison.Ordinal));
        Assert.True(AuditReader.Verify(_home.Home.AuditDirectory).IsWhole);
        Assert.Contains("builder/s1", (await _home.RunAsync("trace", "list", "--label", "regression")).Output, StringComparison.Ordinal);
        Assert.Equal("", (await _home.RunAsync("trace", "list", "--label", "run:7")).Output);
    }

    [Fact]
    public async Task Label_NotAWord_IsRefusedAndNothingIsRecorded()
    {
        _home.Record(Call("s1", "1"));

        var (exitCode, _, error) = await _home.RunAsync("trace", "label", "s1", "two words");

        Assert.Equal(1, exitCode);
        Assert.Contains("A label has", error, StringComparison.Ordinal);
        Assert.DoesNotContain(AuditReader.Read(_home.Home.AuditDirectory), static entry => entry.Record.Type == AuditTypes.Annotated);
    }

    [Fact]
    public async Task Annotate_TextWithARegisteredValue_IsMaskedAndSigned()
    {
        const string Value = "correct-horse-battery-staple-9041";
        _home.Record(Call("s1", "0e"));
        var file = Path.Combine(_home.Home.Root, "value.env");
        await File.WriteAllTextAsync(file, $"db={Value}\n");
        Assert.Equal(0, (await _home.RunAsync("secrets", "import", file)).ExitCode);

        Assert.Equal(0, (await _home.RunAsync("trace", "annotate", "s1", $"It sent {Value} here.", "--about", "0e")).ExitCode);

        var note = (await _home.JsonAsync("trace", "show", "s1")).GetProperty("notes")[0];
        Assert.Equal("It sent SECRET_REF(db) here.", note.GetProperty("text").GetString());
        Assert.Equal("0e", note.GetProperty("about").GetString());
        Assert.Equal(AuditTypes.Checkpoint, AuditReader.ReadLast(_home.Home.AuditDirectory, 1)[0].Record.Type);
    }

    [Fact]
    public async Task Annotate_AboutAnExchangeOfAnotherSession_IsRefused()
    {
        _home.Record(Call("s1", "1"));
        _home.Record(Call("s2", "2"));

        Assert.Equal(1, (await _home.RunAsync("trace", "annotate", "s1", "wrong", "--about", "2")).ExitCode);
    }

    private void CopyPolicy(string to)
    {
        foreach (var file in _home.Policy.Source.Files.Concat(_home.Policy.Source.RuleFiles.Select(static file => new SecretsFirewall.Policy.PolicyFile($"rules/{Path.GetFileName(file.Path)}", file.Content))))
        {
            var path = Path.Combine(to, file.Path);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, file.Content.ToArray());
        }
    }

    private AuditRecord[] Call(string session, string id, params AuditTool[] tools)
    {
        var records = _home.Forwarded(id, "POST", Model, "/v1/messages", "llm-anthropic", tools);
        return
        [
            records[0] with { Session = session },
            records[1] with
            {
                Session = session,
                Verdict = Verdict.Changed,
                RequestBytes = 10,
                ResponseBytes = 20,
                Findings = [new AuditFinding("registry", Carrier.Body, "/messages/0", 1, FindingAction.Mask, "db")],
                Usage = new AuditUsage("anthropic", "claude-x", new TokenUsage(30, 5, 12), false, false),
                Cost = new AuditCost("0.25", "USD"),
            },
        ];
    }

    private IEnumerable<AuditRecord> Bound(string session, string id)
    {
        AuditFinding[] bound = [new AuditFinding("binding", Carrier.HeaderValue, "authorization", 1, FindingAction.Bind, "github")];
        return _home.Forwarded(id, "GET", "api.github.com", "/user", "listed").Select((record, i) => record with
        {
            Session = session,
            Findings = bound,
            Approval = i == 0 ? new AuditApproval("77", new string('a', 64), "cli:root", "admin", null) : null,
        });
    }
}
