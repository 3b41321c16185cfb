using SecretsFirewall.Audit;
using SecretsFirewall.Model;

namespace SecretsFirewall.Tests.Audit;

/// <summary>Each cause by itself, in a log that is signed to its end.</summary>
public sealed class TrustSurveyTests : IDisposable
{
    private static readonly AuditRecord Passed = new() { Type = AuditTypes.Outcome, Session = "s", Agent = "a", Verdict = Verdict.Forwarded, Outcome = "allow" };

    private readonly SignedChain _chain = new();

    public void Dispose() => _chain.Dispose();

    public static TheoryData<string> Violations => ["refused", "tool_withheld", "tool_waits", AuditTypes.BypassAttempt, AuditTypes.CanarySighted, AuditTypes.Killed, AuditTypes.RiskRaised, AuditTypes.ProbingSuspected];

    [Fact]
    public void Survey_EverythingAllowed_IsVerified() => Assert.Equal((TrustStatus.Verified, ""), Of(Passed, Passed with { Type = AuditTypes.Intent, Verdict = null }));

    [Theory]
    [MemberData(nameof(Violations))]
    public void Survey_SomethingRefusedOrSeen_IsVerifiedWithViolations(string what) => Assert.Equal((TrustStatus.VerifiedWithViolations, "violation 1"), Of(Passed, what switch
    {
        "refused" => Passed with { Verdict = Verdict.Refused, Outcome = "deny" },
        "tool_withheld" => Passed with { Verdict = Verdict.Changed, Tools = [new AuditTool("Read", "allow", "r", 1), new AuditTool("Bash", "deny", "r", 1)] },
        "tool_waits" => Passed with { Verdict = Verdict.Changed, Tools = [new AuditTool("Bash", "pending", "r", 1)] },
        _ => new AuditRecord { Type = what, Session = "s", Agent = "a" },
    }));

    [Fact]
    public void Survey_OpaqueTunnel_IsUnverified() =>
        Assert.Equal((TrustStatus.Unverified, "opaque_tunnel 1"), Of(Passed, new AuditRecord { Type = AuditTypes.TunnelOpened, Session = "s", Agent = "a", Verdict = Verdict.Unverified }));

    [Fact]
    public void Survey_UnderAPolicyThatObserves_IsUnverified() => Assert.Equal((TrustStatus.Unverified, "observe_mode 1"), Of(Passed, Passed with { Trust = "unverified", Observed = "deny" }));

    [Fact]
    public void Survey_ForwardedAgainstThePolicy_IsUnverified() => Assert.Equal((TrustStatus.Unverified, "observe_mode 1"), Of(Passed with { Outcome = "deny" }));

    [Fact]
    public void Survey_PassedAnOverride_IsUnverified() =>
        Assert.Equal((TrustStatus.Unverified, "overridden 1"), Of(Passed, Passed with { Approval = new AuditApproval("o1", null, "cli:root", "admin", "overridden") }));

    [Fact]
    public void Survey_PassedAnApproval_IsVerified() =>
        Assert.Equal((TrustStatus.Verified, ""), Of(Passed with { Approval = new AuditApproval("q1", new string('a', 64), "cli:root", "admin", null) }));

    [Fact]
    public void Survey_RuleSetAside_LowersTheWholeLog()
    {
        var survey = Survey([new AuditRecord { Type = AuditTypes.OverrideChanged, Agent = "a", Rule = "r", Approval = new AuditApproval("o1", null, "cli:root", "admin", "overridden") }], out var verification);

        Assert.Equal(TrustStatus.Unverified, survey.Everything(verification).Status);
        Assert.Equal([new TrustCause("overridden", 1)], survey.Everything(verification).Causes);
    }

    [Theory]
    [InlineData(AuditTypes.Repaired, "repaired 1")]
    [InlineData(AuditTypes.Resumed, "resumed 1")]
    public void Survey_LogWasMended_IsUnverified(string type, string cause) => Assert.Equal((TrustStatus.Unverified, cause), Of(Passed, new AuditRecord { Type = type, Session = "s", Agent = "a" }));

    [Fact]
    public void Survey_RecordsBehindTheLastCheckpoint_AreUnverified()
    {
        var survey = Survey([Passed, Passed], out var verification);

        var report = survey.Sessions(verification with { SignedThrough = verification.FirstSequence + 1 }).Single();

        Assert.Equal((TrustStatus.Unverified, "missing_checkpoint"), (report.Status, report.Causes.Single().Word));
    }

    [Fact]
    public void Survey_BrokenChain_IsCompromisedWhateverElseIsSo()
    {
        Survey([Passed, Passed with { Verdict = Verdict.Refused, Outcome = "deny" }], out _);
        _chain.Replace(_chain.Lines.Select(static line => line.Replace("\"agent\":\"a\"", "\"agent\":\"b\"", StringComparison.Ordinal)));
        var survey = new TrustSurvey();

        var report = survey.Everything(_chain.Verify(each: survey.See));

        Assert.Equal(TrustStatus.Compromised, report.Status);
        Assert.Contains(report.Causes, static cause => cause.Word == "broken");
    }

    [Fact]
    public void Survey_ManyCauses_AreAllCounted() => Assert.Equal(
        (TrustStatus.Unverified, "observe_mode 2, overridden 1, violation 1"),
        Of(
            Passed with { Trust = "unverified", Verdict = Verdict.Refused, Code = "secret_blocked" },
            Passed with { Trust = "unverified", Approval = new AuditApproval("o1", null, "cli:root", "admin", "overridden") }));

    [Fact]
    public void Survey_TwoAgentsWithOneSession_AreTwoSessions()
    {
        var survey = Survey([Passed, Passed with { Agent = "b", Verdict = Verdict.Refused, Outcome = "deny" }], out var verification);

        Assert.Equal(
            [("a", "s", TrustStatus.Verified), ("b", "s", TrustStatus.VerifiedWithViolations)],
            survey.Sessions(verification).Select(static one => (one.Agent, one.Session, one.Status)));
    }

    [Fact]
    public void Survey_NamesOfAnyLength_AreRead()
    {
        var name = new string('x', 100_000);
        var survey = Survey([Passed with { Agent = name, Session = name }], out var verification);

        Assert.Equal(name, survey.Sessions(verification).Single().Session);
    }

    private (TrustStatus Status, string Causes) Of(params AuditRecord[] records)
    {
        var report = Survey(records, out var verification).Sessions(verification).Single();
        return (report.Status, string.Join(", ", report.Causes.Select(static cause => $"{cause.Word} {cause.Count}")));
    }

    private TrustSurvey Survey(IEnumerable<AuditRecord> records, out AuditVerification verification)
    {
        using (var log = _chain.Open(new AuditOptions { Directory = "" }))
        {
            Assert.All(records, record => Assert.True(log.TryAppend(record)));
        }

        var survey = new TrustSurvey();
        verification = _chain.Verify(each: survey.See);
        Assert.True(verification is { IsWhole: true, Unsigned: 0 }, verification.Break?.ToString());
        return survey;
    }
}
