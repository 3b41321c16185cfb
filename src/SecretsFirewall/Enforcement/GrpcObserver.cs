using SecretsFirewall.Inspection.Grpc;
using SecretsFirewall.Model;

namespace SecretsFirewall.Enforcement;

/// <summary>Looks into the messages of one leg of a call. What waits for the end of its message counts toward the agent's bytes.</summary>
/// <param name="unreadable">Whose fault it is if it cannot be read.</param>
internal sealed class GrpcObserver(GrpcInspection inspection, RefusalCode unreadable, BufferBudget budget, string agent) : IBodyObserver
{
    // Small messages cost no bookkeeping.
    private const long FreeBytes = 64 * 1024;

    private long _charged;

    public bool CountsBytes => true;

    public long Taken => inspection.BytesIn;

    public long Settled => inspection.Settled;

    public Refusal? Take(ReadOnlySpan<byte> piece) => inspection.Write(piece) ? Charge() : Explain();

    public Refusal? End() => inspection.Complete() ? null : Explain();

    public void Dispose()
    {
        inspection.Dispose();
        budget.GiveBack(agent, _charged);
        _charged = 0;
    }

    private Refusal? Charge()
    {
        var held = Taken - Settled is var waiting and > FreeBytes ? waiting : 0;
        if (held > _charged && budget.Take(agent, held - _charged) is { } full)
        {
            return full;
        }

        if (held < _charged)
        {
            budget.GiveBack(agent, _charged - held);
        }

        _charged = held;
        return null;
    }

    private Refusal Explain() => inspection.Stop switch
    {
        GrpcStop.Finding => Blocking.Explain(inspection.Blocked, "A secret stands in a message of a call, which is never rewritten."),
        GrpcStop.TooLarge => new(
            unreadable is RefusalCode.Uninspectable ? RefusalCode.TooLarge : unreadable,
            "A message of a call is larger than may be read, or decodes to far more than was sent.", Rule: "limits.grpc_message",
            Advice: "The operator can raise limits.grpc_message."),
        _ => new(unreadable, "The body is not made of a call's messages, or one does not decode by the encoding that the head says.", Rule: "grpc"),
    };
}
