using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using SecretsFirewall.Audit;
using SecretsFirewall.Audit.Formats;
using SecretsFirewall.Model;

namespace SecretsFirewall.Tests.Audit;

public sealed class AuditFormatTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Ocsf_RefusedExchange_IsAnHttpActivityThatWasBlocked()
    {
        using var json = JsonDocument.Parse(AuditFormats.Line(AuditFormat.Ocsf, Written(Outcome)));

        var root = json.RootElement;
        Assert.Equal((4002, 4, 6, 400206), (Number("class_uid"), Number("category_uid"), Number("activity_id"), Number("type_uid")));
        Assert.Equal((2, 2, 2), (Number("action_id"), Number("disposition_id"), Number("status_id")));
        Assert.Equal(4, Number("severity_id")); // a value was blocked
        Assert.Equal("api.example.com", root.GetProperty("http_request").GetProperty("url").GetProperty("hostname").GetString());
        Assert.Equal(403, root.GetProperty("http_response").GetProperty("code").GetInt32());
        Assert.Equal("1.3.0", root.GetProperty("metadata").GetProperty("version").GetString());
        Assert.Equal("builder", root.GetProperty("actor").GetProperty("user").GetProperty("name").GetString());
        Assert.Equal("registry", root.GetProperty("unmapped").GetProperty("findings")[0].GetProperty("rule").GetString());

        int Number(string name) => root.GetProperty(name).GetInt32();
    }

    [Theory]
    [InlineData(AuditTypes.Started, 600203)]
    [InlineData(AuditTypes.Stopped, 600204)]
    [InlineData(AuditTypes.CanarySighted, 200401)]
    [InlineData(AuditTypes.PolicyLoaded, 99)]
    public void Ocsf_OtherEvents_HaveTheirClass(string type, int uid)
    {
        using var json = JsonDocument.Parse(AuditFormats.Line(AuditFormat.Ocsf, Written(new AuditRecord { Type = type })));

        Assert.Equal(uid, json.RootElement.GetProperty("type_uid").GetInt32());
    }

    [Fact]
    public void Cef_SpecialCharacters_AreEscapedSoThatNoFieldEndsEarly()
    {
        var line = AuditFormats.Line(AuditFormat.Cef, Written(Outcome with { Path = "/a=b|c\\d", Detail = "two\nlines src=1.2.3.4" }));

        Assert.StartsWith("CEF:0|Secrets Firewall|sfw|1|outcome.secret_blocked|outcome refused|8|rt=", line, StringComparison.Ordinal);
        Assert.Contains(" request=https://api.example.com:443/a\\=b|c\\\\d act=refused ", line, StringComparison.Ordinal);
        Assert.Contains(" msg=two\\nlines src\\=1.2.3.4 cs1Label=rule cs1=secrets ", line, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', line);
    }

    [Fact]
    public void Recorded_RecordsThatWereNotTaken_AreNotTold()
    {
        var told = new List<string>();
        var log = AuditLog.Open(new AuditOptions { Directory = _folder["audit"] }, TimeProvider.System, NullLogger.Instance);
        log.Recorded += record => told.Add(record.Type);

        log.TryAppend(new AuditRecord { Type = AuditTypes.Started });
        log.Dispose();
        log.TryAppend(new AuditRecord { Type = AuditTypes.Stopped });

        Assert.Equal([AuditTypes.Started], told);
    }

    private static AuditRecord Outcome => new()
    {
        Type = AuditTypes.Outcome,
        Exchange = "e1",
        Agent = "builder",
        Destination = new Destination("https", "api.example.com", 443),
        Method = "POST",
        Path = "/v1",
        Verdict = Verdict.Refused,
        Status = 403,
        Code = "secret_blocked",
        Rule = "secrets",
        Findings = [new AuditFinding("registry", Carrier.Body, "/a", 2, FindingAction.Block)],
        RequestBytes = 10,
        ResponseBytes = 20,
        TimingsUs = new Dictionary<string, long> { ["total"] = 5000 },
    };

    private AuditEntry Written(AuditRecord record)
    {
        using (var log = AuditLog.Open(new AuditOptions { Directory = _folder["audit"] }, TimeProvider.System, NullLogger.Instance))
        {
            Assert.True(log.TryAppend(record));
        }

        return AuditReader.Read(_folder["audit"]).Last();
    }
}
