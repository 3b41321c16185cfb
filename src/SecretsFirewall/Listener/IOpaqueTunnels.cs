using System.IO.Pipelines;
using SecretsFirewall.Model;

namespace SecretsFirewall.Listener;

/// <summary>The port to whoever knows which tunnels the policy lets pass unread. Nearly none: every other tunnel is intercepted.</summary>
internal interface IOpaqueTunnels
{
    /// <summary>Whether a rule lets this tunnel pass unread now.</summary>
    bool Allows(Tunnel tunnel);

    /// <summary>Carries the bytes until one side ends, the rule does, or the agent is stopped. Asks once more before the first byte leaves.</summary>
    Task CarryAsync(Tunnel tunnel, IDuplexPipe client);
}
