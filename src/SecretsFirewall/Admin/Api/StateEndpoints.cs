using System.Text.Json;
using SecretsFirewall.Model;

namespace SecretsFirewall.Admin.Api;

/// <summary>Operations of the control socket, as they are: status, policy and agents.</summary>
internal sealed class StateEndpoints(ControlDispatcher dispatcher)
{
    public IEnumerable<ApiRoute> Routes() =>
    [
        new("GET", "/v1/status", ApproverRole.Viewer, call => AskAsync(call, ControlOperations.Status, NoContent.Instance))
        {
            Summary = "As sfw status.", Response = ControlJson.Default.StatusReply,
        },
        new("GET", "/v1/policy", ApproverRole.Viewer, call => AskAsync(call, ControlOperations.PolicyStatus, NoContent.Instance))
        {
            Summary = "Which policy is in force, and why it is trusted.", Response = ControlJson.Default.PolicyStatusReply,
        },
        new("GET", "/v1/agents", ApproverRole.Viewer, call => AskAsync(call, ControlOperations.AgentsList, NoContent.Instance))
        {
            Summary = "The agents, and which are stopped.", Response = ControlJson.Default.AgentsReply,
        },
        new("POST", "/v1/agents/{name}/kill", ApproverRole.Operator, call => AskAsync(call, ControlOperations.Kill, new KillRequest("agent", call.Name, false, "", call.Caller.Name)))
        {
            Summary = "Stops an agent; what waits of it is taken back.", Response = ControlJson.Default.NoContent, Problems = [422],
        },
        new("POST", "/v1/agents/{name}/revive", ApproverRole.Operator, call => AskAsync(call, ControlOperations.Unkill, new UnkillRequest("agent", call.Name, call.Caller.Name)))
        {
            Summary = "Lets a stopped agent go on.", Response = ControlJson.Default.NoContent, Problems = [422],
        },
    ];

    private async Task AskAsync<TRequest, TResponse>(ApiCall call, ControlOperation<TRequest, TResponse> operation, TRequest request)
    {
        var reply = await dispatcher.DispatchAsync(operation.Name, JsonSerializer.SerializeToUtf8Bytes(request, operation.Request), call.Aborted);
        if (reply.Done)
        {
            call.Context.Response.ContentType = "application/json";
            await call.Context.Response.Body.WriteAsync(reply.Json, call.Aborted);
            return;
        }

        var failure = JsonSerializer.Deserialize(reply.Json, ControlJson.Default.FailureReply)!;
        await call.FailAsync(new ControlFailure(failure.Kind, failure.Message));
    }
}
