using SecretsFirewall.Admin;
using SecretsFirewall.Cli.Backups;

namespace SecretsFirewall.Cli.State;

/// <summary>The operations that need no listener: the same whether a daemon runs them or a command that holds the lock.</summary>
internal static class StateOperations
{
    public static void RegisterAll(ControlDispatcher dispatcher, FirewallState state)
    {
        new SecretOperations(state.Vault).Register(dispatcher);
        new AgentOperations(state.Agents).Register(dispatcher);
        dispatcher.Handle(ControlOperations.Backup, request => Backup(state, request));
    }

    private static ControlResult<NoContent> Backup(FirewallState state, BackupRequest request) =>
        BackupArchive.Write(state, request.Path) is { } problem
            ? new ControlFailure(ControlFailureKind.Unavailable, problem)
            : NoContent.Instance;
}
