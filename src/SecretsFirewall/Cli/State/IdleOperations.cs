using SecretsFirewall.Admin;
using SecretsFirewall.Storage;

namespace SecretsFirewall.Cli.State;

/// <summary>What a command answers itself while no firewall runs.</summary>
internal sealed class IdleOperations(FirewallState state, FirewallOptions options)
{
    public void Register(ControlDispatcher dispatcher) => dispatcher.Handle(ControlOperations.Status, _ => Status());

    private ControlResult<StatusReply> Status() => new StatusReply(
        Version: AdminServer.Version,
        ProcessId: null,
        StartedAt: null,
        Home: state.Home.Root,
        Proxy: null,
        Admin: null,
        Policy: new PolicyReply(options.Policy, 0, ""),
        Agents: state.Agents.List().Count,
        Secrets: state.Vault.Count,
        Sessions: 0,
        CaExpires: state.Ca.NotAfter,
        Storage: SqliteLibrary.Description,
        Notes: ["The firewall does not run; start it with `sfw run`."]);
}
