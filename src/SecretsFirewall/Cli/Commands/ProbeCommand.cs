using System.CommandLine;
using SecretsFirewall.Cli.Terminal;

namespace SecretsFirewall.Cli.Commands;

/// <summary><c>sfw probe URL</c>, hidden: fetches an address as any .NET program would, for <c>sfw doctor</c>.</summary>
internal static class ProbeCommand
{
    public static Command Create()
    {
        var url = new Argument<string>("URL");
        var command = new Command("probe", "Fetches an address with the environment's proxy and roots.") { url };
        command.Hidden = true;
        command.SetAction(async (parse, cancellationToken) =>
        {
            var output = Output.Of(parse);
            using var http = new HttpClient();
            try
            {
                output.Line(await http.GetStringAsync(parse.GetRequiredValue(url), cancellationToken));
                return ExitCodes.Done;
            }
            catch (HttpRequestException e)
            {
                return output.Fail(e.HttpRequestError.ToString());
            }
        });
        return command;
    }
}
