using System.CommandLine;
using System.Globalization;
using SecretsFirewall.Admin;

namespace SecretsFirewall.Cli.Commands;

/// <summary><c>sfw mcp</c>: the tools of MCP servers whose descriptions are pinned.</summary>
internal static class McpCommand
{
    private const int ShownHashDigits = 12;
    private const int ShownCharacters = 60;

    public static Command Create() => new("mcp", """
        The tools of MCP servers, as they described themselves.

        Under a policy that says `"mcp": { "pin": true }`, the first description of a tool is taken as known. When a
        server lists the tool with another one, the tool waits: it is in no list, and its calls are refused, until
        somebody reads the new description and says yes.

        Example:
          sfw mcp list
          sfw mcp approve mcp.example.com read_file
        """)
    {
        List(),
        Change("approve", ControlOperations.McpApprove, "Says yes to the description that waits.", needsTool: true),
        Change("forget", ControlOperations.McpForget, "Forgets a tool, or all of a host: what its server lists next is taken as known.", needsTool: false),
    };

    private static Command List()
    {
        var pending = new Option<bool>("--pending") { Description = "Only those that wait." };
        var json = CommonOptions.Json();
        var command = new Command("list", "Lists the tools that are known, and those that wait. --json has the descriptions whole.") { pending, json };
        command.SetControlAction(context => context.CallAsync(ControlOperations.McpList, NoContent.Instance, reply =>
        {
            reply = new ToolPinsReply([.. reply.Tools.Where(tool => tool.State == "pending" || !context.Parse.GetValue(pending))]);
            if (context.Parse.GetValue(json))
            {
                context.Output.Json(reply, ControlJson.Default.ToolPinsReply);
            }
            else if (reply.Tools.Count == 0)
            {
                context.Output.Note(context.Parse.GetValue(pending)
                    ? "No tool waits."
                    : "No tool is known. Tools are pinned as their servers list them, under a policy that says \"mcp\": { \"pin\": true }.");
            }
            else
            {
                context.Output.Table(
                    ["host", "tool", "state", "since", "hash", "description"],
                    [.. reply.Tools.Select(static tool => (string[])[
                        tool.Host,
                        tool.Tool,
                        tool.State,
                        tool.SeenAt.ToString("u", CultureInfo.InvariantCulture),
                        tool.Hash[..ShownHashDigits],
                        tool.Description.Length <= ShownCharacters ? tool.Description : tool.Description[..ShownCharacters] + "..."])]);
            }

            return ExitCodes.Done;
        }));
        return command;
    }

    private static Command Change(string word, ControlOperation<ToolPinRequest, NoContent> operation, string description, bool needsTool)
    {
        var host = new Argument<string>("HOST") { Description = "The server's host; host:port where the port is not 443." };
        var tool = new Argument<string?>("TOOL") { Description = "The tool's name.", Arity = needsTool ? ArgumentArity.ExactlyOne : ArgumentArity.ZeroOrOne };
        var command = new Command(word, description) { host, tool };
        command.SetControlAction(context => context.CallAsync(
            operation, new ToolPinRequest(context.Parse.GetRequiredValue(host), context.Parse.GetValue(tool)), _ => ExitCodes.Done));
        return command;
    }
}
