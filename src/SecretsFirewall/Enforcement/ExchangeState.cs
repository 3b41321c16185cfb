using SecretsFirewall.Approvals;
using SecretsFirewall.Audit;
using SecretsFirewall.Inspection.Detection;
using SecretsFirewall.Inspection.WebSockets;
using SecretsFirewall.Policy;
using SecretsFirewall.Protocols;
using SecretsFirewall.Protocols.Usage;
using SecretsFirewall.Restraints.Gates;
using SecretsFirewall.Restraints.Kills;

namespace SecretsFirewall.Enforcement;

/// <summary>
/// What this room knows about one exchange beside its <see cref="Model.Exchange"/>: the snapshots that were in force when it began and stay
/// so until it ends, and what was decided by them.
/// </summary>
internal sealed class ExchangeState(InForce inForce)
{
    private RecordedTools? _tools;

    public InForce InForce => inForce;

    public PolicySnapshot Policy => inForce.Policy;

    public DetectionSnapshot Detection => inForce.Detection;

    /// <summary>How this exchange is known among what is under way; null where it was refused before.</summary>
    public OpenExchange? Open { get; init; }

    /// <summary>What is stopped; asked again for every tool call.</summary>
    public required KillSwitch Kills { get; init; }

    /// <summary>What of the gate before external communication is open.</summary>
    public required CommsGate Gate { get; init; }

    /// <summary>The policy that the session began with, where it is held to it; null otherwise.</summary>
    public PolicySnapshot? Pinned { get; set; }

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

    /// <summary>What was decided about MCP messages, and about tools that are listed or offered.</summary>
    public RecordedTools Tools => _tools ??= new RecordedTools();

    /// <summary>Null where nothing was decided.</summary>
    public RecordedTools? DecidedTools => _tools;

    /// <summary>What the request's body says of the model call that it asks for; null where it is none, or was not read.</summary>
    public RequestFigures? Figures { get; set; }

    /// <summary>Set where a model is to answer: what it comes to is counted.</summary>
    public CallMetering? Metering { get; set; }

    /// <summary>The same for a WebSocket to a model.</summary>
    public SocketMetering? SocketMetering { get; set; }

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

    /// <summary>The answer of which one use was taken for this exchange; null where nobody agreed.</summary>
    public ApprovalRequest? Agreed { get; set; }

    public void WaitFor(PolicyDecision decision) =>
        Pending = Pending is null || ApprovalNeeds.Of(decision).Role > ApprovalNeeds.Of(Pending).Role ? decision : Pending;

    /// <summary>The whole body, decoded, as it is to leave. Costs nothing where nothing waits.</summary>
    public void KeepForApproval(ReadOnlySpan<byte> body) => WaitingBody = Pending is null ? null : WaitingBody.Of(body, Detection);

    /// <summary>True once the record of intent is with the kernel.</summary>
    public bool IntentRecorded { get; set; }

    /// <summary>How long it took until the request could leave: everything that is asked and read before.</summary>
    public TimeSpan DecidedIn { get; set; }

    /// <summary>
    /// What the policy in force says; of a session that is held to the one that it began with, the stricter of both. So nothing that was allowed once
    /// outlives a refusal, an expiry or a revocation.
    /// </summary>
    public PolicyDecision Decide(PolicyFacts facts)
    {
        var decision = Strictest(facts, []);
        return Approvals?.SetAside(decision, facts, this) ?? decision;
    }

    /// <param name="setAside">Ids of rules that allow what they would refuse; all others hold.</param>
    public PolicyDecision Strictest(PolicyFacts facts, IReadOnlyList<string> setAside)
    {
        facts = IsGateOpen(facts) ? facts with { GateOpen = true } : facts;
        var now = Policy.Decide(facts, setAside);
        if (Pinned is not { } pinned || ReferenceEquals(pinned, Policy))
        {
            return now;
        }

        var then = pinned.Decide(facts, setAside);
        return (then.Outcome < now.Outcome ? then : now) with
        {
            Kind = now.Kind,
            Provider = now.Provider,
            Opaque = now.Opaque,
            RequestPlan = now.RequestPlan,
            ResponsePlan = now.ResponsePlan,
            AllowPrivate = now.AllowPrivate && then.AllowPrivate,
            PathUndecided = now.PathUndecided || then.PathUndecided,
            RestsOnMethod = now.RestsOnMethod || then.RestsOnMethod,
        };
    }

    /// <summary>Whether the gate is open for what these facts are about: a call's tool, else the destination. The one place where it is asked.</summary>
    public bool IsGateOpen(PolicyFacts facts) =>
        facts.Tool is { } tool ? Gate.IsOpen(facts.Agent, tool, facts.At) : Gate.IsOpen(facts.Agent, facts.Destination, facts.At);
}
