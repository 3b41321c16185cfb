using SecretsFirewall.Listener;
using SecretsFirewall.Model;
using SecretsFirewall.Restraints.Gates;
using SecretsFirewall.Restraints.Kills;

namespace SecretsFirewall.Admin;

/// <summary>What is stopped, and what of the gate is open.</summary>
internal sealed class RestraintOperations(KillSwitch kills, CommsGate gate, AgentDirectory agents)
{
    public void Register(ControlDispatcher dispatcher) => dispatcher
        .Handle(ControlOperations.Kill, Kill)
        .Handle(ControlOperations.Unkill, Unkill)
        .Handle(ControlOperations.KillsList, _ => new KillsReply([.. kills.Current.All.Select(static one =>
            new KillReply(one.Scope.Word(), one.Name, one.Subdomains, one.Reason, one.By, one.KilledAt))]))
        .Handle(ControlOperations.GateUnlock, Unlock)
        .Handle(ControlOperations.GateLock, Lock)
        .Handle(ControlOperations.GateList, _ => new GateReply([.. gate.List().Select(static one =>
            new GateUnlockReply(one.Target.Agent, one.Target.What, one.Until, one.Reason, one.By, one.UnlockedAt))]));

    private static ControlFailure NoScope { get; } = new(ControlFailureKind.Malformed, "What is stopped is the system, an agent, a session, a host or a tool.");

    private ControlResult<NoContent> Kill(KillRequest request)
    {
        if (!KillScopes.TryParse(request.Scope, out var scope))
        {
            return NoScope;
        }

        // A name that is misspelt would be taken for a stopped agent.
        return scope is KillScope.Agent && !Exists(request.Name)
            ? new ControlFailure(ControlFailureKind.Refused, AgentError.NotFound.Sentence())
            : Done(kills.TryKill(scope, request.Name, request.Reason, request.By, request.Subdomains));
    }

    private ControlResult<NoContent> Unkill(UnkillRequest request) =>
        KillScopes.TryParse(request.Scope, out var scope) ? Done(kills.TryUnkill(scope, request.Name, request.By)) : NoScope;

    private ControlResult<NoContent> Unlock(GateRequest request)
    {
        if (!Exists(request.Agent))
        {
            return new ControlFailure(ControlFailureKind.Refused, AgentError.NotFound.Sentence());
        }

        return request.Until is { } until
            ? Done(TargetOf(request) is { } target ? gate.TryUnlock(target, until, request.Reason, request.By) : GateError.TargetInvalid)
            : Done(GateError.EndInvalid);
    }

    private ControlResult<NoContent> Lock(GateRequest request) => Done(TargetOf(request) is { } target ? gate.TryLock(target, request.By) : GateError.TargetInvalid);

    private bool Exists(string agent) => agent == AgentIdentity.Local || agents.List().Any(one => one.Name == agent);

    private static GateTarget? TargetOf(GateRequest request) => (request.Destination, request.Tool) switch
    {
        ({ } text, null) => DestinationOf(text) is { } destination ? new GateTarget(request.Agent, destination, null) : null,
        (null, { } tool) => new GateTarget(request.Agent, null, tool),
        _ => null,
    };

    private static Destination? DestinationOf(string text)
    {
        var whole = text.Contains("://", StringComparison.Ordinal) ? text : $"https://{text}";
        return Uri.TryCreate(whole, UriKind.Absolute, out var uri)
            && uri is { Scheme: "https" or "http", PathAndQuery: "/", Fragment: "", UserInfo: "" }
            && HostName.TryNormalise(uri.Host, out var host) is HostNameError.None
                ? new Destination(uri.Scheme, host, uri.Port)
                : null;
    }

    private static ControlResult<NoContent> Done(KillError error) => error is KillError.None
        ? NoContent.Instance
        : new ControlFailure(error is KillError.StoreUnavailable or KillError.NotRemembered or KillError.NotRecorded ? ControlFailureKind.Unavailable : ControlFailureKind.Refused, error.Sentence());

    private static ControlResult<NoContent> Done(GateError error) => error is GateError.None
        ? NoContent.Instance
        : new ControlFailure(error is GateError.StoreUnavailable or GateError.NotRecorded ? ControlFailureKind.Unavailable : ControlFailureKind.Refused, error.Sentence());
}
