using System.CommandLine;
using SecretsFirewall.Cli.Demo;
using SecretsFirewall.Cli.Terminal;

namespace SecretsFirewall.Cli.Commands;

/// <summary><c>sfw demo</c>: the whole way of a secret, on this machine and without a network.</summary>
internal static class DemoCommand
{
    public static Command Create()
    {
        var json = CommonOptions.Json();
        var command = new Command("demo", """
            Shows the firewall at work, without a network.

            Starts a small model and a small tool on loopback, with a CA of their own, and the real firewall in a temporary home.
            An agent sends the model a prompt with a planted secret, and the tool a call with its reference. Shown is what the agent
            sent, what the model received and what the tool received, byte for byte, then the audit. The secret is fake and new each
            time, and your own home is not touched.

            Exit code 0 says that masking and binding were really observed.

            Examples:
              sfw demo
              sfw demo --json | jq .observed
            """)
        { json };
        command.SetAction(async (parse, cancellationToken) =>
        {
            var output = Output.Of(parse);
            var (report, problem) = await DemoRun.RunAsync(cancellationToken);
            if (report is null)
            {
                return output.Fail(problem!.Message, problem.ExitCode);
            }

            if (parse.GetValue(json))
            {
                output.Line(report.ToJson());
            }
            else
            {
                new DemoView(output.Layout(), report).Write();
            }

            return report.Succeeded ? ExitCodes.Done : output.Fail("What the demo should show was not observed.");
        });
        return command;
    }
}
