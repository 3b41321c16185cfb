using SecretsFirewall.Listener;
using SecretsFirewall.Restraints.Kills;

namespace SecretsFirewall.Admin;

/// <summary>The agents' operations. A token goes out once, in the answer to its creation.</summary>
internal sealed class AgentOperations(AgentDirectory agents, KillSwitch kills)
{
    public void Register(ControlDispatcher dispatcher) => dispatcher
        .Handle(ControlOperations.AgentsAdd, Add)
        .Handle(ControlOperations.AgentsList, List)
        .Handle(ControlOperations.AgentsRemove, Remove);

    private ControlResult<AgentTokenReply> Add(AddAgentRequest request)
    {
        var error = agents.TryAdd(request.Name, request.Level, out var token);
        return error == AgentError.None ? new AgentTokenReply(request.Name, token) : Failure(error);
    }

    private ControlResult<AgentsReply> List(NoContent request) =>
        new AgentsReply([.. agents.List().Select(a =>
        {
            var kill = kills.Current.Find(KillScope.Agent, a.Name);
            return new AgentReply(a.Name, a.Level, a.CreatedAt, kill?.KilledAt, kill?.Reason);
        })]);

    private ControlResult<NoContent> Remove(NameRequest request) => Done(agents.TryRemove(request.Name));

    private static ControlResult<NoContent> Done(AgentError error) => error == AgentError.None ? NoContent.Instance : Failure(error);

    private static ControlFailure Failure(AgentError error) => new(
        error == AgentError.StoreUnavailable ? ControlFailureKind.Unavailable : ControlFailureKind.Refused,
        error.Sentence());
}
