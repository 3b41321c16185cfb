using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using SecretsFirewall.Listener;
using SecretsFirewall.Model;

namespace SecretsFirewall.Enforcement;

/// <summary>
/// Refuses whatever a stopped agent asks for. An answer that was under way when it was stopped goes on, a WebSocket does not (<see cref="WebSocketRelay"/>);
/// <see cref="IntentMiddleware"/> asks once more.
/// </summary>
internal sealed class KillMiddleware(AgentDirectory agents)
{
    public Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var exchange = context.Features.GetRequiredFeature<Exchange>();
        if (exchange.Refusal is null && IsKilled(agents, exchange.Agent))
        {
            exchange.Refuse(Killed);
        }

        return next(context);
    }

    public static bool IsKilled(AgentDirectory agents, AgentIdentity agent) => agents.KillOf(agent.Name) is not null;

    /// <summary>The agent is not told why: what gave it away would be known to it.</summary>
    public static Refusal Killed { get; } = new(
        RefusalCode.Killed, "This agent is stopped, and nothing of it is forwarded.", Rule: "kill", Advice: "Only the operator can let it go on, with: sfw agents revive NAME.");
}
