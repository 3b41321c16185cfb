using System.CommandLine;

namespace SecretsFirewall.Cli.Commands;

/// <summary><c>sfw policy</c>: policies as signed bundles, from the first file to the one in force.</summary>
internal static class PolicyCommand
{
    public static Command Create() => new("policy", """
        Policies as signed bundles: one file that holds the rules, who signed them, a version that only counts up, and an end.

        PATH is a bundle or a folder. What decides now, and why it is trusted: `sfw policy status`.

        Examples:
          sfw keys new release && sfw keys trust release
          sfw policy init team && sfw policy test team
          sfw policy build team --out team.bundle && sfw policy sign team.bundle --key release
          sfw policy load team.bundle
        """)
    {
        PolicyInitCommand.Create(),
        PolicyBuildCommand.Create(),
        PolicySignCommand.Create(),
        PolicyVerifyCommand.Create(),
        PolicyInspectCommand.Create(),
        PolicyDiffCommand.Create(),
        PolicyTestCommand.Create(),
        PolicyLintCommand.Create(),
        PolicyExplainCommand.Create(),
        PolicySimulateCommand.Create(),
        PolicySuggestCommand.Create(),
        PolicyLoadCommand.Create(),
        PolicyPullCommand.Create(),
        PolicyRollbackCommand.Create(),
        PolicyResetCommand.Create(),
        PolicyStatusCommand.Create(),
    };
}
