using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using SecretsFirewall.Audit;
using SecretsFirewall.Model;

namespace SecretsFirewall.Tests.Audit;

public sealed class AuditLineTests
{
    private static readonly AuditRecord Full = new()
    {
        Type = AuditTypes.Outcome,
        Exchange = "x1",
        Trace = "00-trace",
        Agent = "ada",
        Session = "ada",
        Direction = "request",
        Destination = new Destination("https", "2001:db8::1", 443),
        Method = "POST",
        Path = "/a\"b\\c\n\u0001\u007f\u0085\u202e€😀\ud800",
        Tool = "run",
        Tools = [new AuditTool("b\u202e\u001b", "deny", "r", 1) { Class = "red", Observed = "deny", Shadow = "s:deny" }, new AuditTool("*", "allow", "r", 7)],
        Class = "Green",
        Outcome = "allow",
        Observed = "deny",
        Shadow = "s:steer",
        Trust = "unverified",
        Verdict = Verdict.UpstreamFailed,
        Status = 502,
        Code = "upstream_timeout",
        Blame = Blame.Upstream,
        Rule = "r",
        Detail = "d",
        Approval = new AuditApproval("q", "f00d", "cli:ada", "owner", "overridden"),
        Bundle = new AuditBundle("default", 3, "sha256:00"),
        Findings = [new AuditFinding("registry", Carrier.HeaderValue, "Authorization", 2, FindingAction.Bind, "github", "f00d"), new AuditFinding("entropy", Carrier.Body, "@12", 1, FindingAction.Alert)],
        RequestBytes = 1,
        ResponseBytes = long.MaxValue >> 11,
        Usage = new AuditUsage("openai", "m", new TokenUsage(1, 2, 3, 4, 5), IsEstimated: true, IsSuspect: true),
        Cost = AuditCost.Unpriced,
        Checkpoint = new AuditCheckpoint(6, AuditChain.Start, 6, "k", "s"),
        Key = new AuditKey("k", "p", "before", "s"),
        Removed = new AuditRemoval(1, 5, AuditChain.Start, 2, "audit.keep"),
        TimingsUs = new Dictionary<string, long> { ["total"] = 3, ["Upstream"] = 1, ["mask"] = 2 },
    };

