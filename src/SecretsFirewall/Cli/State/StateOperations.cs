using SecretsFirewall.Admin;
using SecretsFirewall.Cli.Backups;

namespace SecretsFirewall.Cli.State;

/// <summary>The operations that need no listener: the same whether a daemon runs them or a command that holds the lock.</summary>
internal static class StateOperations
{
    public static void RegisterAll(ControlDispatcher dispatcher, Installation installation)
    {
        new SecretOperations(installation.Vault).Register(dispatcher);
        new AgentOperations(installation.Agents, installation.Kills).Register(dispatcher);
        new RestraintOperations(installation.Kills, installation.Gate, installation.Agents).Register(dispatcher);
        new ToolPinOperations(installation.ToolPins).Register(dispatcher);
        dispatcher.Handle(ControlOperations.Backup, request => Backup(installation, request));
    }

    private static ControlResult<NoContent> Backup(Installation installation, BackupRequest request) =>
        BackupArchive.Write(installation, request.Path) is { } problem
            ? new ControlFailure(ControlFailureKind.Unavailable, problem)
            : NoContent.Instance;
}
