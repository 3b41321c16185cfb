using System.CommandLine;
using System.Security.Cryptography;
using SecretsFirewall.Admin;

namespace SecretsFirewall.Cli.Commands;

/// <summary><c>sfw secrets import</c>: a whole <c>.env</c> file at once.</summary>
internal static class SecretsImportCommand
{
    public static Command Create()
    {
        var file = new Argument<string>("FILE") { Description = "The .env file; - for standard input." };
        var prefix = new Option<string>("--prefix") { Description = "Put this before every name.", DefaultValueFactory = _ => "", HelpName = "TEXT" };
        var weak = new Option<bool>("--weak") { Description = "Take values although they could be guessed." };
        var json = CommonOptions.Json();
        var command = new Command("import", """
            Registers every value of a .env file under its key.

            Lines whose value is too short or can be guessed (ports, flags, host names) are left out and named;
            that is usually right: they are settings, not secrets. The exit code is 1 if nothing was taken.

            Example:
              sfw secrets import .env --prefix shop.
            """)
        { file, prefix, weak, json };
        command.SetControlAction(async context =>
        {
            var path = context.Parse.GetRequiredValue(file);
            byte[] content;
            try
            {
                content = path == "-" ? await ReadStandardInputAsync(context.Cancellation) : await File.ReadAllBytesAsync(path, context.Cancellation);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return context.Output.Fail("The file cannot be read. Check its name and its mode.", ExitCodes.Broken);
            }

            try
            {
                var request = new ImportRequest(content, context.Parse.GetValue(prefix) ?? "", context.Parse.GetValue(weak));
                return await context.CallAsync(ControlOperations.SecretsImport, request, reply => Show(context, reply, context.Parse.GetValue(json)));
            }
            finally
            {
                CryptographicOperations.ZeroMemory(content);
            }
        });
        return command;
    }

    private static int Show(ControlContext context, ImportReply reply, bool asJson)
    {
        var taken = reply.Lines.Count(l => l.Error is null);
        if (asJson)
        {
            context.Output.Json(reply, ControlJson.Default.ImportReply);
        }
        else
        {
            foreach (var line in reply.Lines)
            {
                context.Output.Line(line.Error is null ? $"{line.Name}: registered" : $"line {line.Line}{(line.Name.Length > 0 ? $", {line.Name}" : "")}: left out: {line.Error}");
            }

            context.Output.Note($"{taken} registered, {reply.Lines.Count - taken} left out.");
        }

        return taken > 0 ? ExitCodes.Done : ExitCodes.NotDone;
    }

    private static async Task<byte[]> ReadStandardInputAsync(CancellationToken cancellationToken)
    {
        await using var input = Console.OpenStandardInput();
        return await SecretValueInput.ReadAllAsync(input, cancellationToken);
    }
}