    [Fact]
    public void Write_AnyRecord_IsTheCanonicalJsonWithTheHashAtItsPlace()
    {
        var line = Write(Full, out var hash);

        using var document = JsonDocument.Parse(line);
        Assert.Equal(document.RootElement.EnumerateObject().Select(static m => m.Name).Order(StringComparer.Ordinal), document.RootElement.EnumerateObject().Select(static m => m.Name));
        using var canonical = new CanonicalJsonWriter();
        Assert.True(CanonicalJson.TryWrite(canonical, document.RootElement, omit: "hash"));
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(canonical.Written)), hash);
        Assert.Equal(hash, document.RootElement.GetProperty("hash").GetString());
    }

    [Fact]
    public void ChainLine_AnyRecord_IsReadAsTheLogSpellsIt()
    {
        var line = new ChainLine();

        Assert.Equal(AuditBreakReason.None, line.Read(Encoding.UTF8.GetBytes(Write(Full, out _).TrimEnd())));
        Assert.Equal("unverified", Encoding.ASCII.GetString(line.Trust.Span));
    }

    [Fact]
    public void Write_WhatTheAgentWrote_LeavesVisibleAsciiAndOneLineFeed()
    {
        var line = Write(Full, out _);

        Assert.Equal('\n', line[^1]);
        Assert.All(line[..^1], static c => Assert.InRange(c, ' ', '~'));
    }

    [Fact]
    public void Read_WrittenRecord_IsTheSame()
    {
        using var scratch = new CanonicalJsonWriter();
        var line = Write(Full, out var hash).TrimEnd();

        Assert.Equal(AuditBreakReason.None, AuditEntry.Read(Encoding.UTF8.GetBytes(line), scratch, out var entry));

        Assert.Equal((7, hash, line), (entry!.Sequence, entry.Hash, entry.Line));
        Assert.Equal(Full.Path!.Replace('\ud800', '\ufffd'), entry.Record.Path);
        Assert.Equal(Full.Findings, entry.Record.Findings);
        Assert.Equal(Full.Tools, entry.Record.Tools);
        Assert.Equal(Full.TimingsUs.OrderBy(static t => t.Key), entry.Record.TimingsUs.OrderBy(static t => t.Key));
        Assert.Equal(
            Full with { Path = null, Findings = [], Tools = [], TimingsUs = entry.Record.TimingsUs },
            entry.Record with { Path = null, Findings = [], Tools = [] });
    }

    [Fact]
    public void Write_Destination_AlwaysHasItsPort() =>
        Assert.Contains("\"destination\":\"https://[2001:db8::1]:443\"", Write(Full, out _), StringComparison.Ordinal);

    [Fact]
    public void Write_NothingButAType_HasNoEmptyMembers()
    {
        var line = Write(new AuditRecord { Type = AuditTypes.Stopped }, out var hash);

        Assert.Equal(
            $$"""{"findings":[],"hash":"{{hash}}","prev":"{{AuditChain.Start}}","seq":7,"ts":"2026-06-01T12:00:00.000000Z","type":"stopped","v":1}""" + "\n",
            line);
    }

    // RFC 8785 sections 3.2.2.2 and 3.2.3.
    [Theory]
    [InlineData("""{"b":1,"a":[true,false,null],"\u20ac":"x","A":-5}""", """{"A":-5,"a":[true,false,null],"b":1,"€":"x"}""")]
    [InlineData("""{"string":"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/"}""", """{"string":"€$\u000f\nA'B\"\\\\\"/"}""")]
    [InlineData("""{"\ud83d\ude00":1,"\ufb33":2}""", "{\"\ud83d\ude00\":1,\"\ufb33\":2}")]
    public void CanonicalJson_Examples_AsTheRfcHasThem(string json, string canonical)
    {
        using var writer = new CanonicalJsonWriter();
        using var document = JsonDocument.Parse(json);

        Assert.True(CanonicalJson.TryWrite(writer, document.RootElement));
        Assert.Equal(canonical, Encoding.UTF8.GetString(writer.Written));
    }

    [Theory]
    [InlineData("1.5")]
    [InlineData("1e400")]
    [InlineData("9007199254740993")]
    [InlineData("""{"a":1,"a":2}""")]
    public void CanonicalJson_WhatNoRecordHolds_IsRefused(string json)
    {
        using var writer = new CanonicalJsonWriter();
        using var document = JsonDocument.Parse(json);

        Assert.False(CanonicalJson.TryWrite(writer, document.RootElement));
    }

    [Fact]
    public void Aggregate_EqualFindings_AreCounted()
    {
        var finding = new Finding(FindingKind.Registered, "registry", SecretName.Create("github"), Carrier.Body, "/messages/0", FindingAction.Mask);

        Assert.Equal(
            [new AuditFinding("registry", Carrier.Body, "/messages/0", 3, FindingAction.Mask, "github"), new AuditFinding("registry", Carrier.Body, "/x", 1, FindingAction.Mask, "github")],
            AuditFinding.Aggregate([finding, finding, finding with { Location = "/x" }, finding]));
    }

    [Fact]
    public void Aggregate_AThousandPlaces_KeepsTheCountAndFewPlaces()
    {
        var findings = Enumerable.Range(0, 1000)
            .Select(static i => new Finding(FindingKind.Registered, "registry", SecretName.Create($"made-up-{i}"), Carrier.Body, $"@{i}", FindingAction.Mask))
            .ToList();

        var aggregated = AuditFinding.Aggregate(findings);

        Assert.Equal((33, 1000, "*"), (aggregated.Count, aggregated.Sum(static f => f.Count), aggregated[^1].Location));
    }

    [Theory]
    [InlineData("plain text, with signs!", "plain text, with signs!")]
    [InlineData("\u001b[31mred\r\n\u0000\u007f", "\\u{1b}[31mred\\u{d}\\u{a}\\u{0}\\u{7f}")]
    [InlineData("\u009b2J", "\\u{9b}2J")]
    [InlineData("a\u202eb\u2066c\u200fd\u200be\u2028f", "a\\u{202e}b\\u{2066}c\\u{200f}d\\u{200b}e\\u{2028}f")]
    [InlineData("\U000E0041", "\\u{e0041}")]
    [InlineData("zażółć 😀", "zażółć 😀")]
    [InlineData("\\u{1b}", "\\u{5c}u{1b}")]
    [InlineData("a\\b", "a\\b")]
    public void Escape_Text_ShowsWhatWouldHide(string text, string shown) => Assert.Equal(shown, TerminalText.Escape(text));

    private static string Write(AuditRecord record, out string hash)
    {
        using var writer = new AuditLineWriter();
        return Encoding.UTF8.GetString(writer.Write(record, new ChainLink(7, new FakeTime().GetUtcNow(), AuditChain.Start), out hash).Span);
    }
}
