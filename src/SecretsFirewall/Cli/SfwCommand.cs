using System.CommandLine;
using System.CommandLine.Invocation;
using SecretsFirewall.Cli.Commands;

namespace SecretsFirewall.Cli;

/// <summary>The root command: every command is registered here.</summary>
internal static class SfwCommand
{
    // Ctrl-C and SIGTERM cancel; a command that has not ended by then is not waited for.
    private static readonly TimeSpan TerminationTimeout = TimeSpan.FromSeconds(8);

    public static RootCommand Create()
    {
        var root = new RootCommand($"""
            Secrets Firewall: a forward proxy for AI agents. Registered secrets leave this machine only where a binding
            says so; models and everyone else see SECRET_REF(name) in their place.

            Start:
              sfw run                          the firewall, on 127.0.0.1:8888
              sfw secrets add github           register a value
              sfw exec -- claude               any command, behind the firewall

            {ExitCodes.Help}
            """)
        {
            CommonOptions.Home,
            RunCommand.Create(),
            ExecCommand.Create(),
            EnvCommand.Create(),
            StatusCommand.Create(),
            TailCommand.Create(),
            ExplainCommand.Create(),
            TraceCommand.Create(),
            AuditCommand.Create(),
            DoctorCommand.Create(),
            ProbeCommand.Create(),
            LockedCommand.Create(),
            DemoCommand.Create(),
            SelftestCommand.Create(),
            AgentsCommand.Create(),
            UsageCommand.Create(),
            BudgetCommand.Create(),
            KillCommand.Create(),
            KillCommand.CreateUnkill(),
            GateCommand.Create(),
            SessionsCommand.Create(),
            ApprovalsCommand.Create(),
            AdminCommand.Create(),
            SecretsCommand.Create(),
            CaCommand.Create(),
            ScanCommand.Create(),
            RulesCommand.Create(),
            PolicyCommand.Create(),
            KeysCommand.Create(),
            CommandsCommand.Create(),
            McpCommand.Create(),
            OperationsCommand.Create(),
            BackupCommand.CreateBackup(),
            BackupCommand.CreateRestore(),
        };
        TeachingHelp.Install(root);
        return root;
    }

    public static Task<int> RunAsync(IReadOnlyList<string> arguments) => RunAsync(arguments, Console.Out, Console.Error);

    /// <summary>Runs a command in this process; what it writes goes where the caller says.</summary>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, TextWriter output, TextWriter error)
    {
        // No response files: an argument such as @name belongs to the command that it was written for.
        var parsed = Create().Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Action is ParseErrorAction)
        {
            return UsageErrors.Write(parsed, error);
        }

        return await parsed.InvokeAsync(new InvocationConfiguration
        {
            Output = output,
            Error = error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = TerminationTimeout,
        });
    }
}
