using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using SecretsFirewall.Bundles;
using SecretsFirewall.Cli.Terminal;
using SecretsFirewall.Commands;
using SecretsFirewall.Commands.Operations;
using SecretsFirewall.Policy;

namespace SecretsFirewall.Cli.Commands;

/// <summary><c>sfw operations</c>: what a plain HTTP request does at a service that is known, and the table that says so.</summary>
internal static class OperationsCommand
{
    public static Command Create() => new("operations", """
        What a plain HTTP request does at a service that is known, before it is sent, and the table that says so.

        Examples:
          sfw operations classify DELETE https://api.github.com/repos/owner/name
          sfw operations classify POST https://api.github.com/graphql --data '{"query":"mutation { deleteRef(input: {}) { clientMutationId } }"}'
          sfw operations list --family stripe
        """)
    { Classify(), List() };

    private static Command Classify()
    {
        var json = CommonOptions.Json();
        var method = new Argument<string>("METHOD");
        var url = new Argument<string>("URL");
        var target = new Option<string?>("--target") { Description = "The field X-Amz-Target.", HelpName = "NAME" };
        var type = new Option<string?>("--content-type") { Description = "The field Content-Type.", HelpName = "TYPE" };
        var data = new Option<string?>("--data") { Description = "The body; not known where it is not said.", HelpName = "TEXT" };
        var command = new Command("classify", """
            Says the class of a request, and why. Nothing is sent.

            The exit code is 0 for green and yellow, 1 for red, critical red and whatever is external, 2 for a host that the table does not know.
            """)
        { method, url, target, type, data, json };
        command.SetAction(parse =>
        {
            var output = Output.Of(parse);
            if (!Uri.TryCreate(parse.GetRequiredValue(url), UriKind.Absolute, out var uri) || uri.Scheme is not ("https" or "http"))
            {
                return output.Fail($"'{parse.GetRequiredValue(url)}' is no URL. Give it whole: https://host/path?query.", ExitCodes.Broken);
            }

            if (PathRules.IsAmbiguous(uri.AbsolutePath))
            {
                return output.Fail("The path can be read in more than one way. The firewall refuses such a request where a rule rests on its path.");
            }

            var body = parse.GetValue(data);
            var verdict = ShippedCommands.Operations.Classify(new OperationRequest(uri.IdnHost, parse.GetRequiredValue(method), Uri.UnescapeDataString(uri.AbsolutePath), uri.Query.TrimStart('?'))
            {
                Target = parse.GetValue(target),
                ContentType = parse.GetValue(type) ?? (parse.GetValue(target) is null ? null : "application/x-amz-json-1.1"),
                Body = body is not null ? Encoding.UTF8.GetBytes(body) : parse.GetRequiredValue(method) is "GET" or "HEAD" or "OPTIONS" or "DELETE" ? ReadOnlyMemory<byte>.Empty : default(ReadOnlyMemory<byte>?),
            });
            if (verdict is null)
            {
                return output.Fail($"No file of the table knows {uri.IdnHost}. sfw operations list shows the services that it knows.", ExitCodes.Broken);
            }

            var described = new ClassifiedOperation(Word(verdict.Class), verdict.IsExternal, verdict.Family, verdict.Rules, verdict.Effects, verdict.Reason, verdict.NeedsBody);
            if (parse.GetValue(json))
            {
                output.Json(described, OperationsOutputJson.Default.ClassifiedOperation);
            }
            else
            {
                Write(output, described);
            }

            return verdict.Class <= CommandClass.Red || verdict.IsExternal ? ExitCodes.NotDone : ExitCodes.Done;
        });
        return command;
    }

    private static Command List()
    {
        var json = CommonOptions.Json();
        var family = new Option<string?>("--family") { Description = "Only this service.", HelpName = "NAME" };
        var command = new Command("list", "Lists the entries of the table.") { json, family };
        command.SetAction(parse =>
        {
            var output = Output.Of(parse);
            var lines = ShippedCommands.Operations.Entries.Where(entry => parse.GetValue(family) is not { } wanted || entry.Family == wanted)
                .Select(entry => new OperationLine(entry.Id, entry.Family, Word(entry.Class), entry.IsExternal, entry.Shown, entry.Effects, entry.Reason))
                .ToList();
            if (parse.GetValue(json))
            {
                lines.ForEach(line => output.Json(line, OperationsOutputJson.Default.OperationLine));
                return ExitCodes.Done;
            }

            output.Table(
                ["entry", "family", "class", "requests", "reason"],
                [.. lines.Select(line => (string[])[line.Id, line.Family, line.External ? $"{line.Class} external" : line.Class, Short(line.Requests), line.Reason])]);
            output.Note(string.Create(CultureInfo.InvariantCulture, $"{lines.Count} entries."));
            return ExitCodes.Done;
        });
        return command;
    }

    private static void Write(Output output, ClassifiedOperation one)
    {
        var colour = one.Class switch { "green" => TextColour.Green, "yellow" => TextColour.Yellow, _ => TextColour.Red };
        output.Line(output.Paint(one.External ? $"{one.Class}, external" : one.Class, colour));
        output.Line($"{one.Family}: {string.Join(", ", one.Rules)}: {one.Reason}");
        if (one.Effects.Count > 0)
        {
            output.Note($"Effects: {string.Join(", ", one.Effects)}");
        }
    }

    private static string Short(string requests) => requests.Length <= 60 ? requests : requests[..59] + "…";

    private static string Word(CommandClass commandClass) => JsonNamingPolicy.SnakeCaseLower.ConvertName(commandClass.ToString());
}

internal sealed record ClassifiedOperation(
    string Class, bool External, string Family, IReadOnlyList<string> Rules, IReadOnlyList<string> Effects, string Reason, bool NeedsBody);

internal sealed record OperationLine(string Id, string Family, string Class, bool External, string Requests, IReadOnlyList<string> Effects, string Reason);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ClassifiedOperation))]
[JsonSerializable(typeof(OperationLine))]
internal sealed partial class OperationsOutputJson : JsonSerializerContext;
