using SecretsFirewall.Restraints.Sessions;

namespace SecretsFirewall.Admin;

/// <summary>What agents' sessions have done, and their end.</summary>
/// <param name="sessions">Null where no firewall runs: they live in a running one alone.</param>
/// <param name="shown">Makes a host's name fit to be shown: an agent can write a value into one.</param>
internal sealed class AgentSessionOperations(AgentSessions? sessions, Func<string, string> shown)
{
    public void Register(ControlDispatcher dispatcher) => dispatcher
        .Handle(ControlOperations.AgentSessionsList, List)
        .Handle(ControlOperations.AgentSessionsEnd, End);

    private static ControlFailure NotRunning { get; } = new(
        ControlFailureKind.Refused, "The firewall does not run, and sessions live in a running one alone. Start it with: sfw run");

    private ControlResult<AgentSessionsReply> List(NoContent request) => sessions is null
        ? NotRunning
        : new AgentSessionsReply([.. sessions.List().Select(one => new AgentSessionReply(
            one.Session is null ? one.Agent : $"{one.Agent}/{one.Session}",
            one.Agent,
            one.Session,
            one.StartedAt,
            one.LastAt,
            one.Open,
            one.Requests,
            one.RequestBytes,
            one.ResponseBytes,
            one.Tokens,
            one.Cost,
            [.. one.Hosts.Select(shown)],
            one.Risk,
            [.. one.Signals.Select(static signal => new RiskSignalReply(signal.Id, signal.Weight, signal.Count, signal.FirstAt))],
            one.Pinned))]);

    private ControlResult<NoContent> End(EndSessionRequest request)
    {
        if (sessions is null)
        {
            return NotRunning;
        }

        // No agent's name has a slash in it.
        var slash = request.Id.IndexOf('/', StringComparison.Ordinal);
        return sessions.TryEnd(slash < 0 ? request.Id : request.Id[..slash], slash < 0 ? null : request.Id[(slash + 1)..], request.By) switch
        {
            true => NoContent.Instance,
            false => new ControlFailure(ControlFailureKind.Refused, "There is no such session. What there is: sfw sessions"),
            null => new ControlFailure(ControlFailureKind.Unavailable, "The audit log cannot be written, so nothing is ended."),
        };
    }
}
