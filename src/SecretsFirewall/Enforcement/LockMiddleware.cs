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

    private static readonly string[] FieldsOfMcp = ["Mcp-Session-Id", "Mcp-Protocol-Version", "Mcp-Method"];

    public Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var exchange = context.Features.GetRequiredFeature<Exchange>();
        return exchange.Refusal is null && sessions.Options.LockMutations && Changes(context.Request, exchange) ? HoldAsync(context, exchange, next) : next(context);
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

    private static bool Changes(HttpRequest request, Exchange exchange) =>
        exchange.Kind is DestinationKind.Tool
        && exchange.Method is "POST" or "PUT" or "PATCH" or "DELETE"
        && !Array.Exists(FieldsOfMcp, request.Headers.ContainsKey)
        && !request.Headers.Accept.Any(static accept => accept?.Contains("text/event-stream", StringComparison.OrdinalIgnoreCase) is true)
        && !GrpcFormat.IsCall(request.ContentType);
}
