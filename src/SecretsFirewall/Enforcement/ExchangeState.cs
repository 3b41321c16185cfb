using SecretsFirewall.Inspection.Detection;
using SecretsFirewall.Inspection.WebSockets;
using SecretsFirewall.Policy;
using SecretsFirewall.Protocols;
using SecretsFirewall.Protocols.Usage;

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

    /// <summary>True once the record of intent is with the kernel.</summary>
    public bool IntentRecorded { get; set; }
}
