using System.CommandLine;
using System.Globalization;
using SecretsFirewall.Admin;
using SecretsFirewall.Cli.Policies;
using SecretsFirewall.Cli.Terminal;
using SecretsFirewall.Policy;

namespace SecretsFirewall.Cli.Commands;

/// <summary><c>sfw policy inspect</c>: what a bundle says of itself, and its files.</summary>
internal static class PolicyInspectCommand
{
    public static Command Create()
    {
        var file = new Argument<string>("BUNDLE") { Description = "The bundle." };
        var extract = new Option<string?>("--extract") { Description = "Write its files into this folder.", HelpName = "FOLDER" };
        var json = CommonOptions.Json();
        var command = new Command("inspect", "Shows what a bundle says of itself. Whether that is true is the question of `sfw policy verify`.") { file, extract, json };
        command.SetAction(parse =>
        {
            var output = Output.Of(parse);
            var path = parse.GetRequiredValue(file);
            if (PolicySource.TryRead(path, out var problem) is not { } source)
            {
                return output.Fail(problem, ExitCodes.Broken);
            }

            if (source.Bundle is not { } bundle)
            {
                return output.Fail($"{path} is a folder; a bundle is a file.", ExitCodes.Broken);
            }

            var files = source.Files.Concat(source.RuleFiles).ToList();
            if (parse.GetValue(extract) is { } folder && Extract(folder, files) is { } failure)
            {
                return output.Fail(failure);
            }

            var described = PolicyOperations.Describe(bundle, null);
            if (parse.GetValue(json))
            {
                output.Json(described, ControlJson.Default.BundleReply);
                return ExitCodes.Done;
            }

            PolicyOutput.Show(output, described with { Signers = [] });
            PolicyOutput.Row(output, "min engine", bundle.Manifest.MinEngine);
            foreach (var key in bundle.KeyIds)
            {
                PolicyOutput.Row(output, "signature", $"{key} (not verified here)");
            }

            output.Table(["file", "bytes", "sha256"], [.. bundle.Manifest.Files.Select(one => (string[])[one.Path, one.Size.ToString(CultureInfo.InvariantCulture), one.Sha256])]);
            return ExitCodes.Done;
        });
        return command;
    }

    // The paths were checked when the bundle was read: names of files, and rules/ before them.
    private static string? Extract(string folder, IReadOnlyList<PolicyFile> files)
    {
        try
        {
            foreach (var file in files)
            {
                var path = Path.Combine(folder, Path.Combine(file.Path.Split('/')));
                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                using var stream = new FileStream(path, FileMode.CreateNew);
                stream.Write(file.Content.Span);
            }

            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"The files cannot be written: {e.Message}";
        }
    }
}
