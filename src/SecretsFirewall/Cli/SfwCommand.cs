using System.CommandLine;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using SecretsFirewall.Cli.Commands;

namespace SecretsFirewall.Cli;

/// <summary>The root command: every command is registered here.</summary>
internal static class SfwCommand
{
    // Ctrl-C and SIGTERM cancel; a command that has not ended by then is not waited for.
    private static readonly TimeSpan TerminationTimeout = TimeSpan.FromSeconds(8);

    private const string ListName = "list";

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
            BenchCommand.Create(),
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
        var parsed = Parse(arguments);
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

    private static ParseResult Parse(IReadOnlyList<string> arguments)
    {
        // No response files: an argument such as @name belongs to the command that it was written for.
        var configuration = new ParserConfiguration { ResponseFileTokenReplacer = null };
        var root = Create();
        var parsed = root.Parse(arguments, configuration);
        if (parsed.Action is not ParseErrorAction || !parsed.CommandResult.Command.Subcommands.Any(static command => command.Name == ListName))
        {
            return parsed;
        }

        // What can be listed is listed where nothing else is said: `sfw approvals --json`.
        var words = parsed.Tokens.Select(static token => token.Value).ToList();
        words.Insert(parsed.Tokens.ToList().FindLastIndex(static token => token.Type == TokenType.Command) + 1, ListName);
        return root.Parse(words, configuration) is { Errors: [] } listing ? listing : parsed;
    }
}
