using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using SecretsFirewall.Inspection.Grpc;
using SecretsFirewall.Model;
using SecretsFirewall.Restraints.Sessions;

namespace SecretsFirewall.Enforcement;

/// <summary>
/// While an agent's change of a tool's resource is under way, a second one of the same resource by the same agent is refused. Where one path stands for
/// everything (MCP, gRPC), the path says nothing about what is changed, and nothing is locked.
/// </summary>
internal sealed class LockMiddleware(AgentSessions sessions, ResourceLocks locks)
{
    private const int UsualWaitSeconds = 1;

    public Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var exchange = context.Features.GetRequiredFeature<Exchange>();
        return exchange.Refusal is null && sessions.Options.LockMutations && Changes(context, exchange) ? HoldAsync(context, exchange, next) : next(context);
    }

    private async Task HoldAsync(HttpContext context, Exchange exchange, RequestDelegate next)
    {
        var resource = new Resource(exchange.Agent.Name, exchange.Destination, exchange.Path);
        if (!locks.TryTake(resource, exchange.Id))
        {
            exchange.Refuse(Locked(UsualWaitSeconds));
            await next(context);
            return;
        }

        context.Features.Get<ExchangeState>()?.Changes = resource; // whether another change waits for a person, ApprovalMiddleware asks: by then the request is read

        try
        {
            await next(context);
        }
        finally
        {
            locks.Release(resource, exchange.Id);
        }
    }

    public static Refusal Locked(int seconds) => new(
        RefusalCode.ResourceLocked, "Another change of this resource by the same agent is under way, or waits for a person.", Rule: "session.lock_mutations",
        Advice: "Wait until it has ended, look at what it did, and then decide anew.", RetryAfterSeconds: seconds);

    // What is MCP its body says, which was read by now: fields of the request anybody can add.
    private static bool Changes(HttpContext context, Exchange exchange) =>
        exchange.Kind is DestinationKind.Tool
        && exchange.Method is "POST" or "PUT" or "PATCH" or "DELETE"
        && !ShownTraffic.IsMcp(context.Features.GetRequiredFeature<ExchangeState>().Traffic)
        && !GrpcFormat.IsCall(context.Request.ContentType);
}
