using SecretsFirewall.Enforcement;
using SecretsFirewall.Inspection.Detection;
using SecretsFirewall.Inspection.Detection.Rules;
using SecretsFirewall.Inspection.Redaction;
using SecretsFirewall.Model;
using SecretsFirewall.Policy;

namespace SecretsFirewall.Tests.Enforcement;

/// <summary>A stretch that was too much work to read to its end.</summary>
public sealed class UnreadTests
{
    private static readonly Detection Unread = new(0, 4, FindingKind.Unread, "work_budget", default, ValueForm.Plain, 0);

    [Fact]
    public void Explain_UnreadStretch_IsInspectionFailedByItsRule()
    {
        var refusal = Blocking.Explain(Unread);

        Assert.Equal((RefusalCode.InspectionFailed, "work_budget"), (refusal.Code, refusal.Rule));
        Assert.Equal(403, refusal.Status);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Inspect_UnreadStretch_IsRefusedWhateverThePlanAndThePlace(bool isUntouchable)
    {
        var lenient = new RedactionPlan { Registered = FindingAction.Mask, Rule = FindingAction.Pass, Entropy = FindingAction.Pass, Reference = FindingAction.Pass };
        var exchange = Exchange();
        var edits = new List<Splice.Edit>();

        var refusal = new CarrierInspection(exchange, lenient, new Binder(null!, exchange), DetectionSnapshot.Empty).Inspect(
            "text"u8, [Unread], static (_, _) => null, _ => isUntouchable ? FindingAction.Alert : null, static (_, one) => one.Kind is not FindingKind.Unread, static _ => (Carrier.Body, "/a"), edits);

        Assert.Equal(RefusalCode.InspectionFailed, refusal?.Code);
        Assert.Empty(edits);
    }

    [Fact]
    public void IsAtHome_UnreadStretch_IsNeverAtHome() => Assert.False(
        new Audience(Exchange(), new InForce(PolicySnapshot.DenyAll, DetectionSnapshot.Empty, RuleAudiences.None))
            .IsAtHome("text"u8, Unread, AuthenticationPlace.Header));

    private static Exchange Exchange() => new()
    {
        Id = "1",
        StartedAt = DateTimeOffset.UnixEpoch,
        Agent = new AgentIdentity("ada", 1, MayBind: false, "ada"),
        Destination = new Destination("https", "tool.example", 443),
        Target = "/",
    };
}
