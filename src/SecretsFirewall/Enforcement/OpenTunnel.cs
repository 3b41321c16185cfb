using SecretsFirewall.Model;

namespace SecretsFirewall.Enforcement;

/// <summary>A tunnel that nobody reads, under way.</summary>
internal sealed class OpenTunnel(Tunnel tunnel, CancellationTokenSource stop) : OpenEntry(tunnel.Agent.Name, tunnel.Agent.Session, tunnel.Agent.Session, tunnel.Host)
{
    public override void Cut(Refusal refusal)
    {
        try
        {
            _ = stop.CancelAsync();
        }
        catch (ObjectDisposedException)
        {
            // It has just ended by itself.
        }
    }
}
