using SecretsFirewall.Audit;
using SecretsFirewall.Inspection.Detection;
using SecretsFirewall.Inspection.WebSockets;
using SecretsFirewall.Policy;
using SecretsFirewall.Protocols;

namespace SecretsFirewall.Enforcement;

/// <summary>
/// What this room knows about one exchange beside its <see cref="Model.Exchange"/>: the snapshots that were in force when it began and stay
/// so until it ends, and what was decided by them.
/// </summary>
internal sealed class ExchangeState(InForce inForce)
{
    public InForce InForce => inForce;

    public PolicySnapshot Policy => inForce.Policy;

    public DetectionSnapshot Detection => inForce.Detection;

    /// <summary>Null until policy was asked: nothing may be forwarded then.</summary>
    public PolicyDecision? Decision { get; set; }

    /// <summary>Null where the policy does not capture.</summary>
    public SessionCapture? Capture { get; set; }

    /// <summary>What policy was told; asked again if the body shows what the head did not.</summary>
    public PolicyFacts? Facts { get; set; }

    /// <summary>By path at first, by the body too once it was read.</summary>
    public RecognisedTraffic Traffic { get; set; } = RecognisedTraffic.Other;

    /// <summary>Set where the answer is looked at for tool calls.</summary>
    public ToolCalls? ToolCalls { get; set; }

    /// <summary>What a WebSocket's upstream agreed to; null if nothing.</summary>
    public PerMessageDeflate? Deflate { get; set; }

    /// <summary>Of git's object names, as the request said: 20 or 32.</summary>
    public int GitHashBytes { get; set; } = 20;

    /// <summary>Set where the action waits for a person; of several decisions the one that needs the highest role.</summary>
    public PolicyDecision? Pending { get; private set; }

    /// <summary>The body of a request that waits; null without one.</summary>
    public WaitingBody? WaitingBody { get; private set; }

    /// <summary>Whom to ask about actions that wait.</summary>
    public ActionApprovals? Approvals { get; init; }

    /// <summary>The question, or the answer by which it goes on, for the records.</summary>
    public AuditApproval? Approval { get; set; }

    /// <summary>A person agreed, and one use of that was taken for this exchange.</summary>
    public bool IsAgreed { get; set; }

    public void WaitFor(PolicyDecision decision) =>
        Pending = Pending is null || ApprovalNeeds.Of(decision).Role > ApprovalNeeds.Of(Pending).Role ? decision : Pending;

    /// <summary>The whole body, decoded, as it is to leave. Costs nothing where nothing waits.</summary>
    public void KeepForApproval(ReadOnlySpan<byte> body) => WaitingBody = Pending is null ? null : WaitingBody.Of(body, Detection);

    /// <summary>True once the record of intent is with the kernel.</summary>
    public bool IntentRecorded { get; set; }
}
