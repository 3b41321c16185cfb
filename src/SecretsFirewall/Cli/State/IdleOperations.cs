using SecretsFirewall.Admin;
using SecretsFirewall.Storage;

namespace SecretsFirewall.Cli.State;

/// <summary>What a command answers itself while no firewall runs.</summary>
internal sealed class IdleOperations(Installation installation, FirewallOptions options)
{
    public void Register(ControlDispatcher dispatcher)
    {
        dispatcher.Handle(ControlOperations.Status, _ => Status());
        new CaptureOperations(null, installation.Vault).Register(dispatcher);
    }

    private ControlResult<StatusReply> Status() => new StatusReply(
        Version: AdminServer.Version,
        ProcessId: null,
        StartedAt: null,
        Home: installation.Home.Root,
        Proxy: null,
        Admin: null,
        Policy: new PolicyReply(options.Policy, 0, ""),
        Agents: installation.Agents.List().Count,
        Secrets: installation.Vault.Count,
        Sessions: 0,
        CaExpires: installation.Authority.NotAfter,
        Storage: SqliteLibrary.Description,
        Notes: ["The firewall does not run; start it with `sfw run`."]);
}
