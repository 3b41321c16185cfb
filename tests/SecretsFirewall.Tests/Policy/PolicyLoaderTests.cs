using FsCheck;
using FsCheck.Fluent;
using SecretsFirewall.Policy;

namespace SecretsFirewall.Tests.Policy;

public sealed class PolicyLoaderTests
{
    [Fact]
    public void Load_NoFile_Refuses()
    {
        Assert.Null(PolicyLoader.Load([], out var errors));
        Assert.Single(errors);
    }

    [Fact]
    public void Load_SeveralFaultsInOneFile_ReportsAllWithTheirLines()
    {
        var errors = PolicyText.Errors("""
            {
              "schema": "policy/v1",
              "revision": "three",
              "oops": 1,
              // a comment is fine
              "rules": [
                { "id": "a", "outcome": "alow", "match": { "hots": {} } },
                { "id": "b", "on": "request", "outcome": "allow", "match": {}, "id": "b" },
              ],
            }
            """);

        Assert.Equal(
            [
                "0.json:3: Expected a whole number.",
                "0.json:4: Unknown member 'oops'.",
                "0.json:7: Expected one of deny, pending, steer, allow.",
                "0.json:7: Unknown member 'hots'.",
                "0.json:7: 'on' is missing.",
                "0.json:8: 'id' stands here twice.",
            ],
            errors.Select(error => error.ToString()));
    }

