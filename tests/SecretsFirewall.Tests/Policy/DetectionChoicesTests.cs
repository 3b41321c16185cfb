using SecretsFirewall.Model;
using SecretsFirewall.Policy;

namespace SecretsFirewall.Tests.Policy;

public sealed class DetectionChoicesTests
{
    private static readonly Dictionary<string, FindingKind> Rules = new()
    {
        ["aws-akia"] = FindingKind.Rule,
        ["aws-secret"] = FindingKind.Rule,
        ["github-pat"] = FindingKind.Rule,
        ["npm"] = FindingKind.Rule,
        ["random"] = FindingKind.Entropy,
    };

    [Theory]
    [InlineData("""{ "off": ["githab-pat"] }""", "githab-pat")]
    [InlineData("""{ "on": ["githab-pat"] }""", "githab-pat")]
    [InlineData("""{ "actions": [{ "rules": ["githab-pat"], "action": "pass" }] }""", "githab-pat")]
    [InlineData("""{ "actions": [{ "rules": ["azure-*"], "action": "pass" }] }""", "azure-*")]
    [InlineData("""{ "audience": [{ "rules": ["githab-pat"], "hosts": ["git.example.com"] }] }""", "githab-pat")]
    [InlineData("""{ "ignore": [{ "fingerprint": "auto.githab-pat.01234567", "reason": "r", "expires": "2027-01-31" }] }""", "githab-pat")]
    public void Load_RuleThatIsNotThere_RefusesWithFileAndLine(string detection, string named)
    {
        var error = Assert.Single(Errors(detection));

        Assert.Equal("0.json", error.Path);
        Assert.True(error.Line > 0);
        Assert.Contains($"'{named}'", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{ "off": ["npm"], "on": ["npm"] }""", "on and off")]
    [InlineData("""{ "off": [] }""", "empty")]
    [InlineData("""{ "actions": [{ "rules": ["npm"], "action": "bind" }] }""", "Only references")]
    [InlineData("""{ "actions": [{ "rules": ["npm"], "kinds": [], "action": "pass" }] }""", "empty")]
    [InlineData("""{ "actions": [{ "rules": ["npm"], "action": "allow" }] }""", "one of block, mask, alert, pass, bind")]
    [InlineData("""{ "actions": [{ "rules": ["npm"], "action": "pass", "kind": "llm" }] }""", "Unknown member 'kind'")]
    [InlineData("""{ "audience": [{ "rules": ["npm"], "hosts": ["not a host"] }] }""", "Not a host name")]
    [InlineData("""{ "audience": [{ "rules": ["npm"], "hosts": ["*.com"] }] }""", "too much")]
    [InlineData("""{ "audience": [{ "rules": ["npm"], "hosts": [] }] }""", "empty")]
    [InlineData("""{ "ignore": [{ "fingerprint": "0123", "reason": "r", "expires": "2027-01-31" }] }""", "eight hex digits")]
    [InlineData("""{ "ignore": [{ "fingerprint": "my-token.01234567", "reason": "r", "expires": "2027-01-31" }] }""", "eight hex digits")]
    [InlineData("""{ "ignore": [{ "fingerprint": "01234567", "reason": " ", "expires": "2027-01-31" }] }""", "'reason' is empty")]
    [InlineData("""{ "ignore": [{ "fingerprint": "01234567", "reason": "r" }] }""", "'expires' is missing")]
    public void Load_WhatMeansNothing_IsRefused(string detection, string message) =>
        Assert.Contains(message, Assert.Single(Errors(detection)).Message, StringComparison.Ordinal);

    [Fact]
    public void Load_SeveralFiles_AreJoined()
    {
        var snapshot = PolicyLoader.Load(
            [
                PolicyText.File(PolicyText.Frame(Member("""{ "off": ["npm"] }""")), "a.json"),
                PolicyText.File($$"""{ "schema": "policy/v1", {{Member("""{ "off": ["aws-*"], "on": ["github-pat"] }""")}} }""", "b.json"),
            ],
            out var errors,
            Rules);

        Assert.Empty(errors);
        Assert.Equal(["aws-akia", "aws-secret", "npm"], snapshot!.Detection.Off.Order(StringComparer.Ordinal));
        Assert.Equal(["github-pat"], snapshot.Detection.On);
    }

    [Fact]
    public void Actions_SeveralNameARule_TheStrictestWins()
    {
        var plan = Request("""
            { "actions": [
              { "rules": ["aws-*"], "action": "pass" },
              { "rules": ["aws-akia"], "action": "alert" },
              { "rules": ["*"], "direction": "response", "action": "block" } ] }
            """);

        Assert.Equal(FindingAction.Alert, plan.For(FindingKind.Rule, "aws-akia", default));
        Assert.Equal(FindingAction.Pass, plan.For(FindingKind.Rule, "aws-secret", default));
        Assert.Equal(FindingAction.Mask, plan.For(FindingKind.Rule, "npm", default));
    }

    [Fact]
    public void Actions_ForAKind_LeaveOtherKindsAlone()
    {
        var snapshot = Load("""{ "actions": [{ "rules": ["random"], "kinds": ["llm"], "direction": "request", "action": "block" }] }""");

        var model = snapshot.Decide(PolicyText.Facts() with { TrafficIsLlm = true });
        var other = snapshot.Decide(PolicyText.Facts());

        Assert.Equal(FindingAction.Block, model.RequestPlan.For(FindingKind.Entropy, "random", default));
        Assert.Equal(FindingAction.Alert, model.ResponsePlan.For(FindingKind.Entropy, "random", default));
        Assert.Equal(FindingAction.Alert, other.RequestPlan.For(FindingKind.Entropy, "random", default));
    }

    [Fact]
    public void Actions_ForEveryRule_NeverTouchRegisteredValuesAndWhatWasNotRead()
    {
        var plan = Request("""{ "actions": [{ "rules": ["*"], "action": "pass" }] }""");

        Assert.Equal(FindingAction.Mask, plan.For(FindingKind.Registered, "npm", default));
        Assert.Equal(FindingAction.Block, plan.For(FindingKind.Unread, "npm", default));
    }

    [Fact]
    public void Ignore_ByName_PassesThatFindingUntilItsLastDay()
    {
        var snapshot = Load("""{ "ignore": [{ "fingerprint": "auto.npm.0123abcd", "reason": "A sample.", "expires": "2027-01-31" }] }""");

        Assert.Equal(FindingAction.Pass, At(snapshot, "2027-01-31T23:59:59Z", "npm", "0123abcd"));
        Assert.Equal(FindingAction.Mask, At(snapshot, "2027-02-01T00:00:00Z", "npm", "0123abcd"));
        Assert.Equal(FindingAction.Mask, At(snapshot, "2027-01-31T00:00:00Z", "npm", "0123abce"));
        Assert.Equal(FindingAction.Mask, At(snapshot, "2027-01-31T00:00:00Z", "github-pat", "0123abcd"));
    }

    [Fact]
    public void Ignore_ByTag_PassesTheValueUnderAnyRule()
    {
        var snapshot = Load("""
            { "ignore": [
              { "fingerprint": "0123abcd", "reason": "A sample.", "expires": "2027-01-31" },
              { "fingerprint": "76543210", "reason": "Another.", "expires": "2026-01-31" } ] }
            """);

        Assert.Equal(FindingAction.Pass, At(snapshot, "2026-06-01T00:00:00Z", "github-pat", "0123abcd"));
        Assert.Equal(FindingAction.Mask, At(snapshot, "2026-06-01T00:00:00Z", "github-pat", "76543210"));
        Assert.Equal(FindingAction.Pass, At(snapshot, "2026-01-31T12:00:00Z", "npm", "76543210"));
    }

    [Fact]
    public void Audience_NothingSaid_Passes()
    {
        Assert.True(Load("{ }").Detection.PassesAudience);
        var applied = PolicyLoader.Load(
            [PolicyText.File(PolicyText.Frame("").Replace("\"redaction\": {", "\"redaction\": { \"audience\": \"apply\",", StringComparison.Ordinal))], out var errors, Rules);
        Assert.Empty(errors);
        Assert.False(applied!.Detection.PassesAudience);
    }

    [Fact]
    public void Audience_OfSeveralEntries_IsUnited()
    {
        var audience = Load("""
            { "audience": [
              { "rules": ["npm", "aws-*"], "hosts": ["Packages.example.com"] },
              { "rules": ["npm"], "hosts": ["*.mirror.example.com"] } ] }
            """).Detection.Audience;

        Assert.Equal(["packages.example.com", "*.mirror.example.com"], audience["npm"].AsEnumerable());
        Assert.Equal(["packages.example.com"], audience["aws-akia"].AsEnumerable());
    }

    [Fact]
    public void Cases_WithTheActionOfAFinding_AreAsked()
    {
        Assert.Empty(CaseErrors("""{ "host": "a.example.com", "finding": "npm" }""", """{ "outcome": "deny", "action": "mask" }"""));
        Assert.Empty(CaseErrors("""{ "host": "a.example.com", "finding": "random", "direction": "response" }""", """{ "outcome": "deny", "action": "alert" }"""));
        Assert.Contains("says mask about 'npm'", Assert.Single(CaseErrors("""{ "host": "a.example.com", "finding": "npm" }""", """{ "outcome": "deny", "action": "block" }""")).Message, StringComparison.Ordinal);
        Assert.Contains("go together", Assert.Single(CaseErrors("""{ "host": "a.example.com" }""", """{ "outcome": "deny", "action": "block" }""")).Message, StringComparison.Ordinal);
        Assert.Contains("no detection rule 'nmp'", Assert.Single(CaseErrors("""{ "host": "a.example.com", "finding": "nmp" }""", """{ "outcome": "deny", "action": "block" }""")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Hash_CoversTheRuleFiles()
    {
        PolicyFile[] files = [PolicyText.File(PolicyText.Frame(""))];
        var without = PolicyLoader.Load(files, out _, Rules)!.Hash;
        var with = PolicyLoader.Load(files, out _, Rules, [PolicyText.File("{}", "rules/own.json")])!.Hash;

        Assert.NotEqual(without, with);
        Assert.NotEqual(with, PolicyLoader.Load(files, out _, Rules, [PolicyText.File("{ }", "rules/own.json")])!.Hash);
    }

    [Fact]
    public void Plan_WhereNothingMayBeRewritten_BlocksRegisteredValuesAndTellsEntropy()
    {
        var plan = Request("""{ "actions": [{ "rules": ["random"], "action": "mask" }] }""") with { InsteadOfMask = FindingAction.Block };

        Assert.Equal(FindingAction.Block, plan.For(FindingKind.Registered, "registry", default));
        Assert.Equal(FindingAction.Block, plan.For(FindingKind.Rule, "npm", default));
        Assert.Equal(FindingAction.Alert, plan.For(FindingKind.Entropy, "random", default));
        Assert.Equal(FindingAction.Block, (plan with { InsteadOfMask = FindingAction.Alert }).For(FindingKind.Registered, "registry", default));
    }

    private static string Member(string detection) => $"\"detection\": {detection}";

    private static PolicySnapshot Load(string detection)
    {
        var snapshot = PolicyLoader.Load([PolicyText.File(PolicyText.Frame(Member(detection)))], out var errors, Rules);
        Assert.Empty(errors.Select(error => error.ToString()));
        return snapshot!;
    }

    private static IReadOnlyList<PolicyError> Errors(string detection)
    {
        Assert.Null(PolicyLoader.Load([PolicyText.File(PolicyText.Frame(Member(detection)), "0.json")], out var errors, Rules));
        return errors;
    }

    private static IReadOnlyList<PolicyError> CaseErrors(string facts, string expect)
    {
        PolicyLoader.Load([PolicyText.File(PolicyText.Frame($$"""{{"\"cases\""}}: [{ "name": "c", "facts": {{facts}}, "expect": {{expect}} }]"""))], out var errors, Rules);
        return errors;
    }

    private static RedactionPlan Request(string detection) => Load(detection).Decide(PolicyText.Facts()).RequestPlan;

    private static FindingAction At(PolicySnapshot snapshot, string time, string rule, string tag) =>
        snapshot.Decide(PolicyText.Facts() with { At = DateTimeOffset.Parse(time) }).RequestPlan.For(FindingKind.Rule, rule, SecretName.Create($"auto.{rule}.{tag}"));
}
