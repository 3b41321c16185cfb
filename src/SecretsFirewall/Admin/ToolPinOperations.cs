using SecretsFirewall.Pins;

namespace SecretsFirewall.Admin;

/// <summary>The descriptions of MCP tools that are known, and those that wait.</summary>
internal sealed class ToolPinOperations(ToolPinBook pins)
{
    public void Register(ControlDispatcher dispatcher) => dispatcher
        .Handle(ControlOperations.McpList, List)
        .Handle(ControlOperations.McpApprove, request => Done(pins.Approve(request.Host.ToLowerInvariant(), request.Tool ?? "")))
        .Handle(ControlOperations.McpForget, request => Done(pins.Forget(request.Host.ToLowerInvariant(), request.Tool)));

    private ControlResult<ToolPinsReply> List(NoContent request) =>
        new ToolPinsReply([.. pins.List().Select(static pin =>
            new ToolPinReply(pin.Destination, pin.Tool, pin.IsPending ? "pending" : "known", pin.Hash, pin.Description, pin.SeenAt))]);

    private static ControlResult<NoContent> Done(PinError error) => error == PinError.None
        ? NoContent.Instance
        : new ControlFailure(error == PinError.StoreUnavailable ? ControlFailureKind.Unavailable : ControlFailureKind.Refused, error.Sentence());
}