    [Theory]
    [InlineData("{", "Not valid JSON")]
    [InlineData("", "Not valid JSON")]
    [InlineData("[]", "Expected an object")]
    [InlineData("null", "Expected an object")]
    [InlineData("""{ "schema": "policy/v1" } {}""", "Not valid JSON")]
    [InlineData("""{ "schema": null }""", "Expected a text")]
    [InlineData("""{ "schema": "policy/v1", "rules": { } }""", "Expected a list")]
    [InlineData("""{ "schema": "policy/v1", "sets": { "a": ["x"], "a": ["y"] } }""", "stands here twice")]
    [InlineData("""{ "schema": "policy/v1", "Rules": [] }""", "Unknown member")]
    [InlineData("""{ "schema": "policy/v1", "\ud800": [] }""", "half a surrogate pair")]
    [InlineData("""{ "schema": "\ud800" }""", "Expected a text")]
    [InlineData("""{ "schema": "policy/v1", "exceptions": [{ "id": "x", "rule": "r", "match": {}, "expires": "soon", "owner": "o", "reason": "r" }] }""", "Expected a day")]
    public void Load_FileThatIsNotADocument_Refuses(string text, string message) =>
        Assert.Contains(message, Assert.Single(PolicyText.Errors(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void Load_BytesThatAreNotUtf8_Refuses()
    {
        Assert.Null(PolicyLoader.Load([new PolicyFile("a.json", new byte[] { 0x7B, 0xFF, 0x7D })], out var errors));
        Assert.Contains("UTF-8", Assert.Single(errors).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_FaultsInSeveralFiles_ReportsThemByFile()
    {
        var errors = PolicyText.Errors("{", """{ "schema": "policy/v1", "x": 1 }""");

        Assert.Equal(["0.json", "1.json"], errors.Select(error => error.Path));
    }

    [Fact]
    public void Load_NothingThatMustBeSaid_Refuses()
    {
        var errors = PolicyText.Errors("""{ "schema": "policy/v1" }""");

        Assert.Equal(
            ["name", "revision", "defaults", "redaction"],
            errors.Select(error => error.Message.Split('\'')[1]));
    }

    [Theory]
    // What stands in the file beside the frame, and what is wrong with it.
    [InlineData("""{ "schema": "policy/v2" }""", "Only 'policy/v1'")]
    [InlineData("""{ "schema": "policy/v1", "name": "again" }""", "may be said once")]
    [InlineData("""{ "schema": "policy/v1", "sets": { "hosts": [] }, "rules": [RULE({ "host": { "in_set": "hosts" } })] }""", "The list is empty")]
    [InlineData("""{ "schema": "policy/v1", "rules": [RULE({ "host": { "in_set": "nowhere" } })] }""", "There is no set 'nowhere'")]
    [InlineData("""{ "schema": "policy/v1", "rules": [RULE({ "host": {} })] }""", "needs an operator")]
    [InlineData("""{ "schema": "policy/v1", "rules": [RULE({ "port": { "in": [] } })] }""", "The list is empty")]
    [InlineData("""{ "schema": "policy/v1", "rules": [RULE({ "kind": { "in": [] } })] }""", "The list is empty")]
    [InlineData("""{ "schema": "policy/v1", "rules": [RULE({ "agent": { "prefix": "" } })] }""", "an empty one")]
    [InlineData("""{ "schema": "policy/v1", "rules": [RULE({ "path": { "suffix": "" } })] }""", "an empty one")]
    [InlineData("""{ "schema": "policy/v1", "rules": [RULE({ "traffic": {} })] }""", "needs an operator")]
    [InlineData("""{ "schema": "policy/v1", "rules": [RULE({ "any": [] })] }""", "'any' is empty")]
    [InlineData("""{ "schema": "policy/v1", "rules": [RULE({ "not": { "host": { "eq": "a.example" } } })] }""", "never stands over")]
    [InlineData("""{ "schema": "policy/v1", "rules": [RULE({ "not": { "any": [{ "agent": { "eq": "a" } }] } })] }""", "never stands over")]
    [InlineData("""{ "schema": "policy/v1", "rules": [RULE({ "host": { "eq": "a b" } })] }""", "Not a host name")]
    [InlineData("""{ "schema": "policy/v1", "rules": [RULE({ "host": { "under": "com" } })] }""", "top-level domain")]
    [InlineData("""{ "schema": "policy/v1", "rules": [RULE({ "host": { "glob": "*.com" } })] }""", "three labels")]
    [InlineData("""{ "schema": "policy/v1", "rules": [RULE({ "host": { "glob": "api.*.com" } })] }""", "last two labels")]
    [InlineData("""{ "schema": "policy/v1", "destinations": [{ "id": "d", "kind": "tool", "glob": ["*.api.example.com."] }] }""", "three labels")]
    [InlineData("""{ "schema": "policy/v1", "rules": [RULE({ "path": { "prefix": "v1" } })] }""", "begins with '/'")]
    [InlineData("""{ "schema": "policy/v1", "rules": [RULE({ "method": { "exists": true } })] }""", "has a method")]
    [InlineData("""{ "schema": "policy/v1", "rules": [{ "id": "a", "on": "connect", "outcome": "allow", "match": { "path": { "eq": "/" } } }] }""", "not known on connect")]
    [InlineData("""{ "schema": "policy/v1", "rules": [{ "id": "a", "on": "request", "outcome": "deny", "match": {} }] }""", "needs a reason")]
    [InlineData("""{ "schema": "policy/v1", "rules": [{ "id": "a", "on": "connect", "outcome": "pending", "match": {}, "reason": "r" }] }""", "can be carried out")]
    [InlineData("""{ "schema": "policy/v1", "rules": [{ "id": "a", "on": "request", "outcome": "deny", "match": {}, "reason": "r", "approval": {} }] }""", "belongs to a rule with 'outcome': pending")]
    [InlineData("""{ "schema": "policy/v1", "rules": [{ "id": "a", "on": "request", "outcome": "pending", "match": {}, "reason": "r", "approval": { "role": "viewer" } }] }""", "A role that may agree")]
    [InlineData("""{ "schema": "policy/v1", "rules": [{ "id": "a", "on": "request", "outcome": "pending", "match": {}, "reason": "r", "approval": { "role": "boss" } }] }""", "A role that may agree")]
    [InlineData("""{ "schema": "policy/v1", "rules": [{ "id": "a", "on": "request", "outcome": "pending", "match": {}, "reason": "r", "approval": { "ttl": "25h" } }] }""", "A time to live")]
    [InlineData("""{ "schema": "policy/v1", "rules": [{ "id": "a", "on": "request", "outcome": "pending", "match": {}, "reason": "r", "approval": { "ttl": "30s" } }] }""", "A time to live")]
    [InlineData("""{ "schema": "policy/v1", "rules": [{ "id": "a", "on": "request", "outcome": "pending", "match": {}, "reason": "r", "approval": { "hold": 61 } }] }""", "0 to 60 seconds")]
    [InlineData("""{ "schema": "policy/v1", "rules": [{ "id": "a", "on": "request", "outcome": "pending", "match": {}, "reason": "r", "approval": { "headers": ["a b"] } }] }""", "names of header fields")]
    [InlineData("""{ "schema": "policy/v1", "rules": [RULE({}), RULE({})] }""", "'r' is taken")]
    [InlineData("""{ "schema": "policy/v1", "rules": [{ "id": "default", "on": "request", "outcome": "allow", "match": {} }] }""", "where no rule does")]
    [InlineData("""{ "schema": "policy/v1", "rules": [{ "id": "a b", "on": "request", "outcome": "allow", "match": {} }] }""", "Letters, digits")]
    [InlineData("""{ "schema": "policy/v1", "destinations": [{ "id": "d", "kind": "other", "hosts": ["a.example"] }] }""", "no destination lists")]
    [InlineData("""{ "schema": "policy/v1", "destinations": [{ "id": "d", "kind": "tool" }] }""", "needs hosts")]
    [InlineData("""{ "schema": "policy/v1", "destinations": [{ "id": "d", "kind": "tool", "hosts": ["a.example"], "ports": [0] }] }""", "1 to 65535")]
    [InlineData("""{ "schema": "policy/v1", "destinations": [{ "id": "d", "kind": "tool", "hosts": ["a.example"], "scheme": "ftp" }] }""", "'https' or 'http'")]
    [InlineData("""{ "schema": "policy/v1", "destinations": [{ "id": "d", "kind": "tool", "hosts": ["a.example", "A.Example."] }] }""", "listed already")]
    [InlineData("""{ "schema": "policy/v1", "exceptions": [EXCEPTION(nowhere, { "agent": { "eq": "a" } })] }""", "not a rule that refuses")]
    [InlineData("""{ "schema": "policy/v1", "rules": [RULE({})], "exceptions": [EXCEPTION(r, { "agent": { "eq": "a" } })] }""", "not a rule that refuses")]
    [InlineData("""{ "schema": "policy/v1", "cases": [{ "name": "c", "facts": { "host": "a.example" }, "expect": { "outcome": "allow" } }] }""", "the policy says deny by 'default'")]
    [InlineData("""{ "schema": "policy/v1", "cases": [{ "name": "c", "facts": { "host": "a.example" }, "expect": { "outcome": "deny", "rule": "x" } }] }""", "Case 'c'")]
    [InlineData("""{ "schema": "policy/v1", "cases": [{ "name": "c", "facts": { "host": "a.example" }, "expect": { "outcome": "deny", "kind": "llm" } }] }""", "of kind other")]
    public void Load_DocumentThatMeansNothing_Refuses(string text, string message)
    {
        var error = Assert.Single(PolicyText.Errors(PolicyText.Frame(""), Expand(text)));

        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.True(error.Line > 0, "The error has a line.");
    }

    [Fact]
    public void Load_ExceptionWithoutCondition_Refuses()
    {
        var error = Assert.Single(PolicyText.Errors(
            PolicyText.Frame(""),
            Expand("""{ "schema": "policy/v1", "rules": [{ "id": "r", "on": "request", "outcome": "deny", "match": {}, "reason": "r" }], "exceptions": [EXCEPTION(r, {})] }""")));

        Assert.Contains("would remove the rule", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_ConditionsNestedTooDeep_Refuses()
    {
        var match = "{ \"port\": { \"eq\": 443 } }";
        for (var i = 0; i < 7; i++)
        {
            match = $$"""{ "all": [{{match}}] }""";
        }

        var error = Assert.Single(PolicyText.Errors(PolicyText.Frame($"\"rules\": [{PolicyText.Rule(match)}]")));

        Assert.Contains("to a depth of 6", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("registered", "pass")]
    [InlineData("registered", "alert")]
    [InlineData("registered", "bind")]
    [InlineData("rule", "bind")]
    [InlineData("entropy", "bind")]
    [InlineData("reference", "mask")]
    [InlineData("reference", "bind")]
    public void Load_RedactionThatWouldLetSecretsPass_Refuses(string finding, string action)
    {
        var row = PolicyText.Row.Replace($"\"{finding}\": \"{Was(finding)}\"", $"\"{finding}\": \"{action}\"", StringComparison.Ordinal);

        Assert.Equal(8, PolicyText.Errors(PolicyText.Frame("", row)).Count);
    }

    [Fact]
    public void Load_RedactionWithACellLeftOut_Refuses() =>
        Assert.All(
            PolicyText.Errors(PolicyText.Frame("", """{ "registered": "mask", "rule": "mask", "reference": "pass" }""")),
            error => Assert.Equal("'entropy' is missing.", error.Message));

    [Fact]
    public void Load_ShippedPolicyWithAnyByteChanged_LoadsOrRefusesAndNeverThrows()
    {
        var files = Repository.Files("default");
        Check.QuickThrowOnFailure(Prop.ForAll<int, byte>((at, value) =>
        {
            var changed = files.ToList();
            var file = (at & int.MaxValue) % changed.Count;
            var content = changed[file].Content.ToArray();
            content[(at & int.MaxValue) / 7 % content.Length] = value;
            changed[file] = changed[file] with { Content = content };
            return PolicyLoader.Load(changed, out var errors) is null == errors.Count > 0;
        }));
    }

    [Fact]
    public void Load_Hash_IsThatOfTheFilesAndNothingElse()
    {
        var one = PolicyText.File(PolicyText.Frame(""), "a.json");
        var two = PolicyText.File("""{ "schema": "policy/v1" }""", "b.json");

        var hash = PolicyLoader.Load([one, two], out _)!.Hash;

        Assert.StartsWith("sha256:", hash, StringComparison.Ordinal);
        Assert.Equal(hash, PolicyLoader.Load([two, one], out _)!.Hash);
        Assert.NotEqual(hash, PolicyLoader.Load([one, PolicyText.File("""{ "schema":  "policy/v1" }""", "b.json")], out _)!.Hash);
        Assert.NotEqual(hash, PolicyLoader.Load([one, PolicyText.File("""{ "schema": "policy/v1" }""", "c.json")], out _)!.Hash);
    }

    private static string Was(string finding) => finding switch
    {
        "entropy" => "alert",
        "reference" => "pass",
        _ => "mask",
    };

    private static string Expand(string text)
    {
        text = System.Text.RegularExpressions.Regex.Replace(text, @"EXCEPTION\((\w+), (\{.*?\})\)\]", match =>
            $$"""{ "id": "x", "rule": "{{match.Groups[1].Value}}", "match": {{match.Groups[2].Value}}, "expires": "2030-01-01", "owner": "o", "reason": "r" }]""");
        return System.Text.RegularExpressions.Regex.Replace(text, @"RULE\((\{.*?\})\)(?=[\],])", match => PolicyText.Rule(match.Groups[1].Value));
    }
}
